#include "frontend/service/ticket_keyring.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/digest.h"
#include "frontend/service/key_file.h"

namespace mesh::frontend {
namespace {

constexpr std::string_view kSuffix = ".key";

Result<std::vector<std::string>> KeyNames(const std::string& folder) {
  return ListKeyFiles(folder, "", std::string(kSuffix));
}

Status ReadKeys(const std::string& folder, const std::vector<std::string>& names,
                std::vector<std::string>* secrets) {
  for (const std::string& name : names) {
    const std::string path = std::string(folder).append("/").append(name);
    MESH_ASSIGN(std::string secret, ReadKeyFile(path));
    secrets->push_back(std::move(secret));
    if (secrets->back().size() != TicketKeyring::kKeyBytes) {
      return Status(Code::kDataLoss, path + ": has " + std::to_string(secrets->back().size()) +
                                         " octets; a ticket key has 32 (openssl rand 32)");
    }
  }
  if (!secrets->empty()) return Status();
  return Status(Code::kUnavailable, folder + ": holds no ticket key, a file named *.key");
}

}  // namespace

std::shared_ptr<const TicketKeyring> TicketKeyring::Random(crypto::RandomSource& random) {
  std::vector<std::string> secrets(1);
  secrets.front() = crypto::RandomBytes(kKeyBytes, random);
  auto keyring = FromKeys(secrets);
  Wipe(secrets.front());
  return keyring;
}

std::shared_ptr<const TicketKeyring> TicketKeyring::FromKeys(
    const std::vector<std::string>& secrets) {
  MESH_CHECK(!secrets.empty());
  const std::shared_ptr<TicketKeyring> keyring(new TicketKeyring);
  for (const std::string& secret : secrets) {
    MESH_CHECK(secret.size() == kKeyBytes);
    keyring->keys_.push_back(
        {std::string(crypto::Sha512(secret).view().substr(0, kKeyIdBytes)), secret});
  }
  return keyring;
}

TicketKeyring::~TicketKeyring() {
  for (Key& key : keys_) Wipe(key.secret);
}

const TicketKeyring::Key* TicketKeyring::Find(std::string_view id) const {
  for (const Key& key : keys_) {
    if (key.id == id) return &key;
  }
  return nullptr;
}

// The state is taken before reading, so that a change under way is read again.
Status TicketKeyFolder::Reload() {
  MESH_ASSIGN(const std::vector<std::string> names, KeyNames(folder_));
  state_ = KeyFilesState(folder_, names);
  std::vector<std::string> secrets;
  const Status status = ReadKeys(folder_, names, &secrets);
  if (status.ok()) published_.Publish(TicketKeyring::FromKeys(secrets));
  for (std::string& secret : secrets) Wipe(secret);
  return status;
}

Result<bool> TicketKeyFolder::ReloadIfChanged() {
  MESH_ASSIGN(const std::vector<std::string> names, KeyNames(folder_));
  if (KeyFilesState(folder_, names) == state_) return false;
  MESH_RETURN_IF_ERROR(Reload());
  return true;
}

}  // namespace mesh::frontend
