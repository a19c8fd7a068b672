// Person is the one who owns all accounts of the load: the keys, made from a seed so that a
// later run finds the accounts of an earlier one, and what is signed with them.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "common/mesh/profile.h"

namespace mesh::load {

// Move-only; const use from any thread.
class Person {
 public:
  // The same for the same seed.
  static Result<Person> Make(std::string_view seed);

  const dare::Envelope& profile_mesh() const { return profile_mesh_; }
  const dare::Envelope& profile_device() const { return profile_device_; }
  // The ConnectionAccount of the one device, in every account.
  const dare::Envelope& connection() const { return connection_; }
  // Costs one signature, 0.15 ms.
  Result<dare::Envelope> ProfileAccount(const std::string& address) const;
  // The device's entry in mmm_Device of the account that `profile_account` is of.
  CatalogedDevice Entry(const dare::Envelope& profile_account) const;

  // With which the device makes exchanges, alone and in every account.
  const crypto::PrivateKey& authentication() const { return authentication_; }
  // With which the device signs messages.
  const crypto::PrivateKey& signature() const { return device_; }
  // The administrator's of every account.
  const crypto::PrivateKey& online() const { return online_; }

 private:
  Person(crypto::PrivateKey offline, crypto::PrivateKey online, crypto::PrivateKey agreement,
         crypto::PrivateKey device, crypto::PrivateKey authentication);
  Status Sign();

  crypto::PrivateKey offline_;    // Of the Mesh and of every account.
  crypto::PrivateKey online_;     // Likewise.
  crypto::PrivateKey agreement_;  // Likewise.
  crypto::PrivateKey device_;     // The device's signature key.
  crypto::PrivateKey authentication_;
  dare::Envelope profile_mesh_;
  dare::Envelope profile_device_;
  dare::Envelope connection_;
  std::string device_udf_;
  std::string signature_udf_;
  std::string account_udf_;
};

}  // namespace mesh::load
