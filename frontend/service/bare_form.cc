#include "frontend/service/bare_form.h"

#include <optional>
#include <utility>

#include "frontend/service/authenticator.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

// What the requests of one form share.
struct BareShared {
  const bool reference;
  const Authenticator authenticator;
  DecodeOptions decode;
  AuthenticationMetrics& metrics;
};

class BareRequest final : public OpenedRequest {
 public:
  BareRequest(const BareShared& shared, const http::Request& http,
              std::optional<RequestFailure> failure)
      : shared_(shared), http_(http), failure_(std::move(failure)) {}

  bool Decode(DecodedRequest* decoded, RequestFailure* failure) override {
    if (failure_) {
      *failure = *failure_;
      return false;
    }
    DecodeFailure why;
    if (!DecodeRequest(http_.body, shared_.decode, decoded, &why)) {
      return Fail(why.status, DecodeResultCode(why.status.code()), why.transaction_known,
                  why.transaction, failure);
    }
    Result<CallerIdentity> caller = shared_.authenticator.Identify(http_, *decoded);
    if (!caller.ok()) {
      return Fail(caller.status(), ResultCodeOf(caller.status().code()), true, decoded->transaction,
                  failure);
    }
    if (decoded->request != nullptr) SetCaller(*std::move(caller), decoded->request.get());
    return true;
  }

  bool enveloped() const override { return false; }
  std::optional<Distrust> distrust() const override { return distrust_; }
  EncodeOptions encoding() const override { return {shared_.reference, json::Form::kText}; }

  // The reference client discards the body of anything but 200.
  http::Response Seal(int status, std::string* message, uint64_t /*incarnation*/) override {
    if (!shared_.reference && !failure_) shared_.metrics.Count(binding::Mode::kNull, distrust_);
    http::Response response;
    response.status = shared_.reference ? 200 : status;
    response.body = std::move(*message);
    return response;
  }

 private:
  bool Fail(const Status& status, const ResultCode& code, bool known, Transaction transaction,
            RequestFailure* failure) {
    if (status.code() == Code::kUnauthenticated) distrust_ = Distrust::kNull;
    *failure = {code, status.message(), known, transaction};
    return false;
  }

  static void SetCaller(CallerIdentity identity, proto::PartitionRequest* request) {
    request->set_account(identity.account);
    proto::Caller* caller = request->mutable_caller();
    caller->set_mode(proto::Caller::REFERENCE);
    caller->set_account(std::move(identity.account));
    caller->set_device_udf(std::move(identity.device_udf));
    caller->set_connection_digest(std::move(identity.connection_digest));
  }

  const BareShared& shared_;
  const http::Request& http_;
  const std::optional<RequestFailure> failure_;
  std::optional<Distrust> distrust_;
};

class BareForm final : public RequestForm {
 public:
  BareForm(const ServiceOptions& options, AuthenticationMetrics& metrics)
      : shared_{options.reference_compatibility, Authenticator(options.reference_compatibility),
                DecodeOptions(), metrics} {
    shared_.decode.strict = !options.reference_compatibility;
    shared_.decode.only_hello = !options.reference_compatibility;
    shared_.decode.message_bytes_max = options.message_bytes_max;
  }

  bool Matches(const http::Request& http) const override {
    return http.content_type.empty() ||
           http::EqualsIgnoreCase(MediaTypeOf(http.content_type), "application/json");
  }

  void Open(const http::Request& http, Deadline, Then then) override {
    then(std::make_unique<BareRequest>(shared_, http, std::nullopt));
  }

  std::unique_ptr<OpenedRequest> Refuse(const http::Request& http,
                                        RequestFailure failure) override {
    return std::make_unique<BareRequest>(shared_, http, std::move(failure));
  }

 private:
  BareShared shared_;
};

}  // namespace

std::unique_ptr<RequestForm> MakeBareForm(const ServiceOptions& options,
                                          AuthenticationMetrics& metrics) {
  return std::make_unique<BareForm>(options, metrics);
}

}  // namespace mesh::frontend
