// The heads of accounts that changed while they were copied: what both ends compare during the
// freeze, because it costs little. A container's tree digest covers all its entries.

#pragma once

#include <set>
#include <string>

#include "backend/storage/store.h"
#include "common/base/status.h"

namespace mesh::proto {
class HeadList;
}

namespace mesh::backend {

// The heads of the accounts with these prefixes. kDataLoss when one cannot be read. Blocks on
// the disk.
Status ReadHeads(const Reader& reader, const std::set<std::string>& prefixes,
                 proto::HeadList* heads);

// OK when both are the same, else kDataLoss, which says what differs first.
Status CompareHeads(const proto::HeadList& source, const proto::HeadList& target);

}  // namespace mesh::backend
