#include "backend/model/page_key.h"

#include <algorithm>
#include <limits>

#include "common/base/bytes.h"
#include "common/crypto/digest.h"
#include "common/mesh/container_name.h"
#include "proto/mesh.pb.h"

namespace mesh::backend {
namespace {

// version(1) flags(2) next(8) index_max(8) before(8) bytes_offset(8) name checksum(8)
constexpr char kVersion = 1;
constexpr size_t kFixedBytes = 1 + 2 + 8 + 8 + 8 + 8;
constexpr size_t kChecksumBytes = 8;

enum Flag : uint16_t {
  kHasIndexMax = 1,
  kHasBefore = 2,
  kExcludeUpdated = 4,
  kExcludeDeleted = 8,
  kExcludeRead = 16,
  kHeader = 32,
  kPayload = 64,
  kTrailer = 128,
};

std::string Checksum(std::string_view body, const Account& account) {
  std::string bound;
  AppendBigEndian64(bound, account.usage().incarnation);
  bound += account.address();
  bound.push_back('\0');
  return std::string(crypto::Sha512(bound, body).view().substr(0, kChecksumBytes));
}

uint16_t FlagsOf(const Selection& selection) {
  unsigned flags = 0;
  if (selection.index_max) flags |= kHasIndexMax;
  if (selection.before) flags |= kHasBefore;
  if (selection.exclude_updated) flags |= kExcludeUpdated;
  if (selection.exclude_deleted) flags |= kExcludeDeleted;
  if (selection.exclude_read) flags |= kExcludeRead;
  if (selection.header) flags |= kHeader;
  if (selection.payload) flags |= kPayload;
  if (selection.trailer) flags |= kTrailer;
  return static_cast<uint16_t>(flags);
}

Selection FromFlags(unsigned flags) {
  Selection selection;
  selection.exclude_updated = flags & kExcludeUpdated;
  selection.exclude_deleted = flags & kExcludeDeleted;
  selection.exclude_read = flags & kExcludeRead;
  selection.header = flags & kHeader;
  selection.payload = flags & kPayload;
  selection.trailer = flags & kTrailer;
  return selection;
}

Result<Selection> ReadPageKey(std::string_view key, const Account& account) {
  const Status bad =
      InvalidArgument("PageKey: send one exactly as the last Download of this account returned it");
  if (key.size() <= kFixedBytes + kChecksumBytes) return bad;
  const std::string_view body = key.substr(0, key.size() - kChecksumBytes);
  if (body[0] != kVersion || key.substr(body.size()) != Checksum(body, account)) return bad;
  const unsigned flags = ReadBigEndian16(body.substr(1));
  Selection selection = FromFlags(flags);
  selection.next = ReadBigEndian64(body.substr(3));
  if (flags & kHasIndexMax) selection.index_max = ReadBigEndian64(body.substr(11));
  if (flags & kHasBefore) {
    selection.before = static_cast<WallMillis>(ReadBigEndian64(body.substr(19)));
  }
  selection.bytes_offset = ReadBigEndian64(body.substr(27));
  selection.container = body.substr(kFixedBytes);
  return selection;
}

}  // namespace

std::string MakePageKey(const Selection& selection, const Account& account) {
  std::string key(1, kVersion);
  AppendBigEndian16(key, FlagsOf(selection));
  AppendBigEndian64(key, selection.next);
  AppendBigEndian64(key, selection.index_max.value_or(0));
  AppendBigEndian64(key, static_cast<uint64_t>(selection.before.value_or(0)));
  AppendBigEndian64(key, selection.bytes_offset);
  key += selection.container;
  key += Checksum(key, account);
  return key;
}

Result<Selection> ReadSelection(const proto::ConstraintsSelect& select,
                                const proto::ConstraintsData& data, const Account& account) {
  if (!select.page_key().empty()) return ReadPageKey(select.page_key(), account);
  MESH_RETURN_IF_ERROR(CheckContainerName(select.container()));
  if (data.bytes_offset() < 0) return InvalidArgument("BytesOffset: 0 or more");
  Selection selection;
  selection.container = select.container();
  // The reference sends -1 when it has nothing yet.
  selection.next = static_cast<uint64_t>(std::max<int64_t>(0, select.index_min()));
  if (select.has_index_max()) {
    // Below zero there is nothing.
    if (select.index_max() < 0) selection.next = std::numeric_limits<uint64_t>::max();
    selection.index_max = static_cast<uint64_t>(std::max<int64_t>(0, select.index_max()));
  }
  if (select.has_not_before()) selection.not_before = select.not_before();
  if (select.has_before()) selection.before = select.before();
  selection.exclude_updated = select.exclude_updated();
  selection.exclude_deleted = select.exclude_deleted();
  selection.exclude_read = select.exclude_read();
  selection.header = !data.has_header() || data.header();
  selection.payload = !data.has_payload() || data.payload();
  selection.trailer = !data.has_trailer() || data.trailer();
  selection.bytes_offset = static_cast<uint64_t>(data.bytes_offset());
  return selection;
}

}  // namespace mesh::backend
