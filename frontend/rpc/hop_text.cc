#include "frontend/rpc/hop_text.h"

#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

// Null: the back end's own words are for clients, or nobody is told.
const char* TextOf(Code code) {
  switch (code) {
    case Code::kAborted:
      return "the account is being moved; the request was not applied";
    case Code::kDeadlineExceeded:
      return "the account's back end did not come to it in time; the request was not applied";
    case Code::kResourceExhausted:
      return "the account's back end takes on no more now; the request was not applied";
    case Code::kUnavailable:
      return "the account's back end failed; whether the request was applied is not known";
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<proto::PartitionReply> HopRefusal(Code code, const char* text) {
  auto reply = std::make_unique<proto::PartitionReply>();
  reply->set_code(static_cast<int>(code));
  reply->set_message(text);
  return reply;
}

void HopRewording::Reword(MonotonicTime now, proto::PartitionReply& reply) {
  const char* const text = TextOf(static_cast<Code>(reply.code()));
  if (text == nullptr) return;
  uint64_t suppressed = 0;
  if (limiter_.Allow(now, &suppressed)) {
    Log(LogLevel::kWarning, "back end gives no answer",
        {{"back_end", back_end_},
         {"why", reply.message()},
         {"suppressed", std::to_string(suppressed)}});
  }
  reply.set_message(text);
}

}  // namespace mesh::frontend
