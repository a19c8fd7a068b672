// ExchangeStream is one stream of one front end. Sources of this folder only.
//
// gRPC calls it from its threads, one reaction of a kind at a time, and partitions
// call it from theirs with replies. It ends itself when the front end has closed
// its side, or the server drains, and nothing is left to do.

#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "backend/partition/cork.h"
#include "backend/rpc/stream_set.h"
#include "common/base/clock.h"
#include "common/mesh/partition.h"
#include "proto/partition.pb.h"

namespace mesh::backend {

class ExchangeStream final
    : public grpc::ServerBidiReactor<proto::PartitionRequests, proto::PartitionReplies>,
      private CorkTarget {
 public:
  // Starts reading. Deletes itself after its last reaction.
  ExchangeStream(StreamSet& streams, const StreamContext& context);

  // Ends the stream once nothing is in flight. Thread-safe.
  void Close();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

 private:
  void CallAll();
  void TakeReply(std::unique_ptr<proto::PartitionReply> reply);
  void Uncork() override;

  // Both require mutex_, and say whether to write, or to end, once it is released.
  bool FillOutgoing();
  bool TakeEnd();
  // Writes, reads on or ends, whatever is due. Nothing may be touched afterwards.
  // `uncorked`: the call stands for one of uncorks_.
  void Continue(bool uncorked);

  StreamSet& streams_;
  const StreamContext& context_;
  proto::PartitionRequests incoming_;  // Belongs to gRPC while a read is under way.
  proto::PartitionReplies outgoing_;   // Belongs to gRPC while a write is under way.

  std::mutex mutex_;
  std::deque<std::unique_ptr<proto::PartitionReply>> waiting_;  // Guarded by mutex_, as below.
  size_t in_flight_ = 0;            // Requests whose reply has not been written.
  std::atomic<size_t> uncorks_{0};  // Calls of Uncork that are still to come.
  size_t starting_ = 0;             // Threads in Continue: nobody else may end the stream.
  bool writing_ = false;
  bool read_paused_ = false;
  bool input_ended_ = false;
  bool output_broken_ = false;
  bool closing_ = false;
  bool finished_ = false;
};

}  // namespace mesh::backend
