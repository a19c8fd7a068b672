// What an administrator gives a device that it takes into an account (ActivationAccount, draft
// schema-06 §11.2.23): what the device's keys there are made with, and the account's own private
// key for what people send to it, unless the device is not to read that.
//
// Pure functions, but for random octets; any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/client/device.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/dare/envelope.h"
#include "common/mesh/profile.h"

namespace mesh::client {

// Secret. Move-only.
struct Activation {
  std::string key;  // ActivationKey, of NewActivation().
  // AccountEncryption: the private key of the ProfileAccount's KeyEncryption.
  std::optional<crypto::PrivateKey> account_encryption;
};

// The activation on its way to the device: encrypted to its KeyEncryption and signed by
// `administrator`. kInvalidArgument if its profile has no KeyEncryption.
Result<dare::Envelope> SealActivation(const Activation& activation, std::string_view account_udf,
                                      const Profile& device,
                                      const crypto::PrivateKey& administrator,
                                      crypto::RandomSource& random);
// And back, at the device. kPermissionDenied if it is for another one, kInvalidArgument if it
// cannot be read. Who signed it is not looked at: the caller compares the keys it makes with those
// that an administrator vouches for.
Result<Activation> OpenActivation(const dare::Envelope& envelope, const Device& device);

}  // namespace mesh::client
