// EdDSA with any context, beneath signature.h. Internal to common/crypto and its tests.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/keys.h"

namespace mesh::crypto {

// A context that is absent gives RFC 8032's Ed25519; an empty one the Mesh's Ed25519ctx.
// Ed448 has no form without: absent and empty are the same. At most 255 octets.
using EddsaContext = std::optional<std::string_view>;

// `key` is of a signature curve.
std::string EddsaSign(const PrivateKey& key, std::string_view octets, EddsaContext context);

// Lengths are right and S is below L; whether the equation holds.
bool EddsaVerify(const PublicKey& key, std::string_view octets, std::string_view signature,
                 EddsaContext context);

}  // namespace mesh::crypto
