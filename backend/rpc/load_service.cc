#include "backend/rpc/load_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>

#include "backend/partition/partition_set.h"
#include "proto/load.grpc.pb.h"

namespace mesh::backend {
namespace {

void FillAccount(const AccountLoad& load, proto::AccountLoad* out) {
  out->set_account(load.account);
  out->set_pinned(load.pinned);
  out->set_requests(load.requests);
  out->set_bytes(load.bytes);
  out->set_unseen(load.unseen);
}

void FillPartition(const PartitionLoad& load, const proto::LoadRequest& request,
                   proto::PartitionLoad* out) {
  out->set_partition(load.partition);
  out->set_requests(load.requests);
  out->set_bytes(load.bytes);
  out->set_pinned_requests(load.pinned_requests);
  const size_t known = load.accounts.size();
  const size_t most = request.accounts_max() == 0 ? known : request.accounts_max();
  for (size_t i = 0; i < std::min(known, most); ++i) {
    FillAccount(load.accounts[i], out->add_accounts());
  }
  if (!request.slots()) return;
  for (const auto& [slot, requests] : load.slots) {
    out->add_slots(slot);
    out->add_slot_requests(static_cast<float>(requests));
  }
}

class Service final : public proto::LoadService::Service {
 public:
  Service(const PartitionSet& partitions, const Clock& clock)
      : partitions_(partitions), clock_(clock) {}

  grpc::Status Report(grpc::ServerContext* /*context*/, const proto::LoadRequest* request,
                      proto::LoadReport* report) override {
    report->set_map_epoch(partitions_.map()->epoch());
    report->set_measured_seconds(
        std::chrono::duration<double>(clock_.Now() - partitions_.since()).count());
    for (const PartitionLoad& load : partitions_.Loads()) {
      FillPartition(load, *request, report->add_partitions());
    }
    return grpc::Status::OK;
  }

 private:
  const PartitionSet& partitions_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewLoadService(const PartitionSet& partitions, const Clock& clock) {
  return std::make_unique<Service>(partitions, clock);
}

}  // namespace mesh::backend
