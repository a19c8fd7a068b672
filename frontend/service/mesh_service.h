// MeshService is the way of one Mesh request through the front end: check, decode,
// authenticate, admit, route, and encode the reply. It holds no state of any account.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/mesh/transaction_codec.h"
#include "frontend/http/request_handler.h"
#include "frontend/routing/router.h"
#include "frontend/service/admission.h"
#include "frontend/service/request_decoder.h"
#include "frontend/service/service_metrics.h"
#include "frontend/service/service_options.h"

namespace mesh {
namespace proto {
class PartitionReply;
}
}  // namespace mesh

namespace mesh::frontend {

// What all loops share. Outlives their services; immutable but for the metrics,
// which are thread-safe.
struct ServiceShared {
  const ServiceOptions& options;
  const HelloResponse& hello;
  const Clock& clock;
  ServiceMetrics& metrics;
  SlotKey rate_key;  // See Admission.
};

// For one event loop's thread. Replies are given on it; the router's partitions must
// answer on it too.
class MeshService final : public http::RequestHandler {
 public:
  MeshService(const ServiceShared& shared, std::unique_ptr<Router> router);
  ~MeshService() override;

  void Handle(const http::Request& request, Deadline deadline, http::ReplyCallback done) override;
  http::Response Refuse(const http::Refusal& refusal) override;

 private:
  struct Exchange;

  bool CheckHttp(const http::Request& request, http::Response* refusal) const;
  bool HostServed(std::string_view host) const;
  bool DomainServed(std::string_view account) const;

  void Serve(const std::shared_ptr<Exchange>& exchange);
  bool Admit(Exchange& exchange);
  std::unique_ptr<proto::PartitionRequest> Prepare(const Exchange& exchange,
                                                   IncomingRequest incoming) const;
  void Forward(const std::shared_ptr<Exchange>& exchange, IncomingRequest incoming);
  void AnswerHello(Exchange& exchange);
  void AnswerReply(Exchange& exchange, const proto::PartitionReply& reply);
  void AnswerResult(Exchange& exchange, const ResultCode& code, std::string_view detail);
  void RefuseCreate(Exchange& exchange, std::string_view reason);
  void Finish(Exchange& exchange, int status, std::string body);
  http::Response MakeResponse(int status, std::string body) const;
  void LogExchange(const Exchange& exchange, int status) const;

  const ServiceShared& shared_;
  const ServiceOptions& options_;
  const RequestDecoder decoder_;
  Admission admission_;
  const std::unique_ptr<Router> router_;
};

}  // namespace mesh::frontend
