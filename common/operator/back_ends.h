// BackEnds asks the back ends of a partition map on behalf of an operator: one request and
// one reply, over the Ask of PartitionService.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/hop/channel.h"
#include "common/mesh/partition_map.h"

namespace mesh {

namespace proto {
class LoadReport;
class LoadRequest;
class PartitionReply;
class PartitionRequest;
}  // namespace proto

// For one thread. Connects to a back end when that is first asked, and keeps the connection.
class BackEnds {
 public:
  // `timeout` is for one question, with what connecting takes.
  BackEnds(PartitionMap map, HopTls tls, std::chrono::milliseconds timeout);
  ~BackEnds();

  const PartitionMap& map() const { return map_; }

  // What one partition is asked, and what came of it: a reply whose code is OK, or a Status whose
  // message names the back end and says what to do next.
  //   kUnavailable       it cannot be reached, or gave up
  //   kDeadlineExceeded  it did not answer in time
  //   kAborted           it does not own the partition: its map is another one; a map that may only
  //                      be on its way to it was waited for, a second at most
  //   anything else      it refused, and says why
  struct Question {
    PartitionId partition;
    std::unique_ptr<proto::PartitionRequest> request;
  };
  using Answer = Result<std::unique_ptr<proto::PartitionReply>>;

  // Asks all at once and waits for all. Blocks. An answer for each, in the order of the questions.
  // Sets partition, epoch, caller and deadline of each request.
  std::vector<Answer> AskAll(std::vector<Question> questions);
  Answer Ask(Question question);

  // Asks each back end that has a partition, or only that of the name `one`, how busy it is: all at
  // once, and waits for all. In the order of the map; kUnimplemented: it is of a version that does
  // not count.
  struct LoadAnswer {
    std::string back_end;
    Result<std::unique_ptr<proto::LoadReport>> report;
  };
  std::vector<LoadAnswer> AskLoads(const proto::LoadRequest& request, const std::string& one = {});

  // Of the map that the partition's back end had when it replied last, whatever it said; 0: it has
  // not replied.
  uint64_t EpochOf(PartitionId partition) const;

 private:
  struct Asked;
  struct AskedLoad;

  void BeginLoad(const proto::LoadRequest& request, AskedLoad& asked,
                 const std::function<void()>& done);
  std::vector<Answer> AskOnce(const std::vector<Question>& questions);
  void Begin(const Question& question, Asked& asked, const std::function<void()>& done);
  bool MayBeBehind(const Question& question, const Answer& answer) const;
  Answer Finish(Asked& asked);
  const std::shared_ptr<grpc::Channel>& ChannelTo(const BackEnd& back_end);

  const PartitionMap map_;
  const HopTls tls_;
  const std::chrono::milliseconds timeout_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;  // By the back end's name.
  std::map<PartitionId, uint64_t> epochs_;
};

}  // namespace mesh
