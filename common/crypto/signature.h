// EdDSA as DARE uses it, over octets the caller gives; for an envelope these are
// the 64 octets of the SHA-512 payload digest.
//
//   Ed448    RFC 8032 pure Ed448, empty context.
//   Ed25519  Ed25519ctx with an EMPTY context: the dom2 prefix is always hashed.
//            RFC 8032 leaves this form out, the Mesh uses it.
//
// Any thread.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/keys.h"

namespace mesh::crypto {

// SignatureBytes(key.curve()) octets, the same for the same input. kInvalidArgument for an X key.
// Takes time that does not depend on the key.
Result<std::string> Sign(const PrivateKey& key, std::string_view octets);

// OK, or kInvalidArgument when the signature is not `key`'s over `octets`, the key
// is not a point or generates a small subgroup (anybody could sign for such a key),
// a length is wrong, or S is not below L.
Status Verify(const PublicKey& key, std::string_view octets, std::string_view signature);

}  // namespace mesh::crypto
