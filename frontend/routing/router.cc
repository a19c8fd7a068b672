#include "frontend/routing/router.h"

#include <utility>

#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

std::unique_ptr<proto::PartitionReply> Refusal(Code code, std::string message) {
  auto reply = std::make_unique<proto::PartitionReply>();
  reply->set_code(static_cast<int>(code));
  reply->set_message(std::move(message));
  return reply;
}

bool WrongOwner(const proto::PartitionReply& reply) {
  return reply.code() == static_cast<int>(Code::kAborted);
}

}  // namespace

// What a second try needs.
struct Router::Attempt {
  Deadline deadline;
  Remake remake;
  Partition::Done done;
};

Router::Router(RouterOptions options) : options_(std::move(options)) {}
Router::~Router() = default;

void Router::Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
                  Remake remake, Partition::Done done) {
  auto attempt = std::make_shared<Attempt>(Attempt{deadline, std::move(remake), std::move(done)});
  Send(std::move(request), deadline, [this, attempt](std::unique_ptr<proto::PartitionReply> reply) {
    if (!WrongOwner(*reply) || attempt->remake == nullptr) return attempt->done(std::move(reply));
    const uint64_t epoch = map_->epoch();
    options_.refresh(epoch, [this, attempt, epoch,
                             refusal = std::make_shared<decltype(reply)>(std::move(reply))] {
      TryAgain(attempt, epoch, std::move(*refusal));
    });
  });
}

// Also under an unchanged map: the owner may have learned of it only now.
void Router::TryAgain(const std::shared_ptr<Attempt>& attempt, uint64_t epoch,
                      std::unique_ptr<proto::PartitionReply> refusal) {
  if (options_.clock.Now() >= attempt->deadline || Current()->epoch() < epoch) {
    return attempt->done(std::move(refusal));
  }
  std::unique_ptr<proto::PartitionRequest> request = attempt->remake();
  if (request == nullptr) return attempt->done(std::move(refusal));
  Send(std::move(request), attempt->deadline, attempt->done);
}

void Router::Send(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
                  Partition::Done done) {
  const PartitionMap* map = Current();
  if (map == nullptr) {
    return done(Refusal(Code::kUnavailable, "there is no partition map yet"));
  }
  const PartitionId partition = map->OwnerOf(request->account());
  SendTo(partition, std::move(request), deadline, std::move(done));
}

void Router::CallPartition(PartitionId partition, std::unique_ptr<proto::PartitionRequest> request,
                           Deadline deadline, Partition::Done done) {
  const PartitionMap* map = Current();
  if (map == nullptr || !map->Has(partition)) {
    return done(Refusal(Code::kUnavailable, "the partition is not in the map"));
  }
  SendTo(partition, std::move(request), deadline, std::move(done));
}

// The partition is in the current map.
void Router::SendTo(PartitionId partition, std::unique_ptr<proto::PartitionRequest> request,
                    Deadline deadline, Partition::Done done) {
  request->set_partition(partition);
  request->set_map_epoch(map_->epoch());
  BackEndAt(map_->HomeOf(partition)).Call(std::move(request), deadline, std::move(done));
}

std::string Router::DirectHostOf(std::string_view canonical_address) {
  const PartitionMap* map = Current();
  return map == nullptr ? std::string() : map->DirectHostOf(canonical_address);
}

bool Router::IsDirectHost(std::string_view host) {
  const PartitionMap* map = Current();
  return map != nullptr && map->IsDirectHost(host);
}

void Router::ConnectAll() {
  const PartitionMap* map = Current();
  if (map == nullptr) return;
  for (const BackEnd& back_end : map->back_ends()) BackEndAt(back_end);
}

const PartitionMap* Router::Current() {
  const uint64_t version = options_.map.version();
  if (version != version_) {
    map_ = options_.map.current();
    version_ = version;
  }
  return map_.get();
}

// Back ends that left the map keep their connection until the end: they are few,
// and their last replies may still be on the way.
Partition& Router::BackEndAt(const BackEnd& back_end) {
  std::unique_ptr<Partition>& partition = partitions_[back_end.address];
  if (partition == nullptr) partition = options_.connect(back_end);
  return *partition;
}

}  // namespace mesh::frontend
