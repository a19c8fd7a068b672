// A person with a mesh, an account and devices, all keys at hand.

#pragma once

#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/crypto/udf.h"
#include "common/mesh/profile.h"

namespace mesh::testing {

// A device and its keys in one account.
struct Device {
  crypto::PrivateKey offline = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey signature = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey agreement = crypto::PrivateKey::Generate(crypto::Curve::kX448);

  dare::Envelope SignedProfile() const { return SignedProfileBy(offline); }
  dare::Envelope SignedProfileBy(const crypto::PrivateKey& signer) const {
    Profile profile;
    profile.kind = ProfileKind::kDevice;
    profile.key_offline_signature = MakeKeyData(offline.public_key());
    profile.key_encryption = MakeKeyData(agreement.public_key());
    profile.key_authentication = MakeKeyData(agreement.public_key());
    return *SignProfile(profile, signer);
  }
  mesh::Connection Connection() const {
    mesh::Connection connection;
    connection.key_signature = MakeKeyData(signature.public_key());
    connection.key_encryption = MakeKeyData(agreement.public_key());
    connection.key_authentication = MakeKeyData(agreement.public_key());
    return connection;
  }
  std::string udf() const { return crypto::KeyFingerprint(offline.public_key()); }
  std::string key_udf() const { return crypto::KeyFingerprint(agreement.public_key()); }
};

struct Household {
  crypto::PrivateKey mesh_offline = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey mesh_online = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey account_offline = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey account_online = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey agreement = crypto::PrivateKey::Generate(crypto::Curve::kX448);

  dare::Envelope ProfileAccount() const {
    Profile profile;
    profile.kind = ProfileKind::kAccount;
    profile.key_offline_signature = MakeKeyData(account_offline.public_key());
    profile.keys_online_signature = {MakeKeyData(account_online.public_key())};
    profile.account_addresses = {"alice@example.com"};
    profile.mesh_profile_udf = crypto::KeyFingerprint(mesh_offline.public_key());
    profile.key_encryption = MakeKeyData(agreement.public_key());
    profile.key_authentication = MakeKeyData(agreement.public_key());
    return *SignProfile(profile, mesh_online);
  }
  std::string account_udf() const { return crypto::KeyFingerprint(account_offline.public_key()); }
  dare::Envelope Connect(const mesh::Connection& connection) const {
    return *SignConnection(connection, account_online);
  }
  // The element of Accounts that connects with `connection`.
  AccountEntry EntryOf(const mesh::Connection& connection) const {
    AccountEntry entry;
    entry.account_udf = account_udf();
    entry.profile_account = ProfileAccount();
    entry.connection_account = Connect(connection);
    return entry;
  }
  CatalogedDevice Catalog(const Device& device) const {
    CatalogedDevice cataloged;
    cataloged.udf = crypto::KeyFingerprint(device.signature.public_key());
    cataloged.device_udf = device.udf();
    cataloged.profile_device = device.SignedProfile();
    cataloged.accounts.push_back(EntryOf(device.Connection()));
    return cataloged;
  }
};

}  // namespace mesh::testing
