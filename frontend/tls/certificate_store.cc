#include "frontend/tls/certificate_store.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "common/base/bytes.h"

namespace mesh::tls {
namespace {

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  if (!file || !(content << file.rdbuf())) {
    return Status(Code::kNotFound, "cannot read " + path);
  }
  return std::move(content).str();
}

// Names `what` in front of why it is wrong.
Status Within(const std::string& what, const Status& status) {
  return Status(status.code(), what + ": " + status.message());
}

void AppendFileState(const std::string& path, std::string& out) {
  struct stat state {};
  if (path.empty() || stat(path.c_str(), &state) != 0) {
    out += "-;";
    return;
  }
  for (const int64_t number : {int64_t{state.st_mtim.tv_sec}, int64_t{state.st_mtim.tv_nsec},
                               int64_t{state.st_size}, static_cast<int64_t>(state.st_ino)}) {
    out += std::to_string(number) + ",";
  }
  out += ";";
}

}  // namespace

CertificateStore::CertificateStore(CertificateFiles files) : files_(std::move(files)) {}

Result<std::unique_ptr<CertificateStore>> CertificateStore::Open(CertificateFiles files) {
  std::unique_ptr<CertificateStore> store(new CertificateStore(std::move(files)));
  MESH_RETURN_IF_ERROR(store->Reload());
  return store;
}

std::shared_ptr<const TlsContext> CertificateStore::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Status CertificateStore::Reload() {
  const std::lock_guard lock(reload_mutex_);
  return ReloadLocked();
}

Result<bool> CertificateStore::ReloadIfChanged() {
  const std::lock_guard lock(reload_mutex_);
  if (Fingerprint() == loaded_fingerprint_) return false;
  MESH_RETURN_IF_ERROR(ReloadLocked());
  return true;
}

std::vector<CertificatePair> CertificateStore::Pairs() const {
  std::vector<CertificatePair> pairs = {{files_.certificate_chain, files_.private_key}};
  pairs.insert(pairs.end(), files_.more.begin(), files_.more.end());
  return pairs;
}

// The fingerprint is taken first: a change while reading is then seen the next time.
Status CertificateStore::ReloadLocked() {
  const std::string fingerprint = Fingerprint();
  MESH_ASSIGN(std::shared_ptr<const TicketKeys> tickets, LoadTicketKeys());
  std::vector<ServerCertificate> certificates;
  std::string names;
  for (const CertificatePair& pair : Pairs()) {
    MESH_ASSIGN(std::string chain, ReadFile(pair.certificate_chain));
    MESH_ASSIGN(std::string key, ReadFile(pair.private_key));
    certificates.push_back({std::move(chain), std::move(key)});
    names += (names.empty() ? "" : ", ") + pair.certificate_chain + " and " + pair.private_key;
  }
  Result<std::shared_ptr<const TlsContext>> context =
      TlsContext::ForServer(certificates, std::move(tickets));
  for (ServerCertificate& certificate : certificates) Wipe(certificate.private_key);
  if (!context.ok()) return Within(names, context.status());
  loaded_fingerprint_ = fingerprint;
  const std::lock_guard lock(mutex_);
  current_ = *std::move(context);
  return Status();
}

Result<std::shared_ptr<const TicketKeys>> CertificateStore::LoadTicketKeys() {
  if (files_.ticket_keys.empty()) {
    if (!random_keys_) random_keys_ = TicketKeys::Random();
    return random_keys_;
  }
  MESH_ASSIGN(std::string octets, ReadFile(files_.ticket_keys));
  Result<std::shared_ptr<const TicketKeys>> keys = TicketKeys::FromBytes(octets);
  Wipe(octets);
  if (!keys.ok()) return Within(files_.ticket_keys, keys.status());
  return keys;
}

std::string CertificateStore::Fingerprint() const {
  std::string fingerprint;
  AppendFileState(files_.ticket_keys, fingerprint);
  for (const CertificatePair& pair : Pairs()) {
    AppendFileState(pair.certificate_chain, fingerprint);
    AppendFileState(pair.private_key, fingerprint);
  }
  return fingerprint;
}

}  // namespace mesh::tls
