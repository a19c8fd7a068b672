// ExchangeClient puts requests straight on a back end's gRPC stream and keeps a set
// number of them in flight: what a front end does, without a front end.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class PartitionReply;
class PartitionRequest;
}  // namespace mesh::proto

namespace mesh::bench {

struct ExchangeLoad {
  size_t in_flight = 64;
  uint64_t requests = 0;  // Stop after as many ...
  Duration time{0};       // ... or, if that is 0, after this time.
  // Fills the next request of `lane`, one of in_flight; lanes have one request at a
  // time. Called from one thread at a time.
  std::function<void(size_t lane, proto::PartitionRequest& request)> make;
};

struct ExchangeResult {
  uint64_t requests = 0;
  double seconds = 0;
  std::vector<double> micros;  // Of each request, from its message to its reply.
};

// Runs `load` over one stream to `address`. Fails on the first reply that is not a
// success. Blocks until the last reply.
Result<ExchangeResult> RunExchange(const std::string& address, const ExchangeLoad& load);

// CPU time that process `pid` has used, in seconds; 0 when it cannot be read.
double CpuSeconds(int pid);

}  // namespace mesh::bench
