// Uniform Data Fingerprints (udf-10): names that are digests, keys, nonces or
// shares. In octets a UDF is a type octet and data; as text it is base32 in groups
// of four: "MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4".
//
// Functions return texts unless they say octets. Any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"

namespace mesh::crypto {

// The first octet. Digest types are raised by 1 to 4 when the digest ends in at
// least 20, 30, 40 or 50 zero bits.
enum class UdfType : uint8_t {
  kAuthenticator = 0,       // 'A'
  kEncryption = 32,         // 'E'
  kSigningEncryption = 33,  // 'E'
  kDigestSha3 = 80,         // 'K'
  kDigestSha2 = 96,         // 'M'
  kNonce = 104,             // 'N'
  kObjectIdentifier = 112,  // 'O'
  kShare = 144,             // 'S'
  kDerivedKey = 200,        // 'Z'
};

// Which digest a content digest uses.
enum class UdfDigest : uint8_t { kSha2, kSha3 };

// Bits of a fingerprint unless told otherwise: 28 characters.
inline constexpr size_t kUdfBits = 140;
// Bits of an EnvelopeID (56 characters) and of a ResponseID (26 characters).
inline constexpr size_t kEnvelopeIdBits = 280;
inline constexpr size_t kResponseIdBits = 128;

// Content types that are hashed into fingerprints.
inline constexpr std::string_view kKeyInfoType = "application/x509-keyinfo";
inline constexpr std::string_view kUdfEncryptionType = "application/udf-encryption";

// A UDF out of its text.
struct Udf {
  uint8_t type = 0;
  std::string data;
};

// --- Text -------------------------------------------------------------------

// The first `bits` bits of type and data as text.
std::string FormatUdf(uint8_t type, std::string_view data, size_t bits);
// All of type and data as text: for keys, nonces and shares.
std::string FormatUdf(UdfType type, std::string_view data);
// Ignores dashes and case; bits that fill no octet are dropped. kInvalidArgument for any other
// character, or fewer than two octets.
Result<Udf> ParseUdf(std::string_view text);
// The same, and the type must be `type`.
Result<Udf> ParseUdf(std::string_view text, UdfType type);
// Upper case with a dash after every fourth character: the form in which identifiers compare.
Result<std::string> CanonicalUdf(std::string_view text);

// --- Digests ------------------------------------------------------------------

// H(content_type ":" H(data)).
std::string ContentDigestUdf(std::string_view data, std::string_view content_type,
                             size_t bits = kUdfBits, UdfDigest digest = UdfDigest::kSha2);
// Type octet and digest, 65 octets, uncut.
std::string ContentDigestOctets(std::string_view data, std::string_view content_type,
                                UdfDigest digest = UdfDigest::kSha2);

// The fingerprint of a public key: `kid` and `UDF` members, and the name of the
// profile or device that owns the key.
std::string KeyFingerprint(const PublicKey& key, size_t bits = kUdfBits,
                           std::string_view content_type = kKeyInfoType);
// Its first 64 octets, as connection witnesses hash them.
std::string KeyFingerprintOctets(const PublicKey& key,
                                 std::string_view content_type = kKeyInfoType);
// What is fingerprinted: a DER SubjectPublicKeyInfo with an explicit NULL and the key
// in an OCTET STRING, which RFC 8410 has neither of.
std::string KeyInfo(const PublicKey& key);
// The same for RSA: big-endian modulus and exponent without leading zeros.
std::string RsaKeyInfo(std::string_view modulus, std::string_view exponent);
// The key itself as a UDF of type 'O'.
std::string ObjectIdentifierUdf(const PublicKey& key);

// --- Identifiers of messages ----------------------------------------------------

// The EnvelopeID of the message with this MessageID, which is hashed as the text it is.
std::string EnvelopeId(std::string_view message_id);
// The MessageID of the response to it.
std::string ResponseId(std::string_view message_id);

// --- Secrets --------------------------------------------------------------------

// A fresh nonce of type 'N' (MessageIDs) and a fresh secret of type 'E' (PINs, EARLs),
// `bits` of text including the type octet.
std::string NewNonceUdf(RandomSource& random, size_t bits = kUdfBits);
std::string NewSecretUdf(RandomSource& random, size_t bits = kUdfBits);

// The name under which a symmetric key is known ("EBQ..."): PublicationIds, and the
// `kid` of an envelope's master secret. `key` in octets.
std::string SymmetricKeyId(std::string_view key,
                           std::string_view content_type = kUdfEncryptionType);
// Where an EARL's content is found: the digest of the secret's text in canonical form.
std::string EarlLocatorId(std::string_view secret_text);
// Proves to its holder that `data` came from a holder of the key, given as text.
std::string AuthenticatorUdf(std::string_view data, std::string_view content_type,
                             std::string_view key_text, size_t bits = kUdfBits);
// HMAC-SHA-512 as a UDF of type 'A': PIN ids, claim authenticators.
std::string MacUdf(std::string_view key, std::string_view message);

// --- Publications and PINs --------------------------------------------------------

// What an EARL secret gives: an 'E' UDF that the service, or the device, uses to
// recognise claims. `secret` in octets, without its type octet.
std::string ServiceAuthenticator(std::string_view secret);
std::string DeviceAuthenticator(std::string_view secret);
// The authenticator in a claim by `account` (octets of the 'E' UDF as key).
std::string ClaimAuthenticator(std::string_view authenticator_key, std::string_view account);
// Whether `claim` is that authenticator; compares at least 125 bits in constant time.
bool VerifyClaim(std::string_view claim, std::string_view authenticator_text,
                 std::string_view account);

// Names that carry the fingerprint of the key that must answer (udf-10 §1.3):
// alice@mm--mb2g-....example.com and alice@example.com.mm--mb2g-....
// kInvalidArgument when `address` is not local@domain.
Result<std::string> CompatibleStrongName(std::string_view address, std::string_view fingerprint);
Result<std::string> StrongName(std::string_view address, std::string_view fingerprint);

}  // namespace mesh::crypto
