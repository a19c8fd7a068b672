// Payload digests and signatures of envelopes (draft dare-08 §3.5).
//
// A signature covers the 64 octets of the payload's SHA-512 digest and nothing
// else: not the header, not ContentMetaData. The key decides the algorithm, not
// the member `alg`. `kid` is the UDF of the signer's key.
//
// Any thread; nothing is kept.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/digest.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "common/dare/header.h"

namespace mesh::dare {

// SHA-512 of the payload's octets as they stand in the envelope (after encryption).
crypto::Digest512 PayloadDigest(std::string_view payload);

// OK if the envelope says no PayloadDigest, or the right one. kInvalidArgument if
// it says another, names a digest that is not SHA-2-512, or cannot be read.
Status CheckPayloadDigest(const Envelope& envelope);
Status CheckPayloadDigest(const Envelope& envelope, const TrailerFields& trailer);

// Signatures of one envelope whose names are looked at. One is verified, whoever made the others.
inline constexpr size_t kSignaturesMax = 16;

// OK if `key` signed the envelope's payload: the first of its signatures that names the key
// is right, and PayloadDigest, if given, is right too. kInvalidArgument if not, or if
// there are more than kSignaturesMax.
Status VerifySignature(const Envelope& envelope, const crypto::PublicKey& key);

// As above with several keys allowed: of the first signature that names one. Returns which.
Result<size_t> VerifySignatureByOneOf(const Envelope& envelope,
                                      std::span<const crypto::PublicKey> keys);

// The signature of `key` over `payload`, as it stands in `signatures`.
// kInvalidArgument if `key` cannot sign.
Result<SignatureFields> SignPayload(std::string_view payload, const crypto::PrivateKey& key);

// Appends the trailer object that says `trailer`.
void WriteTrailer(const TrailerFields& trailer, std::string& out);

}  // namespace mesh::dare
