// What the listeners count, as metrics.

#pragma once

#include <memory>
#include <vector>

#include "common/base/metrics.h"
#include "frontend/connection/server.h"

namespace mesh::frontend {

// Adds callbacks that sum over all loops of `listeners`, which must not change and
// must outlive the last scrape.
void ExportConnectionMetrics(const std::vector<std::unique_ptr<connection::Server>>& listeners,
                             Registry& registry);

}  // namespace mesh::frontend
