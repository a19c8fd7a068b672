#include "backend/moves/heads.h"

#include <memory>
#include <string_view>

#include "backend/storage/key_schema.h"
#include "common/base/bytes.h"
#include "common/crypto/digest.h"
#include "proto/move.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// Everything of an account but entries, their indices, and what expires.
constexpr std::string_view kIndexKinds = "ACKOQ";
constexpr std::string_view kPayloadKinds = "R";
constexpr char kContainer = 'C';

void Update(crypto::Sha512Stream& stream, std::string_view octets) {
  std::string length;
  AppendBigEndian32(length, static_cast<uint32_t>(octets.size()));
  stream.Update(length);
  stream.Update(octets);
}

Status AddContainer(std::string_view key, std::string_view value, proto::AccountHead* head) {
  proto::ContainerRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return Status(Code::kDataLoss, "the head of a container cannot be read");
  }
  proto::ContainerHead* container = head->add_containers();
  container->set_name(std::string(key.substr(kAccountPrefixBytes + 1)));
  container->set_entries(record.next_index());
  container->set_tree_digest(record.tree_digest());
  return {};
}

Status AddKind(const Reader& reader, ColumnFamily family, const std::string& prefix, char kind,
               crypto::Sha512Stream& stream, proto::AccountHead* head) {
  const KeyRange range = PrefixRange(prefix + kind);
  const std::unique_ptr<Cursor> cursor = reader.Scan(family, range.begin, range.end);
  for (; cursor->Valid(); cursor->Next()) {
    Update(stream, cursor->key());
    Update(stream, cursor->value());
    if (kind == kContainer) {
      MESH_RETURN_IF_ERROR(AddContainer(cursor->key(), cursor->value(), head));
    }
  }
  return cursor->status();
}

Status ReadHead(const Reader& reader, const std::string& prefix, proto::AccountHead* head) {
  head->set_prefix(prefix);
  crypto::Sha512Stream stream;
  for (const char kind : kIndexKinds) {
    MESH_RETURN_IF_ERROR(AddKind(reader, ColumnFamily::kIndex, prefix, kind, stream, head));
  }
  for (const char kind : kPayloadKinds) {
    MESH_RETURN_IF_ERROR(AddKind(reader, ColumnFamily::kPayload, prefix, kind, stream, head));
  }
  head->set_digest(std::string(stream.Finish().view()));
  return {};
}

Status Differ(const std::string& what) {
  return Status(Code::kDataLoss, "the two sides differ: " + what);
}

// Accounts are not named in what people read; the slot tells where to look.
std::string NameOf(const proto::AccountHead& head) {
  return "an account of slot " + std::to_string(ReadBigEndian16(head.prefix()));
}

Status CompareContainers(const proto::AccountHead& source, const proto::AccountHead& target) {
  if (source.containers_size() != target.containers_size()) {
    return Differ(NameOf(source) + " has " + std::to_string(source.containers_size()) + " and " +
                  std::to_string(target.containers_size()) + " containers");
  }
  for (int i = 0; i < source.containers_size(); ++i) {
    const proto::ContainerHead& here = source.containers(i);
    const proto::ContainerHead& there = target.containers(i);
    if (here.name() != there.name() || here.entries() != there.entries()) {
      return Differ(NameOf(source) + ": " + here.name() + " with " +
                    std::to_string(here.entries()) + " entries, and " + there.name() + " with " +
                    std::to_string(there.entries()));
    }
    if (here.tree_digest() != there.tree_digest()) {
      return Differ(NameOf(source) + ": the tree digest of " + here.name());
    }
  }
  return {};
}

}  // namespace

Status ReadHeads(const Reader& reader, const std::set<std::string>& prefixes,
                 proto::HeadList* heads) {
  for (const std::string& prefix : prefixes) {
    MESH_RETURN_IF_ERROR(ReadHead(reader, prefix, heads->add_accounts()));
  }
  return {};
}

Status CompareHeads(const proto::HeadList& source, const proto::HeadList& target) {
  if (source.accounts_size() != target.accounts_size()) {
    return Differ(std::to_string(source.accounts_size()) + " and " +
                  std::to_string(target.accounts_size()) + " accounts changed");
  }
  for (int i = 0; i < source.accounts_size(); ++i) {
    const proto::AccountHead& here = source.accounts(i);
    const proto::AccountHead& there = target.accounts(i);
    if (here.prefix() != there.prefix()) return Differ("which accounts changed");
    MESH_RETURN_IF_ERROR(CompareContainers(here, there));
    if (here.digest() != there.digest()) {
      return Differ(NameOf(here) + ": its records beside its containers");
    }
  }
  return {};
}

}  // namespace mesh::backend
