// What one ConstraintsSelect of a Download asks for, and the PageKey that carries
// the question, and how far it has been answered, to the next request.
//
// A PageKey names the next index and not a place in a result, so it stays good
// while entries are appended and across restarts. It is bound to the account and its
// incarnation by a checksum: it gives no rights, it only must not be misread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backend/model/account.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class ConstraintsData;
class ConstraintsSelect;
}  // namespace mesh::proto

namespace mesh::backend {

// A value.
struct Selection {
  std::string container;
  uint64_t next = 0;                  // The lowest index wanted.
  std::optional<uint64_t> index_max;  // The highest.
  std::optional<WallMillis> not_before;
  std::optional<WallMillis> before;
  bool exclude_updated = false;
  bool exclude_deleted = false;
  bool exclude_read = false;
  // Which parts of each entry.
  bool header = true;
  bool payload = true;
  bool trailer = true;
  uint64_t bytes_offset = 0;

  friend bool operator==(const Selection&, const Selection&) = default;
};

// Reads the question: from the PageKey if there is one (then all else in `select`
// and, but for MaxEntries and BytesMax, in `data` is ignored, §10.4.2), or else from
// the members. kInvalidArgument, saying why: a PageKey that we did not make for this
// account, a malformed container name, a negative offset.
Result<Selection> ReadSelection(const proto::ConstraintsSelect& select,
                                const proto::ConstraintsData& data, const Account& account);

// The PageKey that asks for what is left of `selection`, whose `next` is the first
// entry not sent. Opaque octets, under 200.
std::string MakePageKey(const Selection& selection, const Account& account);

}  // namespace mesh::backend
