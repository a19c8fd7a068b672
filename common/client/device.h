// A device: three private keys that never leave it, and the ProfileDevice that
// names the public ones. In an account it acts under other keys, each the sum of its
// own and an activation that the account's administrator chose (draft schema-06): nobody can tell
// that two accounts have a device in common, and the administrator never learns the device's
// secrets.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/dare/envelope.h"
#include "common/mesh/profile.h"

namespace mesh::client {

// Move-only, because the keys are. Const use from any thread.
struct Device {
  dare::Envelope envelope;  // The ProfileDevice, signed by itself.
  Profile profile;
  crypto::PrivateKey signature;
  crypto::PrivateKey encryption;
  crypto::PrivateKey authentication;

  const std::string& udf() const { return profile.udf(); }
};

Result<Device> MakeDevice(std::string_view description, crypto::RandomSource& random);

// The text of a file that holds the device, secrets included, and back.
// kDataLoss if it is not such a text, or the keys are not the profile's.
std::string WriteDevice(const Device& device);
Result<Device> ReadDevice(std::string_view text);

// --- Keys in an account ---------------------------------------------------------

// A fresh activation: a 'Z' UDF, secret.
std::string NewActivation(crypto::RandomSource& random);

// The keys of `device` under `activation`: public ones from public ones, for the
// administrator; private ones, for the device.
Result<Connection> ActivatePublic(const Profile& device, std::string_view activation);
struct ConnectionKeys {
  crypto::PrivateKey signature;
  crypto::PrivateKey encryption;
  crypto::PrivateKey authentication;
};
Result<ConnectionKeys> ActivatePrivate(const Device& device, std::string_view activation);

}  // namespace mesh::client
