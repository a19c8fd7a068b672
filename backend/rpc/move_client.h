// The way to other back ends for moves, over the hop (docs/MOVES.md).

#pragma once

#include <memory>

#include "backend/moves/source_link.h"
#include "common/hop/channel.h"

namespace mesh::backend {

// A connection for each copy, and for the commands about it. The files are read for each, so
// that a new certificate is used without a restart.
std::unique_ptr<SourceLink> NewMoveClient(const HopTlsFiles& tls);

}  // namespace mesh::backend
