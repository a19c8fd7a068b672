// One page of a Download: the entries of one container that a Selection asks for,
// as many as the limits allow.
//
// Without redaction the entries lie side by side; with it, the state index says
// which ones are left, so that the cost follows what is sent and not what is
// skipped.

#pragma once

#include <cstdint>
#include <optional>

#include "backend/model/account.h"
#include "backend/model/container.h"
#include "backend/model/page_key.h"
#include "backend/storage/store.h"
#include "common/base/status.h"

namespace mesh::proto {
class DownloadUpdate;
class StoredEnvelope;
}  // namespace mesh::proto

namespace mesh::backend {

// What the rest of a reply may hold, over all of its updates.
struct PageBudget {
  uint64_t entries;
  uint64_t bytes;        // Of headers, payloads and trailers as sent.
  bool started = false;  // The first entry is sent whatever its size, or nothing would move.
};

// Fills `update` with the container's name, count and digest, the entries that
// `selection` asks for in order of index, each payload cut to `bytes_max` octets,
// and a PageKey if there are more. Takes what it sends from `budget`. `container` must exist
// and come from `reader`.
Status ReadPage(const Reader& reader, const Account& account, const Container& container,
                Selection selection, std::optional<uint64_t> bytes_max, PageBudget* budget,
                proto::DownloadUpdate* update);

// Fills `envelope` with the entry at `index`, whole. As above; kDataLoss when it is not there.
Status ReadWhole(const Reader& reader, const Account& account, const Container& container,
                 uint64_t index, proto::StoredEnvelope* envelope);

}  // namespace mesh::backend
