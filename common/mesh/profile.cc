#include "common/mesh/profile.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/dare/seal.h"
#include "common/dare/signature.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/container_name.h"

namespace mesh {
namespace {

constexpr std::string_view kReadRole = "Read";
constexpr std::string_view kWriteRole = "Write";

// Reads the one member `tag` of the object that is all of `payload`; `read(name)`
// is called for each member inside.
template <typename ReadMember>
Status ReadTagged(std::string_view payload, std::string_view tag, ReadMember read) {
  json::Reader reader(payload);
  std::string_view name;
  bool found = false;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != tag) return InvalidArgument("expected the one member " + std::string(tag));
    found = true;
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      if (!read(reader, name)) break;
    }
  }
  if (!reader.Finish()) return reader.status();
  return found ? Status() : InvalidArgument("expected the member " + std::string(tag));
}

bool ReadOptionalKey(json::Reader& reader, std::optional<KeyData>* out) {
  return ReadKeyData(reader, &out->emplace());
}

bool ReadOptionalEnvelope(json::Reader& reader, std::optional<dare::Envelope>* out) {
  return dare::ReadEnvelope(reader, &out->emplace());
}

bool ReadKeys(json::Reader& reader, std::vector<KeyData>* out) {
  reader.BeginArray();
  while (reader.NextElement()) ReadKeyData(reader, &out->emplace_back());
  return reader.ok();
}

bool ReadStrings(json::Reader& reader, std::vector<std::string>* out) {
  reader.BeginArray();
  while (reader.NextElement()) reader.String(&out->emplace_back());
  return reader.ok();
}

bool ReadProfileMember(json::Reader& reader, std::string_view name, Profile* out) {
  if (name == "KeyOfflineSignature") return ReadKeyData(reader, &out->key_offline_signature);
  if (name == "KeysOnlineSignature") return ReadKeys(reader, &out->keys_online_signature);
  if (name == "KeyEncryption") return ReadOptionalKey(reader, &out->key_encryption);
  if (name == "KeyAuthentication") return ReadOptionalKey(reader, &out->key_authentication);
  if (name == "AccountAddresses") return ReadStrings(reader, &out->account_addresses);
  if (name == "MeshProfileUDF") return reader.String(&out->mesh_profile_udf);
  if (name == "Description") return reader.String(&out->description);
  if (name == "EnvelopedProfileService") return ReadOptionalEnvelope(reader, &out->profile_service);
  return reader.Skip();
}

bool Signs(const KeyData& key) { return crypto::IsSignatureCurve(key.key.curve); }

// What signs must be able to, and what agrees must be able to.
Status CheckProfileKeys(const Profile& profile) {
  const std::string tag(ProfileTag(profile.kind));
  if (profile.udf().empty()) return InvalidArgument(tag + ": KeyOfflineSignature is missing");
  const bool signing = Signs(profile.key_offline_signature) &&
                       std::all_of(profile.keys_online_signature.begin(),
                                   profile.keys_online_signature.end(), Signs);
  if (!signing) return InvalidArgument(tag + ": signature keys must be Ed448 or Ed25519");
  const bool agreeing = !(profile.key_encryption && Signs(*profile.key_encryption)) &&
                        !(profile.key_authentication && Signs(*profile.key_authentication));
  if (!agreeing) {
    return InvalidArgument(tag + ": KeyEncryption and KeyAuthentication must be X448 or X25519");
  }
  return Status();
}

void WriteOptionalKey(json::Writer& writer, std::string_view name,
                      const std::optional<KeyData>& key) {
  if (!key) return;
  writer.Member(name);
  WriteKeyData(*key, writer);
}

void WriteOptionalEnvelope(json::Writer& writer, std::string_view name,
                           const std::optional<dare::Envelope>& envelope) {
  if (envelope) writer.Member(name).Raw(dare::EnvelopeText(*envelope));
}

void WriteKeys(json::Writer& writer, std::string_view name, const std::vector<KeyData>& keys) {
  if (keys.empty()) return;
  writer.Member(name).BeginArray();
  for (const KeyData& key : keys) WriteKeyData(key, writer);
  writer.EndArray();
}

void WriteAddresses(json::Writer& writer, const std::vector<std::string>& addresses) {
  if (addresses.empty()) return;
  writer.Member("AccountAddresses").BeginArray();
  for (const std::string& address : addresses) writer.String(address);
  writer.EndArray();
}

std::string_view ConnectionTag(ConnectionKind kind) {
  return kind == ConnectionKind::kAccount ? "ConnectionAccount" : "ConnectionDevice";
}

std::vector<crypto::PublicKey> OnlineKeys(const Profile& profile) {
  std::vector<crypto::PublicKey> keys;
  for (const KeyData& key : profile.keys_online_signature) keys.push_back(key.key);
  return keys;
}

Status Broken(std::string_view link, const Status& why) {
  return Status(Code::kPermissionDenied, std::string(link) + ": " + why.message());
}

Status SignedByOnlineKey(const dare::Envelope& envelope, const Profile& signer,
                         std::string_view what) {
  const Result<size_t> which = dare::VerifySignatureByOneOf(envelope, OnlineKeys(signer));
  if (which.ok()) return Status();
  return Broken(std::string(what) + " by a KeysOnlineSignature key of " +
                    std::string(ProfileTag(signer.kind)) + " " + signer.udf(),
                which.status());
}

}  // namespace

std::string_view ProfileTag(ProfileKind kind) {
  static constexpr std::array<std::string_view, 6> kTags = {"ProfileMesh",    "ProfileAccount",
                                                            "ProfileDevice",  "ProfileGroup",
                                                            "ProfileService", "ProfileHost"};
  return kTags[static_cast<size_t>(kind)];
}

// --- Profiles -------------------------------------------------------------------

Result<Profile> ParseProfile(std::string_view payload, ProfileKind kind) {
  Profile profile;
  profile.kind = kind;
  MESH_RETURN_IF_ERROR(
      ReadTagged(payload, ProfileTag(kind), [&](json::Reader& reader, std::string_view name) {
        return ReadProfileMember(reader, name, &profile);
      }));
  MESH_RETURN_IF_ERROR(CheckProfileKeys(profile));
  return profile;
}

void WriteProfile(const Profile& profile, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject().Member(ProfileTag(profile.kind)).BeginObject();
  writer.Member("KeyOfflineSignature");
  WriteKeyData(profile.key_offline_signature, writer);
  WriteKeys(writer, "KeysOnlineSignature", profile.keys_online_signature);
  WriteAddresses(writer, profile.account_addresses);
  if (!profile.mesh_profile_udf.empty()) {
    writer.Member("MeshProfileUDF").String(profile.mesh_profile_udf);
  }
  if (!profile.description.empty()) writer.Member("Description").String(profile.description);
  WriteOptionalKey(writer, "KeyEncryption", profile.key_encryption);
  WriteOptionalKey(writer, "KeyAuthentication", profile.key_authentication);
  WriteOptionalEnvelope(writer, "EnvelopedProfileService", profile.profile_service);
  writer.EndObject().EndObject();
}

Result<dare::Envelope> SignProfile(const Profile& profile, const crypto::PrivateKey& signer) {
  std::string payload;
  WriteProfile(profile, payload);
  dare::SealOptions options;
  options.signer = &signer;
  return dare::Seal(payload, options);
}

// --- Connections ----------------------------------------------------------------

namespace {

// {"Name": container, "Role": "Read" or "Write"}.
bool ReadPermission(json::Reader& reader, std::vector<Permission>* out) {
  std::string container, role;
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "Name") {
      reader.String(&container);
    } else if (name == "Role") {
      reader.String(&role);
    } else {
      reader.Skip();
    }
  }
  const bool write = role == kWriteRole;
  if ((write || role == kReadRole) && CheckContainerName(container).ok()) {
    out->push_back({std::move(container), write});
  }
  return reader.ok();
}

bool ReadPermissions(json::Reader& reader, std::optional<std::vector<Permission>>* out) {
  out->emplace();
  reader.BeginArray();
  for (size_t count = 0; reader.NextElement(); ++count) {
    if (count == kPermissionsMax) return reader.Fail("Permissions: at most 64");
    ReadPermission(reader, &**out);
  }
  return reader.ok();
}

bool ReadConnectionMember(json::Reader& reader, std::string_view name, Connection* out) {
  if (name == "KeySignature") return ReadKeyData(reader, &out->key_signature);
  if (name == "KeyEncryption") return ReadKeyData(reader, &out->key_encryption);
  if (name == "KeyAuthentication") return ReadKeyData(reader, &out->key_authentication);
  if (name == "Permissions" && out->kind == ConnectionKind::kAccount) {
    return ReadPermissions(reader, &out->permissions);
  }
  return reader.Skip();
}

void WritePermissions(const std::optional<std::vector<Permission>>& permissions,
                      json::Writer& writer) {
  if (!permissions) return;
  writer.Member("Permissions").BeginArray();
  for (const Permission& permission : *permissions) {
    writer.BeginObject().Member("Name").String(permission.container);
    writer.Member("Role").String(permission.write ? kWriteRole : kReadRole).EndObject();
  }
  writer.EndArray();
}

}  // namespace

Result<Connection> ParseConnection(std::string_view payload, ConnectionKind kind) {
  Connection connection;
  connection.kind = kind;
  MESH_RETURN_IF_ERROR(
      ReadTagged(payload, ConnectionTag(kind), [&](json::Reader& reader, std::string_view name) {
        return ReadConnectionMember(reader, name, &connection);
      }));
  const std::string tag(ConnectionTag(kind));
  if (connection.key_signature.udf.empty() || connection.key_encryption.udf.empty() ||
      connection.key_authentication.udf.empty()) {
    return InvalidArgument(tag + ": expected KeySignature, KeyEncryption, KeyAuthentication");
  }
  if (!Signs(connection.key_signature) || Signs(connection.key_encryption) ||
      Signs(connection.key_authentication)) {
    return InvalidArgument(tag + ": a key is on a curve of the wrong kind");
  }
  return connection;
}

void WriteConnection(const Connection& connection, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject().Member(ConnectionTag(connection.kind)).BeginObject();
  writer.Member("KeySignature");
  WriteKeyData(connection.key_signature, writer);
  writer.Member("KeyEncryption");
  WriteKeyData(connection.key_encryption, writer);
  writer.Member("KeyAuthentication");
  WriteKeyData(connection.key_authentication, writer);
  WritePermissions(connection.permissions, writer);
  writer.EndObject().EndObject();
}

Result<dare::Envelope> SignConnection(const Connection& connection,
                                      const crypto::PrivateKey& signer) {
  std::string payload;
  WriteConnection(connection, payload);
  dare::SealOptions options;
  options.signer = &signer;
  return dare::Seal(payload, options);
}

// --- Device entries -------------------------------------------------------------

namespace {

bool ReadAccountEntry(json::Reader& reader, AccountEntry* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "AccountUDF") {
      reader.String(&out->account_udf);
    } else if (name == "EnvelopedProfileAccount") {
      ReadOptionalEnvelope(reader, &out->profile_account);
    } else if (name == "EnvelopedConnectionAccount") {
      ReadOptionalEnvelope(reader, &out->connection_account);
    } else if (name == "EnvelopedActivationAccount") {
      ReadOptionalEnvelope(reader, &out->activation_account);
    } else {
      reader.Skip();
    }
  }
  return reader.ok();
}

bool ReadAccounts(json::Reader& reader, std::vector<AccountEntry>* out) {
  reader.BeginArray();
  while (reader.NextElement()) ReadAccountEntry(reader, &out->emplace_back());
  return reader.ok();
}

bool ReadDeviceMember(json::Reader& reader, std::string_view name, CatalogedDevice* out) {
  if (name == "UDF") return reader.String(&out->udf);
  if (name == "DeviceUDF") return reader.String(&out->device_udf);
  if (name == "EnvelopedProfileMesh") return ReadOptionalEnvelope(reader, &out->profile_mesh);
  if (name == "EnvelopedProfileDevice") return ReadOptionalEnvelope(reader, &out->profile_device);
  if (name == "EnvelopedConnectionDevice") {
    return ReadOptionalEnvelope(reader, &out->connection_device);
  }
  if (name == "EnvelopedActivationDevice") {
    return ReadOptionalEnvelope(reader, &out->activation_device);
  }
  if (name == "Accounts") return ReadAccounts(reader, &out->accounts);
  return reader.Skip();
}

void WriteAccountEntry(const AccountEntry& entry, json::Writer& writer) {
  writer.BeginObject().Member("AccountUDF").String(entry.account_udf);
  WriteOptionalEnvelope(writer, "EnvelopedProfileAccount", entry.profile_account);
  WriteOptionalEnvelope(writer, "EnvelopedConnectionAccount", entry.connection_account);
  WriteOptionalEnvelope(writer, "EnvelopedActivationAccount", entry.activation_account);
  writer.EndObject();
}

}  // namespace

Result<CatalogedDevice> ParseCatalogedDevice(std::string_view payload) {
  CatalogedDevice device;
  MESH_RETURN_IF_ERROR(
      ReadTagged(payload, "CatalogedDevice", [&](json::Reader& reader, std::string_view name) {
        return ReadDeviceMember(reader, name, &device);
      }));
  return device;
}

bool ReadCatalogedDevice(json::Reader& reader, CatalogedDevice* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) ReadDeviceMember(reader, name, out);
  return reader.ok();
}

void WriteCatalogedDevice(const CatalogedDevice& device, json::Writer& writer) {
  writer.BeginObject().Member("UDF").String(device.udf);
  WriteOptionalEnvelope(writer, "EnvelopedProfileMesh", device.profile_mesh);
  writer.Member("DeviceUDF").String(device.device_udf);
  WriteOptionalEnvelope(writer, "EnvelopedProfileDevice", device.profile_device);
  WriteOptionalEnvelope(writer, "EnvelopedConnectionDevice", device.connection_device);
  WriteOptionalEnvelope(writer, "EnvelopedActivationDevice", device.activation_device);
  if (!device.accounts.empty()) writer.Member("Accounts").BeginArray();
  for (const AccountEntry& entry : device.accounts) WriteAccountEntry(entry, writer);
  if (!device.accounts.empty()) writer.EndArray();
  writer.EndObject();
}

void WriteCatalogedDevice(const CatalogedDevice& device, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject().Member("CatalogedDevice");
  WriteCatalogedDevice(device, writer);
  writer.EndObject();
}

// --- Verification ---------------------------------------------------------------

Result<Profile> VerifySelfSigned(const dare::Envelope& envelope, ProfileKind kind) {
  MESH_ASSIGN(Profile profile, ParseProfile(envelope.payload, kind));
  const Status status = dare::VerifySignature(envelope, profile.key_offline_signature.key);
  if (status.ok()) return profile;
  return Broken(std::string(ProfileTag(kind)) + " by its own KeyOfflineSignature", status);
}

Result<Profile> VerifyProfileAccount(const dare::Envelope& envelope, const Profile& mesh) {
  MESH_ASSIGN(Profile account, ParseProfile(envelope.payload, ProfileKind::kAccount));
  if (account.mesh_profile_udf != mesh.udf()) {
    return Status(Code::kPermissionDenied,
                  "ProfileAccount: MeshProfileUDF does not name the ProfileMesh " + mesh.udf());
  }
  MESH_RETURN_IF_ERROR(SignedByOnlineKey(envelope, mesh, "ProfileAccount"));
  return account;
}

Result<AccountChain> VerifyAccountChain(const dare::Envelope& profile_mesh,
                                        const dare::Envelope& profile_account) {
  AccountChain chain;
  MESH_ASSIGN(chain.mesh, VerifySelfSigned(profile_mesh, ProfileKind::kMesh));
  MESH_ASSIGN(chain.account, VerifyProfileAccount(profile_account, chain.mesh));
  return chain;
}

Result<Connection> VerifyConnectionAccount(const dare::Envelope& envelope, const Profile& account) {
  MESH_ASSIGN(Connection connection, ParseConnection(envelope.payload, ConnectionKind::kAccount));
  MESH_RETURN_IF_ERROR(SignedByOnlineKey(envelope, account, "ConnectionAccount"));
  return connection;
}

Result<std::vector<Connection>> VerifyCatalogedDevice(const CatalogedDevice& device,
                                                      const Profile& account) {
  if (device.profile_device) {
    MESH_ASSIGN(const Profile profile,
                VerifySelfSigned(*device.profile_device, ProfileKind::kDevice));
    if (profile.udf() != device.device_udf) {
      return Status(Code::kPermissionDenied,
                    "CatalogedDevice: DeviceUDF does not name its ProfileDevice");
    }
  }
  std::vector<Connection> connections;
  for (const AccountEntry& entry : device.accounts) {
    if (entry.account_udf != account.udf()) continue;
    if (!entry.connection_account) {
      return InvalidArgument("CatalogedDevice: EnvelopedConnectionAccount is missing");
    }
    MESH_ASSIGN(Connection connection, VerifyConnectionAccount(*entry.connection_account, account));
    connections.push_back(std::move(connection));
  }
  if (!connections.empty()) return connections;
  return Status(Code::kPermissionDenied, "CatalogedDevice: no connection to " + account.udf());
}

}  // namespace mesh
