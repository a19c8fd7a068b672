// A Post of another service (draft -06 §9.1.2): one Deliver for the owner of each recipient, and
// one answer for each message out of what they say (docs/PROTOCOL.md, "Between services").

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/mesh/result_code.h"

namespace mesh {
namespace proto {
class DeliverResponse;
class EntryResponse;
class PartitionReply;
class PartitionRequest;
}  // namespace proto
}  // namespace mesh

namespace mesh::frontend {

// Why nothing of it is delivered.
struct InboundPostFault {
  ResultCode code = kSuccess;  // kSuccess: there is no fault.
  std::string detail;
};

// For one thread.
class InboundPost {
 public:
  // `request` is of mode SERVICE and holds a Post.
  explicit InboundPost(std::unique_ptr<proto::PartitionRequest> request);
  ~InboundPost();

  // Whether the caller may post this here: to accounts of domains that are served, messages
  // of one sender, whose domain the caller speaks for, and no more of them than a Post may have.
  InboundPostFault Check(const std::function<bool(std::string_view account)>& served) const;

  size_t recipients() const;
  // What the owner of a recipient is asked; may be made again for a second try.
  std::unique_ptr<proto::PartitionRequest> DeliverTo(size_t recipient) const;
  // Takes the answer to it, once for each recipient; true: that was the last one.
  bool Take(const proto::PartitionReply& reply);
  // After the last: an EntryResponse for each message. It is accepted if it was by all recipients;
  // else it has the error of one of them, and one that passes before one that lasts.
  proto::PartitionReply Reply() const;

 private:
  void RefuseAll(std::string_view error);
  void Refuse(size_t message, std::string_view error);

  const std::unique_ptr<proto::PartitionRequest> request_;
  std::vector<std::string> errors_;  // For each message; empty: accepted so far.
  size_t taken_ = 0;
};

// Whether a message that was refused with this error may be accepted later.
bool PassingError(std::string_view error);

}  // namespace mesh::frontend
