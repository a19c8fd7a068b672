#include "common/cluster/data_dir.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/base/bytes.h"
#include "common/cluster/durable_file.h"
#include "common/crypto/random.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh::cluster {
namespace {

// PERSISTENT: the files' names and forms.
constexpr const char* kIdentityFile = "/identity";
constexpr const char* kLeaseFile = "/lease";
constexpr size_t kIdentityOctets = 16;

bool IsIdentity(std::string_view text) {
  return text.size() == 2 * kIdentityOctets && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<std::string> MakeIdentity(const std::string& file) {
  std::string octets(kIdentityOctets, '\0');
  crypto::SystemRandom().Fill({Octets(octets), octets.size()});
  const std::string id = ToHex(octets);
  MESH_RETURN_IF_ERROR(WriteDurably(file, id + "\n"));
  return id;
}

Result<std::string> ReadIdentity(const std::string& file) {
  Result<std::string> text = ReadWhole(file);
  if (text.status().code() == Code::kNotFound) return MakeIdentity(file);
  if (!text.ok()) return text.status();
  if (text->ends_with('\n')) text->pop_back();
  if (IsIdentity(*text)) return text;
  return Status(Code::kDataLoss, file + ": expected 32 hexadecimal digits");
}

Result<std::shared_ptr<UniqueFd>> Lock(const std::string& file) {
  auto lock = std::make_shared<UniqueFd>(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (lock->valid() && ::flock(lock->get(), LOCK_EX | LOCK_NB) == 0) return lock;
  return Status(Code::kFailedPrecondition, file + ": another process has the data directory");
}

}  // namespace

std::string KeptLease::Text() const {
  std::string out;
  json::Writer writer(out);
  writer.BeginObject();
  writer.Member("name").String(name);
  writer.Member("bootId").String(boot_id);
  writer.Member("sentNanos").Int(sent);
  writer.Member("seconds").Int(seconds);
  writer.EndObject();
  return out + "\n";
}

Result<KeptLease> KeptLease::Parse(std::string_view json) {
  KeptLease lease;
  json::Reader reader(json);
  std::string_view member;
  reader.BeginObject();
  while (reader.NextMember(&member)) {
    const bool read = member == "name"        ? reader.String(&lease.name)
                      : member == "bootId"    ? reader.String(&lease.boot_id)
                      : member == "sentNanos" ? reader.Int(&lease.sent)
                      : member == "seconds"   ? reader.Int(&lease.seconds)
                                              : reader.Skip();
    if (!read) break;
  }
  if (reader.Finish()) return lease;
  return InvalidArgument("lease: " + reader.status().message());
}

Result<DataDir> DataDir::Open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return Status(Code::kUnavailable, "cannot make the folder " + path + ": " + error.message());
  }
  MESH_ASSIGN(std::string id, ReadIdentity(path + kIdentityFile));
  MESH_ASSIGN(auto lock, Lock(path + kIdentityFile));
  return DataDir(path, std::move(id), std::move(lock));
}

std::optional<KeptLease> DataDir::ReadLease() const {
  const Result<std::string> text = ReadWhole(path_ + kLeaseFile);
  if (!text.ok()) return std::nullopt;
  Result<KeptLease> lease = KeptLease::Parse(*text);
  if (!lease.ok()) return std::nullopt;
  return *std::move(lease);
}

Status DataDir::WriteLease(const KeptLease& lease) const {
  return WriteDurably(path_ + kLeaseFile, lease.Text());
}

}  // namespace mesh::cluster
