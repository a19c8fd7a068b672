// A back end that answers when the test says so.

#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "common/base/check.h"
#include "common/mesh/partition.h"
#include "proto/partition.pb.h"

namespace mesh::testing {

// What arrived at a back end, in order. Outlives the partitions that fill it.
struct FakeBackEnd {
  struct Call {
    std::unique_ptr<proto::PartitionRequest> request;
    Deadline deadline;
    Partition::Done done;
  };
  std::deque<Call> calls;

  // Takes the oldest call and answers it.
  std::unique_ptr<proto::PartitionRequest> Answer(const proto::PartitionReply& reply) {
    MESH_CHECK(!calls.empty());
    Call call = std::move(calls.front());
    calls.pop_front();
    call.done(std::make_unique<proto::PartitionReply>(reply));
    return std::move(call.request);
  }
};

// For one thread.
class FakePartition final : public Partition {
 public:
  explicit FakePartition(FakeBackEnd& back_end) : back_end_(back_end) {}
  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override {
    back_end_.calls.push_back({std::move(request), deadline, std::move(done)});
  }

 private:
  FakeBackEnd& back_end_;
};

// A map of two back ends b1 and b2, each with half of the slots.
inline std::string TwoBackEnds(uint64_t epoch, const char* first = "b1",
                               const char* second = "b2") {
  return R"({"epoch":)" + std::to_string(epoch) +
         R"(,"slotKey":"000102030405060708090a0b0c0d0e0f","backEnds":[)"
         R"({"name":"b1","address":"b1:1"},{"name":"b2","address":"b2:1"}],"partitions":[)"
         R"({"id":1,"backEnd":")" +
         first + R"(","slots":[[0,8191]]},{"id":2,"backEnd":")" + second +
         R"(","slots":[[8192,16383]]}]})";
}

}  // namespace mesh::testing
