// The PeerDirectory of an event loop: Peers, answering on the loop's thread.

#pragma once

#include <memory>

#include "frontend/net/event_loop.h"
#include "frontend/peers/peers.h"
#include "frontend/service/peer_directory.h"

namespace mesh::frontend {

// For `loop`'s thread. `peers` and `loop` outlive whatever is asked.
//
// A failure tells the asker no more than its kind: a stranger chooses whom we connect to, and
// shall not learn what stands there. The log has it all.
std::unique_ptr<PeerDirectory> MakeLoopPeers(Peers& peers, net::EventLoop& loop);

}  // namespace mesh::frontend
