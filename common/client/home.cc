#include "common/client/home.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/base/bytes.h"
#include "common/client/private_files.h"

namespace mesh::client {
namespace {

// A key file has some 10 KB; a copy of a container can be large, and is bounded only
// so that a wrong file does not fill the memory.
constexpr size_t kKeyFileBytesMax = 1024 * 1024;
constexpr size_t kReplicaBytesMax = size_t{4} * 1024 * 1024 * 1024;

constexpr std::string_view kReplicaSuffix = ".dcat";
constexpr std::string_view kAskedSuffix = ".json";

}  // namespace

Result<Home> Home::Open(const std::string& folder) {
  MESH_RETURN_IF_ERROR(PreparePrivateFolder(folder));
  MESH_ASSIGN(UniqueFd lock, LockFile(folder + "/.lock"));
  MESH_RETURN_IF_ERROR(PreparePrivateFolder(folder + "/accounts"));
  MESH_RETURN_IF_ERROR(PreparePrivateFolder(folder + "/asked"));
  return Home(folder, std::move(lock));
}

Result<Device> Home::LoadDevice() const {
  MESH_ASSIGN(const std::string text, ReadPrivateFile(folder_ + "/device.json", kKeyFileBytesMax));
  return ReadDevice(text);
}

Status Home::SaveDevice(const Device& device) const {
  return WritePrivateFile(folder_ + "/device.json", WriteDevice(device));
}

Result<MeshAdministrator> Home::LoadMesh() const {
  MESH_ASSIGN(const std::string text, ReadPrivateFile(folder_ + "/mesh.json", kKeyFileBytesMax));
  return ReadMesh(text);
}

Status Home::SaveMesh(const MeshAdministrator& mesh) const {
  return WritePrivateFile(folder_ + "/mesh.json", WriteMesh(mesh));
}

Result<KnownServices> Home::LoadServices() const {
  Result<std::string> text = ReadPrivateFile(ServicesPath(), kKeyFileBytesMax);
  if (!text.ok() && text.status().code() == Code::kNotFound) return KnownServices();
  if (!text.ok()) return text.status();
  Result<KnownServices> services = ReadServices(*text);
  if (services.ok()) return services;
  return Status(Code::kDataLoss, services.status().message() +
                                     "; it says which services to trust. "
                                     "Remove " +
                                     ServicesPath() +
                                     " to begin anew, and compare the "
                                     "names that are then shown with those you know");
}

Status Home::SaveServices(const KnownServices& services) const {
  return WritePrivateFile(ServicesPath(), WriteServices(services));
}

std::string Home::AccountFolder(std::string_view address) const {
  return folder_ + "/accounts/" + std::string(address);
}

std::string Home::AskedPath(std::string_view address) const {
  return folder_ + "/asked/" + std::string(address) + std::string(kAskedSuffix);
}

std::vector<std::string> Home::Asked() const {
  std::vector<std::string> addresses = ListFolder(folder_ + "/asked");
  for (std::string& name : addresses) name.resize(name.size() - kAskedSuffix.size());
  return addresses;
}

Result<AskedAccount> Home::LoadAsked(std::string_view address) const {
  const Result<std::string> text = ReadPrivateFile(AskedPath(address), kKeyFileBytesMax);
  if (text.ok()) return ReadAsked(*text);
  if (text.status().code() != Code::kNotFound) return text.status();
  return Status(Code::kNotFound, "this device has not asked to be in " + std::string(address) +
                                     "; `mesh connect request` asks");
}

Status Home::SaveAsked(const AskedAccount& asked) const {
  return WritePrivateFile(AskedPath(asked.address), WriteAsked(asked));
}

Status Home::RemoveAsked(std::string_view address) const { return RemoveFile(AskedPath(address)); }

std::vector<std::string> Home::Accounts() const { return ListFolder(folder_ + "/accounts"); }

Result<Account> Home::LoadAccount(std::string_view address) const {
  Result<std::string> text =
      ReadPrivateFile(AccountFolder(address) + "/account.json", kKeyFileBytesMax);
  if (text.ok()) return ReadAccount(*text);
  if (text.status().code() != Code::kNotFound) return text.status();
  return Status(Code::kNotFound, "this device is not in the account " + std::string(address) +
                                     "; `mesh account list` shows the accounts it is in");
}

Status Home::SaveAccount(const Account& account) const {
  MESH_RETURN_IF_ERROR(PreparePrivateFolder(AccountFolder(account.address)));
  return WritePrivateFile(AccountFolder(account.address) + "/account.json", WriteAccount(account));
}

std::string Home::SessionPath(std::string_view address) const {
  return AccountFolder(address) + "/session.json";
}

Result<std::vector<PublishedContact>> Home::LoadPublished(std::string_view address) const {
  const Result<std::string> text =
      ReadPrivateFile(AccountFolder(address) + "/published.json", kKeyFileBytesMax);
  if (text.ok()) return ReadPublished(*text);
  if (text.status().code() != Code::kNotFound) return text.status();
  return std::vector<PublishedContact>();
}

Status Home::SavePublished(std::string_view address,
                           std::vector<PublishedContact> published) const {
  if (published.size() > kPublishedMax) {
    published.erase(published.begin(), published.end() - kPublishedMax);
  }
  return WritePrivateFile(AccountFolder(address) + "/published.json", WritePublished(published));
}

Result<CachedSession> Home::LoadSession(std::string_view address) const {
  Result<std::string> text = ReadPrivateFile(SessionPath(address), kKeyFileBytesMax);
  if (!text.ok() && text.status().code() == Code::kNotFound) return CachedSession();
  if (!text.ok()) return text.status();
  CachedSession session = ReadSession(*text);
  Wipe(*text);
  return session;
}

Status Home::SaveSession(std::string_view address, const CachedSession& session) const {
  const std::vector<std::string> accounts = Accounts();
  if (std::find(accounts.begin(), accounts.end(), address) == accounts.end()) return {};
  std::string text = WriteSession(session);
  const Status status = WritePrivateFile(SessionPath(address), text);
  Wipe(text);
  return status;
}

Status Home::RemoveAccount(std::string_view address) const {
  return RemoveFolder(AccountFolder(address));
}

std::string Home::ReplicaPath(std::string_view address, std::string_view container) const {
  return AccountFolder(address) + "/" + std::string(container) + std::string(kReplicaSuffix);
}

Result<Replica> Home::LoadReplica(std::string_view address, std::string_view container) const {
  const std::string path = ReplicaPath(address, container);
  Result<std::string> octets = ReadPrivateFile(path, kReplicaBytesMax);
  if (!octets.ok() && octets.status().code() == Code::kNotFound) return Replica();
  if (!octets.ok()) return octets.status();
  Result<Replica> replica = Replica::Read(*octets);
  if (replica.ok()) return replica;
  return Status(Code::kDataLoss, "the copy of " + std::string(container) + " in " + path +
                                     " is damaged (" + replica.status().message() +
                                     "); remove the file and download again");
}

Status Home::SaveReplica(std::string_view address, std::string_view container,
                         const Replica& replica) const {
  MESH_ASSIGN(const std::string octets, replica.Octets());
  return WritePrivateFile(ReplicaPath(address, container), octets);
}

std::vector<std::string> Home::Replicas(std::string_view address) const {
  std::vector<std::string> names;
  for (std::string& file : ListFolder(AccountFolder(address))) {
    const size_t stem = file.size() - std::min(file.size(), kReplicaSuffix.size());
    if (file.substr(stem) == kReplicaSuffix) names.push_back(file.substr(0, stem));
  }
  return names;
}

// --- Groups ----------------------------------------------------------------------------

std::string Home::GroupFolder(std::string_view address) const {
  return folder_ + "/groups/" + std::string(address);
}

std::vector<std::string> Home::Groups() const { return ListFolder(folder_ + "/groups"); }

Result<Group> Home::LoadGroup(std::string_view address) const {
  Result<std::string> text =
      ReadPrivateFile(GroupFolder(address) + "/group.json", kKeyFileBytesMax);
  if (text.ok()) return ReadGroup(*text);
  if (text.status().code() != Code::kNotFound) return text.status();
  return Status(Code::kNotFound, "this device did not make the group " + std::string(address));
}

Status Home::SaveGroup(const Group& group) const {
  MESH_RETURN_IF_ERROR(PreparePrivateFolder(folder_ + "/groups"));
  MESH_RETURN_IF_ERROR(PreparePrivateFolder(GroupFolder(group.address)));
  return WritePrivateFile(GroupFolder(group.address) + "/group.json", WriteGroup(group));
}

// A membership of the same address stays.
Status Home::RemoveGroup(std::string_view address) const {
  const std::string path = GroupFolder(address) + "/group.json";
  std::error_code error;
  std::filesystem::remove(path, error);
  if (!error) return {};
  return Status(Code::kUnavailable, "cannot remove " + path + ": " + error.message());
}

Result<Membership> Home::LoadMembership(std::string_view address) const {
  const std::string path = GroupFolder(address) + "/membership.json";
  Result<std::string> text = ReadPrivateFile(path, kKeyFileBytesMax);
  if (!text.ok() && text.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, "no account of this device is a member of " +
                                       std::string(address) +
                                       "; begin with `mesh group accept INVITATION`");
  }
  if (!text.ok()) return text.status();
  Result<Membership> membership = ReadMembership(*text);
  Wipe(*text);
  if (membership.ok()) return membership;
  return Status(Code::kDataLoss, path + " is damaged: " + membership.status().message());
}

Status Home::SaveMembership(const Membership& membership) const {
  MESH_RETURN_IF_ERROR(PreparePrivateFolder(folder_ + "/groups"));
  MESH_RETURN_IF_ERROR(PreparePrivateFolder(GroupFolder(membership.address())));
  std::string text = WriteMembership(membership);
  const Status saved =
      WritePrivateFile(GroupFolder(membership.address()) + "/membership.json", text);
  Wipe(text);
  return saved;
}

}  // namespace mesh::client
