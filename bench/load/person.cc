#include "bench/load/person.h"

#include <utility>

#include "common/crypto/digest.h"
#include "common/mesh/key_data.h"

namespace mesh::load {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

Result<PrivateKey> MakeKey(Curve curve, std::string_view seed, std::string_view name) {
  const crypto::Digest512 digest = crypto::Sha512(std::string(name) + ":" + std::string(seed));
  return PrivateKey::FromSeed(curve, digest.view().substr(0, crypto::SeedBytes(curve)));
}

}  // namespace

Result<Person> Person::Make(std::string_view seed) {
  MESH_ASSIGN(PrivateKey offline, MakeKey(Curve::kEd448, seed, "offline"));
  MESH_ASSIGN(PrivateKey online, MakeKey(Curve::kEd448, seed, "online"));
  MESH_ASSIGN(PrivateKey agreement, MakeKey(Curve::kX448, seed, "agreement"));
  MESH_ASSIGN(PrivateKey device, MakeKey(Curve::kEd448, seed, "device"));
  MESH_ASSIGN(PrivateKey authentication, MakeKey(Curve::kX448, seed, "authentication"));
  Person person(std::move(offline), std::move(online), std::move(agreement), std::move(device),
                std::move(authentication));
  MESH_RETURN_IF_ERROR(person.Sign());
  return person;
}

Person::Person(PrivateKey offline, PrivateKey online, PrivateKey agreement, PrivateKey device,
               PrivateKey authentication)
    : offline_(std::move(offline)),
      online_(std::move(online)),
      agreement_(std::move(agreement)),
      device_(std::move(device)),
      authentication_(std::move(authentication)) {}

Status Person::Sign() {
  Profile mesh;
  mesh.kind = ProfileKind::kMesh;
  mesh.key_offline_signature = MakeKeyData(offline_.public_key());
  mesh.keys_online_signature = {MakeKeyData(online_.public_key())};
  mesh.key_encryption = MakeKeyData(agreement_.public_key());
  MESH_ASSIGN(profile_mesh_, SignProfile(mesh, offline_));
  account_udf_ = mesh.udf();

  Profile device;
  device.kind = ProfileKind::kDevice;
  device.key_offline_signature = MakeKeyData(device_.public_key());
  device.key_encryption = mesh.key_encryption;
  device.key_authentication = MakeKeyData(authentication_.public_key());
  MESH_ASSIGN(profile_device_, SignProfile(device, device_));
  device_udf_ = device.udf();

  const Connection connection{ConnectionKind::kAccount, device.key_offline_signature,
                              *device.key_encryption, *device.key_authentication};
  MESH_ASSIGN(connection_, SignConnection(connection, online_));
  signature_udf_ = connection.key_signature.udf;
  return {};
}

Result<dare::Envelope> Person::ProfileAccount(const std::string& address) const {
  Profile account;
  account.kind = ProfileKind::kAccount;
  account.key_offline_signature = MakeKeyData(offline_.public_key());
  account.keys_online_signature = {MakeKeyData(online_.public_key())};
  account.key_encryption = MakeKeyData(agreement_.public_key());
  account.key_authentication = account.key_encryption;
  account.account_addresses = {address};
  account.mesh_profile_udf = account_udf_;
  return SignProfile(account, online_);
}

CatalogedDevice Person::Entry(const dare::Envelope& profile_account) const {
  CatalogedDevice entry;
  entry.udf = signature_udf_;
  entry.device_udf = device_udf_;
  entry.profile_mesh = profile_mesh_;
  entry.profile_device = profile_device_;
  AccountEntry& account = entry.accounts.emplace_back();
  account.account_udf = account_udf_;
  account.profile_account = profile_account;
  account.connection_account = connection_;
  return entry;
}

}  // namespace mesh::load
