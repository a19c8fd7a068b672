#include "frontend/rpc/hop_text.h"

#include "common/mesh/outcome_text.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

// Of an owner that has not looked at the request.
const char* HeldOffText(proto::Obstacle obstacle) {
  switch (obstacle) {
    case proto::OBSTACLE_OPENING:
      return "the account's back end is just opening its partition; the request was not applied";
    case proto::OBSTACLE_UNPROVEN:
      return "the account's owner cannot prove its lease now, and may come back; the request was "
             "not applied";
    case proto::OBSTACLE_DRAINING:
      return "the account's back end is ending, and another will take its place; the request was "
             "not applied";
    default:
      return "the account is being moved; the request was not applied";
  }
}

constexpr char kUnproven[] =
    "the account's owner could not prove its lease when it had the answer; whether the request was "
    "applied is not known";
constexpr char kFailed[] =
    "the account's back end failed; whether the request was applied is not known";

static_assert(SaysNotKnown(kUnproven) && SaysNotKnown(kFailed) && SaysNotKnown(kLate) &&
              SaysNotKnown(kLost) && !SaysNotKnown(kAway) && !SaysNotKnown(kAwayAndFull) &&
              !SaysNotKnown(kFull));

// Null: the back end's own words are for clients, or nobody is told.
const char* TextOf(const proto::PartitionReply& reply) {
  switch (static_cast<Code>(reply.code())) {
    case Code::kAborted:
      return reply.frozen() ? HeldOffText(reply.obstacle())
                            : "the account's owner is just changing; the request was not applied";
    case Code::kDeadlineExceeded:
      return "the account's back end did not come to it in time; the request was not applied";
    case Code::kResourceExhausted:
      return "the account's back end takes on no more now; the request was not applied";
    case Code::kUnavailable:
      return reply.obstacle() == proto::OBSTACLE_UNPROVEN ? kUnproven : kFailed;
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
  const char* const text = TextOf(reply);
  if (text == nullptr) return;
  uint64_t suppressed = 0;
  if (limiter_.Allow(now, &suppressed)) {
    Log(LogLevel::kWarning,
        reply.frozen() ? "back end does not take requests now" : "back end gives no answer",
        {{"back_end", back_end_},
         {"why", reply.message()},
         {"suppressed", std::to_string(suppressed)}});
  }
  reply.set_message(text);
}

}  // namespace mesh::frontend
