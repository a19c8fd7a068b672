// Home is the folder where a device keeps what it is and what it has (MESH_HOME):
//
//   device.json                     the device and its private keys
//   mesh.json                       a person's Mesh; on the administrator's device
//   services.json                   which services are known, and by what name
//   asked/<address>.json            an account that this device has asked to be in
//   accounts/<address>/account.json the account, this device's place in it
//   accounts/<address>/session.json the ticket of the last exchange; can be lost
//   accounts/<address>/published.json contacts that this device has published, and their secrets
//   accounts/<address>/<name>.dcat  copies of containers
//   groups/<address>/group.json      a group that this device made, and its private keys
//   groups/<address>/membership.json a share of a group's key, of an account of this device
//
// Folders have mode 0700 and files 0600; anything looser is refused. One process at
// a time: others wait.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/client/account.h"
#include "common/client/cached_session.h"
#include "common/client/connecting.h"
#include "common/client/device.h"
#include "common/client/group.h"
#include "common/client/known_service.h"
#include "common/client/publishing.h"
#include "common/client/replica.h"

namespace mesh::client {

// For one thread. Every function blocks on the disk; what it writes is on disk when
// it returns.
class Home {
 public:
  // Makes the folder if there is none. kFailedPrecondition, with the next step, if it
  // is open to others.
  static Result<Home> Open(const std::string& folder);

  const std::string& folder() const { return folder_; }

  // kNotFound when there is none yet.
  Result<Device> LoadDevice() const;
  Status SaveDevice(const Device& device) const;
  Result<MeshAdministrator> LoadMesh() const;
  Status SaveMesh(const MeshAdministrator& mesh) const;

  // Empty if none was seen yet. kDataLoss, with the next step, if the file is damaged.
  Result<KnownServices> LoadServices() const;
  Status SaveServices(const KnownServices& services) const;

  // Accounts that this device has asked to be in: their canonical addresses, sorted. kNotFound if
  // it has not asked for `address`.
  std::vector<std::string> Asked() const;
  Result<AskedAccount> LoadAsked(std::string_view address) const;
  Status SaveAsked(const AskedAccount& asked) const;
  Status RemoveAsked(std::string_view address) const;

  // Canonical addresses, sorted.
  std::vector<std::string> Accounts() const;
  Result<Account> LoadAccount(std::string_view address) const;
  Status SaveAccount(const Account& account) const;
  // One without a ticket if none is kept or the file is damaged.
  Result<CachedSession> LoadSession(std::string_view address) const;
  // Does nothing if the account is not here any more.
  Status SaveSession(std::string_view address, const CachedSession& session) const;
  // Contacts that this device has published for the account; none yet: an empty list. Those over
  // kPublishedMax are dropped, the first ones first.
  Result<std::vector<PublishedContact>> LoadPublished(std::string_view address) const;
  Status SavePublished(std::string_view address, std::vector<PublishedContact> published) const;
  // Removes the account, its session and its containers from this device.
  Status RemoveAccount(std::string_view address) const;

  // An empty one if there is no copy yet. kDataLoss, with the next step, if it is damaged.
  Result<Replica> LoadReplica(std::string_view address, std::string_view container) const;
  Status SaveReplica(std::string_view address, std::string_view container,
                     const Replica& replica) const;
  // Names of the containers that this device has copies of, sorted.
  std::vector<std::string> Replicas(std::string_view address) const;
  // Where the copy of a container is.
  std::string ReplicaPath(std::string_view address, std::string_view container) const;

  // Groups by their canonical address. kNotFound when there is none of that kind here.
  std::vector<std::string> Groups() const;
  Result<Group> LoadGroup(std::string_view address) const;
  Status SaveGroup(const Group& group) const;
  Status RemoveGroup(std::string_view address) const;
  Result<Membership> LoadMembership(std::string_view address) const;
  Status SaveMembership(const Membership& membership) const;

 private:
  Home(std::string folder, UniqueFd lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}
  std::string AccountFolder(std::string_view address) const;
  std::string SessionPath(std::string_view address) const;
  std::string AskedPath(std::string_view address) const;
  std::string GroupFolder(std::string_view address) const;
  std::string ServicesPath() const { return folder_ + "/services.json"; }

  std::string folder_;
  UniqueFd lock_;
};

}  // namespace mesh::client
