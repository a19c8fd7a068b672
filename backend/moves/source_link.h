// SourceLink is a target's way to the source of a move: MoveService, over gRPC
// (backend/rpc/move_client.h) or, in tests, in the same process.

#pragma once

#include <memory>
#include <string>

#include "common/base/status.h"

namespace mesh::proto {
class ExportMessage;
class ExportRequest;
class MoveCommand;
}  // namespace mesh::proto

namespace mesh::backend {

// What one copy sends. For one thread; Cancel from any.
class CopyStream {
 public:
  virtual ~CopyStream() = default;
  // The next message. When there is none any more, the Status says why: kUnavailable when the
  // source cannot be reached. Blocks.
  virtual Status Next(proto::ExportMessage* message) = 0;
  // Next returns soon, with a failure.
  virtual void Cancel() = 0;
};

// Thread-safe. `address` is host:port of the source's back end.
class SourceLink {
 public:
  virtual ~SourceLink() = default;
  virtual Result<std::shared_ptr<CopyStream>> Export(const std::string& address,
                                                     const proto::ExportRequest& request) = 0;
  // kUnavailable, kDeadlineExceeded: whether it was done is unknown. Blocks, for a bounded time.
  virtual Status Command(const std::string& address, const proto::MoveCommand& command) = 0;
};

}  // namespace mesh::backend
