// MeshService is the way of one Mesh request through the front end: check, decode,
// authenticate, admit, route, and encode the reply. It holds no state of any account.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/mesh/transaction_codec.h"
#include "frontend/http/request_handler.h"
#include "frontend/routing/router.h"
#include "frontend/service/admission.h"
#include "frontend/service/authentication_metrics.h"
#include "frontend/service/enveloped_request.h"
#include "frontend/service/incident_sink.h"
#include "frontend/service/peer_calls.h"
#include "frontend/service/peer_directory.h"
#include "frontend/service/request_form.h"
#include "frontend/service/service_metrics.h"
#include "frontend/service/service_options.h"

namespace mesh {
namespace proto {
class Grant;
class PartitionReply;
class PartitionRequest;
}  // namespace proto
}  // namespace mesh

namespace mesh::frontend {

// What all loops share. Outlives their services.
struct ServiceShared {
  const ServiceOptions& options;
  const Published<ServiceKeys>& keys;
  const Published<TicketKeyring>& keyring;
  const Clock& clock;
  ServiceMetrics& metrics;
  AuthenticationMetrics& authentication;
  SlotKey rate_key;  // See Admission.
  // Told of each account that has posted messages. Any loop's thread; must not block.
  std::function<void(const std::string& account)> posted = [](const std::string&) {};
};

// For one event loop's thread. Replies are given on it; the router's partitions must
// answer on it too.
class MeshService final : public http::RequestHandler {
 public:
  // Which requests are served: where there is no TLS, envelopes only.
  enum class Forms { kAll, kEnvelopes };

  // `peers` and `calls` answer on the loop too. Null: the mode Service is not served; nothing
  // is asked of other services; nobody is told of what is refused. `incidents` may use the router.
  MeshService(const ServiceShared& shared, std::unique_ptr<Router> router,
              Forms forms = Forms::kAll, std::unique_ptr<PeerDirectory> peers = nullptr,
              std::unique_ptr<PeerCalls> calls = nullptr,
              std::unique_ptr<IncidentSink> incidents = nullptr);
  ~MeshService() override;

  void Handle(const http::Request& request, Deadline deadline, http::ReplyCallback done) override;
  http::Response Refuse(const http::Refusal& refusal) override;
  void Misused(std::string_view how, std::string_view client) override;
  void LastCall(std::function<void()> done) override;

 private:
  struct Visit;
  using VisitPtr = std::shared_ptr<Visit>;

  bool CheckHttp(const http::Request& request, http::Response* refusal);
  bool HostServed(std::string_view host);
  bool DomainServed(std::string_view account) const;

  void Open(const VisitPtr& visit);
  void Serve(const VisitPtr& visit);
  bool Admit(Visit& visit, const proto::PartitionRequest& request);
  bool AdmitRate(Visit& visit, const proto::PartitionRequest& request);
  void DeliverPost(const VisitPtr& visit, std::unique_ptr<proto::PartitionRequest> request);
  bool IsForOthers(const Visit& visit, const proto::PartitionRequest& request) const;
  void AskOther(const VisitPtr& visit, std::unique_ptr<proto::PartitionRequest> request);
  void CallOther(const VisitPtr& visit, const proto::PartitionRequest& request,
                 const proto::Grant& grant);
  void AnswerOther(Visit& visit, const Result<PeerAnswer>& answer);
  bool AdmitOperations(Visit& visit, const proto::PartitionRequest& request);
  bool Prepare(Visit& visit, proto::PartitionRequest* request);
  void Forward(const VisitPtr& visit, std::unique_ptr<proto::PartitionRequest> request);
  using Granted = std::function<void(std::unique_ptr<proto::PartitionRequest> request,
                                     std::unique_ptr<proto::Grant> grant)>;
  void AskGrant(const VisitPtr& visit, std::unique_ptr<proto::PartitionRequest> request,
                Granted then);
  void Call(const VisitPtr& visit, std::unique_ptr<proto::PartitionRequest> request);
  static void Complete(const Visit& visit, proto::PartitionRequest& request);
  std::unique_ptr<proto::PartitionRequest> DecodeAgain(Visit& visit);
  void AnswerHello(Visit& visit);
  void AnswerReply(Visit& visit, proto::PartitionReply& reply);
  void AnswerResult(Visit& visit, const ResultCode& code, std::string_view detail);
  void RefuseCreate(Visit& visit, std::string_view reason);
  std::string* NewMessage(const Visit& visit);
  void Finish(Visit& visit, int status, std::string* message);
  void LogVisit(const Visit& visit, int status) const;
  void NoteHttp(std::string_view client, int status);
  void NoteFailure(const Visit& visit, const RequestFailure& failure);
  void NoteCaller(const Visit& visit, IncidentKind kind, std::string_view reason);

  const ServiceShared& shared_;
  const ServiceOptions& options_;
  const Forms forms_;
  Admission admission_;
  crypto::BufferedRandom salts_{crypto::SystemRandom()};
  std::string message_;  // Of the reply that is being written.
  AssertionCache assertions_;
  EnvelopeContext envelope_context_;
  PublishedReader<ServiceKeys> keys_;
  const std::unique_ptr<PeerDirectory> peers_;
  const std::unique_ptr<PeerCalls> calls_;
  const std::unique_ptr<RequestForm> bare_;
  const std::unique_ptr<RequestForm> enveloped_;
  const std::unique_ptr<IncidentSink> incidents_;  // Outlives the router, which may end its calls.
  const std::unique_ptr<Router> router_;
};

}  // namespace mesh::frontend
