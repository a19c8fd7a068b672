// Threshold operations at the edge (Operate): owners say which shares a caller may use, and
// have no key to open them with; the edge opens and applies them.
//
// Pure function; any thread. An operation costs 1 ms: two agreements, to open the entry, and
// two multiplications, whose time depends on no share.

#pragma once

#include <vector>

#include "common/mesh/transaction_codec.h"
#include "frontend/service/capability_seal.h"

namespace mesh::proto {
class PartitionReply;
}

namespace mesh::frontend {

// Turns the grants in `reply`, an owner's to an Operate of these operations, into results.
// The reply fails as a whole when none
// of them could be done.
void Operate(SealKeys service, const std::vector<CryptographicOperation>& operations,
             proto::PartitionReply* reply);

}  // namespace mesh::frontend
