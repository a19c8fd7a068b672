// What clients are told when the owner of an account gives no answer: whether the request was
// applied, and nothing of where accounts are kept. Which back end it was and why is in the log.

#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace mesh {
namespace proto {
class PartitionReply;
}
}  // namespace mesh

namespace mesh::frontend {

inline constexpr char kAway[] =
    "the account's back end cannot be reached now; the request was not applied";
inline constexpr char kAwayAndFull[] =
    "the account's back end cannot be reached now, and too many requests wait for it; the request "
    "was not applied";
inline constexpr char kFull[] =
    "too many requests wait for the account's back end; the request was not applied";
inline constexpr char kLate[] =
    "the account's back end did not answer in time; whether the request was applied is not known";
inline constexpr char kLost[] =
    "the connection to the account's back end was lost; whether the request was applied is not "
    "known";

// A reply that says so.
std::unique_ptr<proto::PartitionReply> HopRefusal(Code code, const char* text);

// Puts what clients may be told in the place of what a back end says of itself, paths and what
// its disk complains of, and keeps that for the log. For one thread.
class HopRewording {
 public:
  // `back_end` is its name, for the log.
  explicit HopRewording(std::string back_end) : back_end_(std::move(back_end)) {}

  // `reply` is not OK; `now` limits the log.
  void Reword(MonotonicTime now, proto::PartitionReply& reply);

 private:
  const std::string back_end_;
  LogLimiter limiter_;
};

}  // namespace mesh::frontend
