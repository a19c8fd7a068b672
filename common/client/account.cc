#include "common/client/account.h"

#include <utility>

#include "common/client/activation.h"
#include "common/client/key_file.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/account_address.h"

namespace mesh::client {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

AccountKeys MakeAccountKeys(crypto::RandomSource& random) {
  PrivateKey offline = PrivateKey::Generate(Curve::kEd448, random);
  PrivateKey online = PrivateKey::Generate(Curve::kEd448, random);
  PrivateKey authentication = PrivateKey::Generate(Curve::kX448, random);
  return {std::move(offline), std::move(online), std::move(authentication)};
}

Profile MakeAccountProfile(std::string_view address, const AccountKeys& keys,
                           const PrivateKey& encryption, const Profile& mesh) {
  Profile profile;
  profile.kind = ProfileKind::kAccount;
  profile.key_offline_signature = MakeKeyData(keys.offline.public_key());
  profile.keys_online_signature = {MakeKeyData(keys.online.public_key())};
  profile.key_encryption = MakeKeyData(encryption.public_key());
  profile.key_authentication = MakeKeyData(keys.authentication.public_key());
  profile.account_addresses = {std::string(address)};
  profile.mesh_profile_udf = mesh.udf();
  return profile;
}

// Fills in what the envelopes of `account` say, having verified it.
Status VerifyChain(Account* account) {
  MESH_ASSIGN(AccountChain chain,
              VerifyAccountChain(account->profile_mesh, account->profile_account));
  MESH_ASSIGN(account->connected, VerifyConnectionAccount(account->connection, chain.account));
  account->mesh = std::move(chain.mesh);
  account->profile = std::move(chain.account);
  return {};
}

Status ReadAccountKeys(const KeyFile& file, Account* account) {
  if (file.Has("KeyEncryption")) {
    MESH_ASSIGN(account->encryption, file.Key("KeyEncryption", Curve::kX448));
  }
  if (!file.Has("KeyOnlineSignature")) return {};
  MESH_ASSIGN(PrivateKey offline, file.Key("KeyOfflineSignature", Curve::kEd448));
  MESH_ASSIGN(PrivateKey online, file.Key("KeyOnlineSignature", Curve::kEd448));
  MESH_ASSIGN(PrivateKey authentication, file.Key("KeyAuthentication", Curve::kX448));
  account->keys.emplace(
      AccountKeys{std::move(offline), std::move(online), std::move(authentication)});
  return {};
}

// Whether the key that opens messages, if there is one, is that of the account's profile.
bool EncryptionMatches(const Account& account) {
  return !account.encryption ||
         (account.profile.key_encryption &&
          account.profile.key_encryption->key == account.encryption->public_key());
}

// The parts of a hand-over.
struct HandOver {
  std::string address;
  ServiceAddress service;
  std::string device;  // JSON text of the CatalogedDevice.
};

Result<HandOver> ParseHandOver(std::string_view text) {
  json::Reader reader(text);
  HandOver out;
  std::string_view raw;
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "DeviceHandOver") {
      reader.Skip();
      continue;
    }
    std::string_view member;
    reader.BeginObject();
    while (reader.NextMember(&member)) {
      if (member == "AccountAddress") {
        reader.String(&out.address);
      } else if (member == "ServiceURL") {
        reader.String(&out.service.url);
      } else if (member == "ServiceConnect") {
        reader.String(&out.service.connect);
      } else if (member == "ServiceCAFile") {
        reader.String(&out.service.ca_file);
      } else if (member == "Entry" && reader.RawValue(&raw)) {
        out.device = raw;
      } else {
        reader.Skip();
      }
    }
  }
  if (!reader.Finish() || out.device.empty()) {
    return InvalidArgument(
        "this is not a hand-over file; make one on the administrator's device with "
        "`mesh device add`");
  }
  return out;
}

const AccountEntry* EntryOf(const CatalogedDevice& device) {
  for (const AccountEntry& entry : device.accounts) {
    if (entry.profile_account && entry.connection_account && entry.activation_account) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace

Result<MeshAdministrator> MakeMesh(crypto::RandomSource& random) {
  PrivateKey offline = PrivateKey::Generate(Curve::kEd448, random);
  PrivateKey online = PrivateKey::Generate(Curve::kEd448, random);
  PrivateKey encryption = PrivateKey::Generate(Curve::kX448, random);
  Profile profile;
  profile.kind = ProfileKind::kMesh;
  profile.key_offline_signature = MakeKeyData(offline.public_key());
  profile.keys_online_signature = {MakeKeyData(online.public_key())};
  profile.key_encryption = MakeKeyData(encryption.public_key());
  MESH_ASSIGN(dare::Envelope envelope, SignProfile(profile, offline));
  return MeshAdministrator{std::move(envelope), std::move(profile), std::move(offline),
                           std::move(online), std::move(encryption)};
}

std::string WriteMesh(const MeshAdministrator& mesh) {
  KeyFileWriter file("Mesh");
  file.Envelope("EnvelopedProfileMesh", mesh.envelope);
  file.Key("KeyOfflineSignature", mesh.offline);
  file.Key("KeyOnlineSignature", mesh.online);
  file.Key("KeyEncryption", mesh.encryption);
  return file.Finish();
}

Result<MeshAdministrator> ReadMesh(std::string_view text) {
  MESH_ASSIGN(const KeyFile file, KeyFile::Read(text, "Mesh"));
  MESH_ASSIGN(dare::Envelope envelope, file.Envelope("EnvelopedProfileMesh"));
  MESH_ASSIGN(PrivateKey offline, file.Key("KeyOfflineSignature", Curve::kEd448));
  MESH_ASSIGN(PrivateKey online, file.Key("KeyOnlineSignature", Curve::kEd448));
  MESH_ASSIGN(PrivateKey encryption, file.Key("KeyEncryption", Curve::kX448));
  Result<Profile> profile = VerifySelfSigned(envelope, ProfileKind::kMesh);
  if (!profile.ok()) return file.Damaged(profile.status().message());
  const bool match = profile->key_offline_signature.key == offline.public_key() &&
                     profile->keys_online_signature.size() == 1 &&
                     profile->keys_online_signature[0].key == online.public_key();
  if (!match) return file.Damaged("the keys are not those of the profile");
  return MeshAdministrator{std::move(envelope), *std::move(profile), std::move(offline),
                           std::move(online), std::move(encryption)};
}

Result<Account> MakeAccount(std::string_view address, const ServiceAddress& service,
                            const std::optional<dare::Envelope>& profile_service,
                            const MeshAdministrator& mesh, const Device& device,
                            crypto::RandomSource& random) {
  Account account;
  account.address = address;
  account.service = service;
  account.profile_mesh = mesh.envelope;
  account.activation = NewActivation(random);
  account.keys.emplace(MakeAccountKeys(random));
  account.encryption = PrivateKey::Generate(Curve::kX448, random);
  Profile profile = MakeAccountProfile(address, *account.keys, *account.encryption, mesh.profile);
  profile.profile_service = profile_service;
  MESH_ASSIGN(account.profile_account, SignProfile(profile, mesh.online));
  MESH_ASSIGN(const Connection connection, ActivatePublic(device.profile, account.activation));
  MESH_ASSIGN(account.connection, SignConnection(connection, account.keys->online));
  MESH_RETURN_IF_ERROR(VerifyChain(&account));
  return account;
}

std::string WriteAccount(const Account& account) {
  KeyFileWriter file("Account");
  file.Text("AccountAddress", account.address);
  file.Text("ServiceURL", account.service.url);
  file.Text("ServiceConnect", account.service.connect);
  file.Text("ServiceCAFile", account.service.ca_file);
  file.Flag("Registered", account.registered);
  file.Envelope("EnvelopedProfileMesh", account.profile_mesh);
  file.Envelope("EnvelopedProfileAccount", account.profile_account);
  file.Envelope("EnvelopedConnectionAccount", account.connection);
  file.Text("ActivationKey", account.activation);
  if (account.keys) {
    file.Key("KeyOfflineSignature", account.keys->offline);
    file.Key("KeyOnlineSignature", account.keys->online);
    file.Key("KeyAuthentication", account.keys->authentication);
  }
  if (account.encryption) file.Key("KeyEncryption", *account.encryption);
  return file.Finish();
}

Result<Account> ReadAccount(std::string_view text) {
  MESH_ASSIGN(const KeyFile file, KeyFile::Read(text, "Account"));
  Account account;
  MESH_ASSIGN(account.address, file.Text("AccountAddress"));
  MESH_ASSIGN(account.service.url, file.Text("ServiceURL"));
  MESH_ASSIGN(account.service.connect, file.Text("ServiceConnect"));
  MESH_ASSIGN(account.service.ca_file, file.Text("ServiceCAFile"));
  MESH_ASSIGN(account.registered, file.Flag("Registered"));
  MESH_ASSIGN(account.profile_mesh, file.Envelope("EnvelopedProfileMesh"));
  MESH_ASSIGN(account.profile_account, file.Envelope("EnvelopedProfileAccount"));
  MESH_ASSIGN(account.connection, file.Envelope("EnvelopedConnectionAccount"));
  MESH_ASSIGN(account.activation, file.Text("ActivationKey"));
  MESH_RETURN_IF_ERROR(ReadAccountKeys(file, &account));
  const Status chain = VerifyChain(&account);
  if (!chain.ok()) return file.Damaged(chain.message());
  if (EncryptionMatches(account)) return account;
  return file.Damaged("KeyEncryption is not that of the account's profile");
}

Status CheckAdministrator(const Account& account, std::string_view to_do) {
  if (account.administrator()) return {};
  return Status(Code::kFailedPrecondition, "this device holds no administrator's keys of " +
                                               account.address + "; " + std::string(to_do) +
                                               " on the one that made the account");
}

Status CheckReader(const Account& account) {
  if (account.encryption) return {};
  return Status(Code::kFailedPrecondition,
                "this device was given no key for what people send to " + account.address +
                    "; read it on another device of the account, or let its administrator's add "
                    "this one again: `mesh device add`, and here `mesh device accept`");
}

Result<CatalogedDevice> ConnectDevice(const Account& account, const dare::Envelope& profile_device,
                                      std::string_view activation, Reading reading,
                                      crypto::RandomSource& random) {
  MESH_RETURN_IF_ERROR(CheckAdministrator(account, "add devices"));
  const PrivateKey& administrator = account.keys->online;
  MESH_ASSIGN(const Profile device, VerifySelfSigned(profile_device, ProfileKind::kDevice));
  MESH_ASSIGN(const Connection connection, ActivatePublic(device, activation));
  AccountEntry entry;
  entry.account_udf = account.profile.udf();
  entry.profile_account = account.profile_account;
  MESH_ASSIGN(entry.connection_account, SignConnection(connection, administrator));
  Activation given{std::string(activation), std::nullopt};
  if (reading == Reading::kAllowed && account.encryption) {
    given.account_encryption = account.encryption->Clone();
  }
  MESH_ASSIGN(entry.activation_account,
              SealActivation(given, entry.account_udf, device, administrator, random));

  CatalogedDevice cataloged;
  cataloged.udf = connection.key_signature.udf;
  cataloged.device_udf = device.udf();
  cataloged.profile_mesh = account.profile_mesh;
  cataloged.profile_device = profile_device;
  cataloged.accounts.push_back(std::move(entry));
  return cataloged;
}

std::string WriteHandOver(const Account& account, const CatalogedDevice& entry) {
  std::string device;
  WriteCatalogedDevice(entry, device);
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("DeviceHandOver").BeginObject();
  writer.Member("AccountAddress").String(account.address);
  writer.Member("ServiceURL").String(account.service.url);
  writer.Member("ServiceConnect").String(account.service.connect);
  writer.Member("ServiceCAFile").String(account.service.ca_file);
  writer.Member("Entry").Raw(device);
  writer.EndObject().EndObject();
  text += '\n';
  return text;
}

Result<Account> JoinAccount(const CatalogedDevice& entry, std::string_view address,
                            const ServiceAddress& service, const Device& device) {
  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  if (entry.device_udf != device.udf()) {
    return Status(Code::kPermissionDenied, "this is for the device " + entry.device_udf +
                                               "; this device is " + device.udf());
  }
  const AccountEntry* const in_account = EntryOf(entry);
  if (in_account == nullptr || !entry.profile_mesh) {
    return InvalidArgument("it does not connect this device to an account");
  }
  Account account;
  account.address = parsed.canonical();
  account.service = service;
  account.registered = true;
  account.profile_mesh = *entry.profile_mesh;
  account.profile_account = *in_account->profile_account;
  account.connection = *in_account->connection_account;
  MESH_RETURN_IF_ERROR(VerifyChain(&account));
  MESH_ASSIGN(Activation activation, OpenActivation(*in_account->activation_account, device));
  account.activation = std::move(activation.key);
  account.encryption = std::move(activation.account_encryption);
  MESH_ASSIGN(const Connection mine, ActivatePublic(device.profile, account.activation));
  if (mine.key_authentication != account.connected.key_authentication) {
    return Status(Code::kPermissionDenied, "it names keys that are not this device's");
  }
  if (EncryptionMatches(account)) return account;
  return Status(Code::kPermissionDenied, "its AccountEncryption is not the account's key");
}

Result<Account> ReadHandOver(std::string_view text, const Device& device) {
  MESH_ASSIGN(const HandOver hand_over, ParseHandOver(text));
  MESH_ASSIGN(const CatalogedDevice entry, ParseCatalogedDevice(hand_over.device));
  Result<Account> account = JoinAccount(entry, hand_over.address, hand_over.service, device);
  if (account.ok()) return account;
  return Status(account.status().code(), "the hand-over: " + account.status().message());
}

std::string WriteDeviceRequest(const dare::Envelope& profile_device) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("DeviceRequest").BeginObject();
  writer.Member("EnvelopedProfileDevice").Raw(dare::EnvelopeText(profile_device));
  writer.EndObject().EndObject();
  text += '\n';
  return text;
}

Result<dare::Envelope> ReadDeviceRequest(std::string_view text) {
  const Result<KeyFile> file = KeyFile::Read(text, "DeviceRequest");
  if (!file.ok() || !file->Has("EnvelopedProfileDevice")) {
    return InvalidArgument(
        "this is not a device's request; make one on that device with `mesh device request`");
  }
  MESH_ASSIGN(dare::Envelope envelope, file->Envelope("EnvelopedProfileDevice"));
  MESH_RETURN_IF_ERROR(VerifySelfSigned(envelope, ProfileKind::kDevice).status());
  return envelope;
}

}  // namespace mesh::client
