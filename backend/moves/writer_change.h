// A change of a partition that no request asked for, on its writer.

#pragma once

#include <functional>

#include "backend/partition/replica.h"
#include "backend/storage/write_view.h"
#include "common/base/status.h"

namespace mesh::backend {

// Runs `change` between two transactions and commits what it wrote if it returns OK; its Status,
// or that of the commit. `committed` is told the same on the writer's thread, before anything
// else is written. Blocks. Not for the writer's own thread.
Status RunOnWriter(Replica& replica, const std::function<Status(WriteView&)>& change,
                   const std::function<void(const Status&)>& committed = nullptr);

}  // namespace mesh::backend
