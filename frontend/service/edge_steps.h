// What the edge does to a request beside decoding it, and to an owner's reply beside encoding
// it, because it takes the service's key: the edge has it and owners have not.

#pragma once

#include <vector>

#include "common/base/status.h"
#include "common/crypto/random.h"
#include "common/mesh/transaction_codec.h"
#include "frontend/service/service_keys.h"

namespace mesh::proto {
class PartitionReply;
class PartitionRequest;
}  // namespace mesh::proto

namespace mesh::frontend {

// Before the owner gets it. kResourceExhausted: beyond a limit, answered with 413.
Status PrepareForOwner(const ServiceKeys& keys, crypto::RandomSource& random,
                       proto::PartitionRequest* request);

// Before the client gets it. `operations` are those of the request. kDataLoss: what the owner
// has cannot be opened.
Status FinishForClient(const ServiceKeys& keys,
                       const std::vector<CryptographicOperation>& operations,
                       proto::PartitionReply* reply);

}  // namespace mesh::frontend
