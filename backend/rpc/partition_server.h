// PartitionServer lets front ends reach the partitions of this process over gRPC:
// the service of proto/partition.proto, and gRPC's health service.
//
// A front end keeps a few long-lived streams. Each message carries all requests
// that were waiting; replies leave in any order, all that wait in one message as
// soon as the previous message has left. A stream that has too much in flight is
// not read until some of it has left, so a slow front end slows only itself.
//
// The operator's program asks one thing at a time, without a stream; draining cuts that off.

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/mesh/partition.h"

namespace mesh::backend {

// Files in PEM. They are watched: a new certificate is used without a restart.
struct RpcTlsFiles {
  std::string certificate;  // With its chain.
  std::string private_key;
  std::string client_ca;  // Who signs the certificates of front ends; theirs are required.
};

struct PartitionServerOptions {
  std::string listen = "127.0.0.1:9201";  // host:port; port 0: any free one.
  // Empty certificate: no TLS. For loopback and networks that are private by other
  // means.
  RpcTlsFiles tls;
  size_t in_flight_per_stream = 4096;  // Requests without a written reply.
};

class MoveSource;
class PartitionSet;

class PartitionServer {
 public:
  // Listens and serves; healthy from the start. kUnavailable when the address cannot
  // be had, kInvalidArgument for TLS files that cannot be used. What is given must
  // outlive the server. `moves` answers other back ends; null: nothing moves. It is stopped
  // before the server drains, or draining cuts its copies off. `loads` tells operators how busy
  // it is; null: nobody does.
  static Result<std::unique_ptr<PartitionServer>> Start(const PartitionServerOptions& options,
                                                        Partition& partitions, const Clock& clock,
                                                        Registry& registry,
                                                        MoveSource* moves = nullptr,
                                                        const PartitionSet* loads = nullptr);

  // As Drain with no time left.
  ~PartitionServer();

  int port() const;

  // What gRPC's health service says. Thread-safe.
  void SetHealthy(bool healthy);

  // Says unhealthy, tells front ends to send no more, answers what has come, and stops when they
  // have closed their streams. What still comes is refused untouched, to be sent again elsewhere or
  // later. What is not done by `deadline` is cut off. Blocks. Called once.
  void Drain(Deadline deadline);

 private:
  struct State;
  explicit PartitionServer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace mesh::backend
