#include "common/crypto/udf.h"

#include <algorithm>
#include <bit>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/kdf.h"
#include "common/crypto/mac.h"
#include "common/encoding/base32.h"

namespace mesh::crypto {
namespace {

constexpr size_t kAuthenticatorKeyBytes = 32;
// A claim's authenticator must show at least this much of the MAC (whole octets of the
// 125 bits that the reference compares).
constexpr size_t kClaimBytesMin = 15;

uint8_t Code(UdfType type) { return static_cast<uint8_t>(type); }

std::string Prefixed(uint8_t type, std::string_view data) {
  std::string octets(1, static_cast<char>(type));
  octets.append(data);
  return octets;
}

// How often the digest's trailing zeros raise its type: at 20, 30, 40 and 50 bits.
uint8_t Compression(std::string_view digest) {
  uint64_t tail = 0;
  for (const char octet : digest.substr(digest.size() - 8)) {
    tail = tail << 8 | static_cast<uint8_t>(octet);
  }
  const int zeros = std::countr_zero(tail);
  return static_cast<uint8_t>(zeros < 20 ? 0 : std::min(zeros / 10 - 1, 4));
}

Digest512 Hash(UdfDigest digest, std::string_view octets) {
  return digest == UdfDigest::kSha2 ? Sha512(octets) : Sha3_512(octets);
}

// Type octet and H(content_type ":" slot).
std::string DigestOctets(std::string_view slot, std::string_view content_type, UdfDigest digest) {
  std::string typed(content_type);
  typed.push_back(':');
  typed.append(slot);
  const Digest512 hash = Hash(digest, typed);
  const UdfType type = digest == UdfDigest::kSha2 ? UdfType::kDigestSha2 : UdfType::kDigestSha3;
  return Prefixed(static_cast<uint8_t>(Code(type) + Compression(hash)), hash);
}

// --- DER ----------------------------------------------------------------------

constexpr char kDerInteger = 0x02;
constexpr char kDerBitString = 0x03;
constexpr char kDerOctetString = 0x04;
constexpr char kDerSequence = 0x30;
constexpr std::string_view kDerNull("\x05\x00", 2);

std::string Der(char tag, std::string_view content) {
  std::string element(1, tag);
  const size_t size = content.size();
  MESH_CHECK(size < 0x10000);
  if (size >= 0x100) {
    element.push_back('\x82');
    AppendBigEndian16(element, static_cast<uint16_t>(size));
  } else {
    if (size >= 0x80) element.push_back('\x81');
    element.push_back(static_cast<char>(size));
  }
  return element.append(content);
}

std::string DerInteger(std::string_view magnitude) {
  std::string content(magnitude);
  if (content.empty() || (content[0] & 0x80) != 0) content.insert(content.begin(), '\0');
  return Der(kDerInteger, content);
}

std::string SubjectKey(std::string_view object_identifier, std::string_view key) {
  const std::string algorithm = Der(kDerSequence, std::string(object_identifier).append(kDerNull));
  return Der(kDerSequence, algorithm + Der(kDerBitString, std::string(1, '\0').append(key)));
}

// 1.3.101.110 to .113.
std::string CurveIdentifier(Curve curve) {
  const auto last = [curve] {
    switch (curve) {
      case Curve::kX25519:
        return 110;
      case Curve::kX448:
        return 111;
      case Curve::kEd25519:
        return 112;
      case Curve::kEd448:
        break;
    }
    return 113;
  };
  return std::string("\x06\x03\x2b\x65") + static_cast<char>(last());
}

// --- Secrets --------------------------------------------------------------------

std::string FreshUdf(UdfType type, RandomSource& random, size_t bits) {
  MESH_CHECK(bits > 8);
  return FormatUdf(Code(type), RandomBytes((bits - 8 + 7) / 8, random), bits);
}

std::string AuthenticatorKeyUdf(std::string_view secret, std::string_view info) {
  return FormatUdf(UdfType::kEncryption, HkdfSha512(secret, {}, info, kAuthenticatorKeyBytes));
}

Result<std::string> JoinStrongName(std::string_view address, std::string_view fingerprint,
                                   bool compatible) {
  const size_t at = address.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == address.size() ||
      address.find('@', at + 1) != std::string_view::npos) {
    return InvalidArgument("an address has the form local@domain");
  }
  std::string label = "mm--";
  for (const char c : fingerprint) {
    label.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  const std::string local(address.substr(0, at + 1));
  const std::string domain(address.substr(at + 1));
  return compatible ? local + label + "." + domain : local + domain + "." + label;
}

}  // namespace

std::string FormatUdf(uint8_t type, std::string_view data, size_t bits) {
  return Base32EncodeGrouped(Prefixed(type, data), bits);
}

std::string FormatUdf(UdfType type, std::string_view data) {
  return Base32EncodeGrouped(Prefixed(Code(type), data));
}

Result<Udf> ParseUdf(std::string_view text) {
  Result<std::string> octets = Base32Decode(text);
  if (!octets.ok()) return InvalidArgument("UDF: " + octets.status().message());
  if (octets->size() < 2) return InvalidArgument("UDF: fewer than two octets");
  return Udf{static_cast<uint8_t>((*octets)[0]), octets->substr(1)};
}

Result<Udf> ParseUdf(std::string_view text, UdfType type) {
  MESH_ASSIGN(Udf udf, ParseUdf(text));
  if (udf.type != Code(type)) {
    return InvalidArgument("UDF: type " + std::to_string(udf.type) + ", where " +
                           std::to_string(Code(type)) + " is needed");
  }
  return udf;
}

Result<std::string> CanonicalUdf(std::string_view text) {
  MESH_RETURN_IF_ERROR(ParseUdf(text).status());
  std::string canonical;
  size_t characters = 0;
  for (const char c : text) {
    if (c == '-') continue;
    if (characters > 0 && characters % 4 == 0) canonical.push_back('-');
    canonical.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    ++characters;
  }
  return canonical;
}

std::string ContentDigestOctets(std::string_view data, std::string_view content_type,
                                UdfDigest digest) {
  return DigestOctets(Hash(digest, data), content_type, digest);
}

std::string ContentDigestUdf(std::string_view data, std::string_view content_type, size_t bits,
                             UdfDigest digest) {
  return Base32EncodeGrouped(ContentDigestOctets(data, content_type, digest), bits);
}

std::string KeyInfo(const PublicKey& key) {
  return SubjectKey(CurveIdentifier(key.curve), Der(kDerOctetString, key.octets));
}

std::string RsaKeyInfo(std::string_view modulus, std::string_view exponent) {
  // 1.2.840.113549.1.1.1
  constexpr std::string_view kRsaIdentifier("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 11);
  return SubjectKey(kRsaIdentifier, Der(kDerSequence, DerInteger(modulus) + DerInteger(exponent)));
}

std::string KeyFingerprint(const PublicKey& key, size_t bits, std::string_view content_type) {
  return ContentDigestUdf(KeyInfo(key), content_type, bits);
}

std::string KeyFingerprintOctets(const PublicKey& key, std::string_view content_type) {
  return ContentDigestOctets(KeyInfo(key), content_type).substr(0, 64);
}

std::string ObjectIdentifierUdf(const PublicKey& key) {
  return FormatUdf(UdfType::kObjectIdentifier, KeyInfo(key));
}

std::string EnvelopeId(std::string_view message_id) {
  return Base32EncodeGrouped(DigestOctets(message_id, kUdfEncryptionType, UdfDigest::kSha2),
                             kEnvelopeIdBits);
}

// The digest follows the message id's own first octet: an id of type 'K', or a bare
// hash that happens to begin like one, makes it SHA-3.
std::string ResponseId(std::string_view message_id) {
  const Result<Udf> id = ParseUdf(message_id);
  const bool sha3 = id.ok() && id->type == Code(UdfType::kDigestSha3);
  return Base32EncodeGrouped(
      DigestOctets(message_id, kUdfEncryptionType, sha3 ? UdfDigest::kSha3 : UdfDigest::kSha2),
      kResponseIdBits);
}

std::string NewNonceUdf(RandomSource& random, size_t bits) {
  return FreshUdf(UdfType::kNonce, random, bits);
}

std::string NewSecretUdf(RandomSource& random, size_t bits) {
  return FreshUdf(UdfType::kEncryption, random, bits);
}

std::string SymmetricKeyId(std::string_view key, std::string_view content_type) {
  return FormatUdf(Code(UdfType::kEncryption), DigestOctets(key, content_type, UdfDigest::kSha2),
                   kUdfBits);
}

std::string EarlLocatorId(std::string_view secret_text) {
  return ContentDigestUdf(secret_text, kUdfEncryptionType, kEnvelopeIdBits);
}

std::string AuthenticatorUdf(std::string_view data, std::string_view content_type,
                             std::string_view key_text, size_t bits) {
  const Digest512 master = HkdfExtractSha512("KeyedUDFMaster", key_text);
  const std::string key = HkdfExpandSha512(master, "KeyedUDFExpand", 64);
  std::string typed(content_type);
  typed.push_back(':');
  typed.append(Sha512(data).view());
  return FormatUdf(Code(UdfType::kAuthenticator), HmacSha512(key, typed), bits);
}

std::string MacUdf(std::string_view key, std::string_view message) {
  return FormatUdf(Code(UdfType::kAuthenticator), HmacSha512(key, message), kUdfBits);
}

std::string ServiceAuthenticator(std::string_view secret) {
  return AuthenticatorKeyUdf(secret, "mmm/key/authenticate/service");
}

std::string DeviceAuthenticator(std::string_view secret) {
  return AuthenticatorKeyUdf(secret, "mmm/key/authenticate/device");
}

std::string ClaimAuthenticator(std::string_view authenticator_key, std::string_view account) {
  return MacUdf(authenticator_key, account);
}

bool VerifyClaim(std::string_view claim, std::string_view authenticator_text,
                 std::string_view account) {
  const Result<Udf> shown = ParseUdf(claim, UdfType::kAuthenticator);
  const Result<Udf> key = ParseUdf(authenticator_text);
  if (!shown.ok() || !key.ok()) return false;
  const Digest512 mac = HmacSha512(key->data, account);
  const size_t size = shown->data.size();
  if (size < kClaimBytesMin || size > mac.size()) return false;
  return ConstantTimeEquals(shown->data, mac.view().substr(0, size));
}

Result<std::string> CompatibleStrongName(std::string_view address, std::string_view fingerprint) {
  return JoinStrongName(address, fingerprint, true);
}

Result<std::string> StrongName(std::string_view address, std::string_view fingerprint) {
  return JoinStrongName(address, fingerprint, false);
}

}  // namespace mesh::crypto
