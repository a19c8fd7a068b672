// The connections to etcd's members, and which of them is asked next. Internal to
// EtcdStore; keeps gRPC out of its header.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/cluster/etcd_store.h"

namespace grpc {
class Channel;
}

namespace mesh::cluster {

// Thread-safe.
class EtcdChannels {
 public:
  EtcdChannels(const EtcdOptions& options, const Clock& clock);

  // A channel that is connected: the one asked last, or the next that is. Null when there is none
  // until `deadline`, or `stopped` says true; blocks until then.
  std::shared_ptr<grpc::Channel> Connected(Deadline deadline, const std::function<bool()>& stopped);

  // A call on `channel` gave no answer: another one is asked next.
  void Leave(const std::shared_ptr<grpc::Channel>& channel);

  size_t size() const { return channels_.size(); }

 private:
  std::shared_ptr<grpc::Channel> Ready();

  const Clock& clock_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::mutex mutex_;
  size_t current_ = 0;  // Guarded by mutex_: into channels_.
};

}  // namespace mesh::cluster
