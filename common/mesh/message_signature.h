// The signature block of a message (draft -06 §9.1.1): an element of `signatures` that carries,
// beside the signature, the ConnectionAccount whose KeySignature made it and the ProfileAccount
// that vouches for the connection. So whoever reads the message can tell that a device of the
// sender signed it. The draft names no members for the two: EnvelopedConnectionAccount and
// EnvelopedProfileAccount are ours.
//
// Pure functions; the cache is its thread's.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/digest.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "common/mesh/assertion_cache.h"

namespace mesh {

// Who signed a message whose header and trailer, as dare::ReadEnvelope gives them, these are: its
// first element that has a signature block. Null: none has. The payload's digest is what is
// signed, so the payload itself need not be there.
//   kInvalidArgument   a text of the wrong form, or more than dare::kSignaturesMax signatures
//   kPermissionDenied  the connection or the signature does not hold
Result<std::shared_ptr<const VerifiedConnection>> VerifyMessageSignature(
    std::string_view header, std::string_view trailer, const crypto::Digest512& payload_digest,
    AssertionCache& assertions);

// Signs `message`, which has no trailer yet, by `key`, the KeySignature of `connection`.
// kInvalidArgument if `key` cannot sign.
Status SignMessage(const crypto::PrivateKey& key, const dare::Envelope& connection,
                   const dare::Envelope& profile_account, dare::Envelope* message);

// A header or trailer in JSON without the signature blocks in it; the signatures stay. For the
// reference client, which fails on members that it does not know. What has none, or is not of the
// right form, stays as it is.
std::string WithoutSignatureBlocks(const std::string& text);

}  // namespace mesh
