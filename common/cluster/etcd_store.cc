#include "common/cluster/etcd_store.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "common/cluster/etcd_channels.h"
#include "common/cluster/etcd_watch.h"
#include "proto/etcd.grpc.pb.h"

namespace mesh::cluster {
namespace {

namespace pb = etcdserverpb;

// The least time that a member gets for an answer before another one is asked.
constexpr std::chrono::milliseconds kAttemptMin{500};
// Between two members asked: one without a leader says so at once.
constexpr std::chrono::milliseconds kAttemptPause{20};

Status FromGrpc(const grpc::Status& status) {
  const std::string message = "etcd: " + status.error_message();
  switch (status.error_code()) {
    case grpc::StatusCode::NOT_FOUND:
      return Status(Code::kNotFound, message);
    case grpc::StatusCode::INVALID_ARGUMENT:
      return Status(Code::kInvalidArgument, message);
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Status(Code::kResourceExhausted, message);
    case grpc::StatusCode::UNAUTHENTICATED:
      return Status(Code::kUnauthenticated, message);
    case grpc::StatusCode::PERMISSION_DENIED:
      return Status(Code::kPermissionDenied, message);
    default:
      return Status(Code::kUnavailable, message);
  }
}

Status LeaseIsGone() { return Status(Code::kNotFound, "etcd: the lease has ended"); }

class EtcdStore final : public ClusterStore {
 public:
  EtcdStore(const EtcdOptions& options, const Clock& clock)
      : clock_(clock), channels_(std::make_shared<EtcdChannels>(options, clock)) {}

  Result<Snapshot> Read(std::string_view prefix, Deadline deadline) override {
    pb::RangeRequest request;
    request.set_key(std::string(prefix));
    request.set_range_end(EndOfPrefix(std::string(prefix)));
    request.set_serializable(false);
    pb::RangeResponse response;
    MESH_RETURN_IF_ERROR(Repeat(deadline, [&](const auto& channel, grpc::ClientContext& context) {
      return pb::KV::NewStub(channel)->Range(&context, request, &response);
    }));
    Snapshot snapshot;
    snapshot.revision = response.header().revision();
    snapshot.entries.reserve(static_cast<size_t>(response.kvs_size()));
    for (pb::KeyValue& kv : *response.mutable_kvs()) {
      snapshot.entries.push_back({std::move(*kv.mutable_key()), std::move(*kv.mutable_value()),
                                  kv.mod_revision(), kv.lease()});
    }
    return snapshot;
  }

  Result<Revision> Commit(const std::vector<Compare>& compares, const std::vector<Change>& changes,
                          Deadline deadline) override {
    pb::TxnRequest request;
    for (const Compare& compare : compares) AddCompare(compare, request);
    for (const Change& change : changes) AddChange(change, request);
    pb::TxnResponse response;
    MESH_RETURN_IF_ERROR(Once(deadline, deadline, [&](const auto& channel, auto& context) {
      return pb::KV::NewStub(channel)->Txn(&context, request, &response);
    }));
    if (response.succeeded()) return response.header().revision();
    return Status(Code::kAborted, "etcd: a key is not as it was when it was read");
  }

  std::unique_ptr<ClusterWatch> Watch(std::string_view prefix, Revision from,
                                      WatchEvents events) override {
    return MakeEtcdWatch(channels_, clock_, std::string(prefix), from, std::move(events));
  }

  Result<GrantedLease> Grant(int64_t seconds, Deadline deadline) override {
    pb::LeaseGrantRequest request;
    request.set_ttl(seconds);
    pb::LeaseGrantResponse response;
    MESH_RETURN_IF_ERROR(Repeat(deadline, [&](const auto& channel, grpc::ClientContext& context) {
      return pb::Lease::NewStub(channel)->LeaseGrant(&context, request, &response);
    }));
    if (!response.error().empty()) {
      return Status(Code::kUnavailable, "etcd: " + response.error());
    }
    return GrantedLease{response.id(), response.ttl()};
  }

  Result<int64_t> KeepAlive(LeaseId lease, Deadline deadline) override {
    pb::LeaseKeepAliveRequest request;
    request.set_id(lease);
    pb::LeaseKeepAliveResponse response;
    MESH_RETURN_IF_ERROR(Repeat(deadline, [&](const auto& channel, grpc::ClientContext& context) {
      auto stream = pb::Lease::NewStub(channel)->LeaseKeepAlive(&context);
      if (!stream->Write(request) || !stream->Read(&response)) return stream->Finish();
      context.TryCancel();
      (void)stream->Finish();
      return grpc::Status::OK;
    }));
    if (response.ttl() > 0) return response.ttl();
    return LeaseIsGone();
  }

  Result<int64_t> TimeLeft(LeaseId lease, Deadline deadline) override {
    pb::LeaseTimeToLiveRequest request;
    request.set_id(lease);
    pb::LeaseTimeToLiveResponse response;
    MESH_RETURN_IF_ERROR(Repeat(deadline, [&](const auto& channel, grpc::ClientContext& context) {
      return pb::Lease::NewStub(channel)->LeaseTimeToLive(&context, request, &response);
    }));
    if (response.ttl() >= 0) return response.ttl();
    return LeaseIsGone();
  }

  Status Revoke(LeaseId lease, Deadline deadline) override {
    pb::LeaseRevokeRequest request;
    request.set_id(lease);
    pb::LeaseRevokeResponse response;
    const Status status = Repeat(deadline, [&](const auto& channel, grpc::ClientContext& context) {
      return pb::Lease::NewStub(channel)->LeaseRevoke(&context, request, &response);
    });
    return status.code() == Code::kNotFound ? Status() : status;
  }

 private:
  static void AddCompare(const Compare& compare, pb::TxnRequest& request) {
    pb::Compare* const one = request.add_compare();
    one->set_key(compare.key);
    one->set_result(pb::Compare::EQUAL);
    one->set_target(pb::Compare::MOD);
    one->set_mod_revision(compare.revision);
  }

  static void AddChange(const Change& change, pb::TxnRequest& request) {
    if (!change.value.has_value()) {
      request.add_success()->mutable_request_delete_range()->set_key(change.key);
      return;
    }
    pb::PutRequest* const put = request.add_success()->mutable_request_put();
    put->set_key(change.key);
    put->set_value(*change.value);
    put->set_lease(change.lease);
  }

  // Makes the call on one member that is connected.
  template <typename Call>
  Status Once(Deadline deadline, Deadline answer, Call call) {
    const auto channel = channels_->Connected(deadline, [] { return false; });
    if (channel == nullptr) {
      return Status(Code::kUnavailable, "etcd: no member is connected");
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::max<Duration>(answer - clock_.Now(), Duration::zero()));
    const grpc::Status status = call(channel, context);
    if (status.ok()) return Status();
    Status why = FromGrpc(status);
    if (why.code() == Code::kUnavailable) channels_->Leave(channel);
    return why;
  }

  // For calls that may be made twice: asks one member after the other.
  template <typename Call>
  Status Repeat(Deadline deadline, Call call) {
    while (true) {
      const MonotonicTime now = clock_.Now();
      const Duration part = (deadline - now) / static_cast<int64_t>(channels_->size());
      const Deadline answer = std::min(deadline, now + std::max<Duration>(part, kAttemptMin));
      const Status status = Once(deadline, answer, call);
      if (status.code() != Code::kUnavailable || clock_.Now() >= deadline) return status;
      std::this_thread::sleep_for(kAttemptPause);
    }
  }

  const Clock& clock_;
  const std::shared_ptr<EtcdChannels> channels_;
};

}  // namespace

Result<std::unique_ptr<ClusterStore>> MakeEtcdStore(const EtcdOptions& options,
                                                    const Clock& clock) {
  if (options.endpoints.empty()) return InvalidArgument("etcd: no endpoint is given");
  if (options.certificate_chain.empty() != options.private_key.empty()) {
    return InvalidArgument("etcd: a certificate needs its private key");
  }
  if (options.authorities.empty() && !options.private_key.empty()) {
    return InvalidArgument("etcd: a client certificate needs the authorities of etcd's own");
  }
  return std::unique_ptr<ClusterStore>(std::make_unique<EtcdStore>(options, clock));
}

}  // namespace mesh::cluster
