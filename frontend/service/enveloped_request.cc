#include "frontend/service/enveloped_request.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/udf.h"
#include "common/encoding/json_reader.h"
#include "common/mesh/account_address.h"
#include "frontend/service/capability_seal.h"
#include "frontend/service/peer_forward.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

bool Fail(const ResultCode& code, std::string detail, const DecodedRequest& decoded,
          RequestFailure* failure) {
  *failure = {code, std::move(detail), true, decoded.transaction};
  return false;
}

bool Fail(const DecodeFailure& why, RequestFailure* failure) {
  *failure = {DecodeResultCode(why.status.code()), why.status.message(), why.transaction_known,
              why.transaction};
  return false;
}

// The transaction that `message` names. None: it has no form that its decoder would read.
std::optional<Transaction> TransactionIn(std::string_view message, binding::Encoding encoding) {
  json::Reader reader(message, binding::ReaderOptions(encoding));
  std::string_view tag;
  reader.BeginObject();
  if (!reader.NextMember(&tag)) return std::nullopt;
  for (size_t i = 0; i < kTransactionCount; ++i) {
    const auto transaction = static_cast<Transaction>(i);
    if (RequestTag(transaction) == tag) return transaction;
  }
  return std::nullopt;
}

// Whether callers of the mode may ask for it of any account.
bool MayAsk(proto::Caller::Mode mode, Transaction transaction) {
  switch (transaction) {
    case Transaction::kHello:
      return true;
    case Transaction::kCreateAccount:
    case Transaction::kConnect:
    case Transaction::kComplete:
    case Transaction::kPollClaim:
      return mode != proto::Caller::SERVICE;
    case Transaction::kPost:
      return mode != proto::Caller::DEVICE;
    default:
      return mode == proto::Caller::PROFILE ||
             (mode == proto::Caller::SERVICE && ForwardedFor(transaction));
  }
}

// What sealing will cost before an owner has said whether the caller may, in verifications.
uint64_t SealsIn(const DecodedRequest& decoded) {
  if (decoded.request == nullptr) return 0;
  const size_t capabilities = CapabilitiesIn(decoded.request->upload());
  return std::min(capabilities, kCapabilitiesPerUploadMax) * kVerificationsPerSeal;
}

class NullRequest final : public EnvelopedRequest {
 public:
  NullRequest(EnvelopeContext& context, binding::Mode mode, binding::Encoding encoding,
              std::string message, std::optional<EnvelopeFault> fault)
      : EnvelopedRequest(context, mode, encoding),
        message_(std::move(message)),
        fault_(std::move(fault)) {
    if (fault_) distrust_ = fault_->reason;
    judged_ = !fault_ || fault_->reason;
  }

  bool Decode(DecodedRequest* decoded, RequestFailure* failure) override {
    if (fault_) {
      *failure = {fault_->code, fault_->detail};
      return false;
    }
    DecodeOptions options;
    options.only_hello = true;
    DecodeFailure why;
    if (DecodeRequest(message_, options, decoded, &why)) return true;
    if (why.status.code() == Code::kUnauthenticated) distrust_ = Distrust::kNull;
    return Fail(why, failure);
  }

  EncodeOptions encoding() const override { return {}; }

  http::Response Seal(int status, std::string* message, uint64_t /*incarnation*/) override {
    return Respond(status, binding::WriteWireHeader(encoding_, {}), *message);
  }

 private:
  const std::string message_;
  const std::optional<EnvelopeFault> fault_;
};

}  // namespace

http::Response EnvelopedRequest::Respond(int status, std::string_view header_octets,
                                         std::string_view payload) {
  if (judged_) context_.metrics.Count(mode_, distrust_);
  http::Response response;
  response.status = status;
  response.content_type = binding::MediaType(encoding_);
  binding::AppendWireEnvelope(encoding_, header_octets, payload, response.body);
  return response;
}

std::unique_ptr<OpenedRequest> MakeNullRequest(EnvelopeContext& context, binding::Encoding encoding,
                                               std::string message) {
  return std::make_unique<NullRequest>(context, binding::Mode::kNull, encoding, std::move(message),
                                       std::nullopt);
}

std::unique_ptr<OpenedRequest> MakeRefusedRequest(EnvelopeContext& context, binding::Mode mode,
                                                  binding::Encoding encoding, EnvelopeFault fault) {
  return std::make_unique<NullRequest>(context, mode, encoding, std::string(), std::move(fault));
}

// --- Sealed ------------------------------------------------------------------------

bool SealedRequest::Decode(DecodedRequest* decoded, RequestFailure* failure) {
  if (failure_) {
    *failure = *failure_;
    return false;
  }
  if (!CheckTime(failure) || !CheckMode(failure)) return false;
  if (!DecodeMessage(decoded, failure)) return false;
  if (decoded->request == nullptr) return true;  // Hello.
  proto::Caller* caller = decoded->request->mutable_caller();
  FillCaller(caller);
  caller->set_request_id(parsed_.request_id.data(), parsed_.request_id.size());
  caller->set_request_time(parsed_.time);
  return SetTarget(decoded, failure) && SetAdministratorUdf(decoded, failure);
}

// In an exchange nobody has said yet that the caller is in an account: what reading costs is taken
// from the allowance of exchanges.
bool SealedRequest::DecodeMessage(DecodedRequest* decoded, RequestFailure* failure) {
  DecodeOptions options;
  options.message_bytes_max = context_.options.message_bytes_max;
  options.json_b = encoding_ == binding::Encoding::kJsonB;
  options.assertions = &context_.assertions;
  const uint64_t before = context_.assertions.verified();
  DecodeFailure why;
  const bool read = DecodeRequest(parsed_.message, options, decoded, &why) || Fail(why, failure);
  if (mode_ != binding::Mode::kTicket) {
    context_.admission.ChargeExchange(context_.assertions.verified() - before + SealsIn(*decoded));
  }
  return read;
}

ProvenCaller SealedRequest::caller() const {
  proto::Caller caller;
  FillCaller(&caller);
  const bool service = caller.mode() == proto::Caller::SERVICE;
  return {service ? caller.domain() : caller.device_udf(), caller.account()};
}

bool SealedRequest::CheckTime(RequestFailure* failure) {
  const WallMillis now = context_.clock.WallNow();
  if (parsed_.time >= now - binding::kTimeWindow && parsed_.time <= now + binding::kTimeWindow) {
    return true;
  }
  distrust_ = Distrust::kTime;
  *failure = {kWrongTime, "the request's time is more than " +
                              std::to_string(binding::kTimeWindow / 1000) +
                              " seconds from the service's, which this answer has"};
  return false;
}

// What a mode may never do is refused unread: reading costs verifications, and whoever makes a key
// is a device. Whether a member of an account may, its owner says.
bool SealedRequest::CheckMode(RequestFailure* failure) {
  const proto::Caller::Mode mode = caller_mode();
  if (mode == proto::Caller::PROFILE) return true;
  const std::optional<Transaction> named = TransactionIn(parsed_.message, encoding_);
  if (!named || MayAsk(mode, *named)) return true;
  distrust_ = Distrust::kMode;
  *failure = {kInsufficientPrivilege,
              mode == proto::Caller::SERVICE ? "another service may not ask for this"
                                             : "only devices of an account may ask for this",
              true, *named};
  return false;
}

// The account that is acted on: the one that the request names, or else the caller's own. A
// Post of another service names its recipients itself.
bool SealedRequest::SetTarget(DecodedRequest* decoded, RequestFailure* failure) {
  proto::PartitionRequest& request = *decoded->request;
  const bool service = request.caller().mode() == proto::Caller::SERVICE;
  if (service && decoded->transaction == Transaction::kPost) return true;
  if (decoded->account.empty()) {
    request.set_account(request.caller().account());
    if (!request.account().empty()) return true;
    distrust_ = Distrust::kMode;
    return Fail(kInsufficientPrivilege, "a device that is in no account may only ask for one",
                *decoded, failure);
  }
  const Result<AccountAddress> account = AccountAddress::Parse(decoded->account);
  if (!account.ok()) return Fail(kMalformed, account.status().message(), *decoded, failure);
  request.set_account(account->canonical());
  return true;
}

bool SealedRequest::SetAdministratorUdf(DecodedRequest* decoded, RequestFailure* failure) {
  if (!administrator_) return true;
  const Status allowed = context_.admission.CheckExchange(context_.clock.Now());
  if (!allowed.ok()) return Fail(kBusy, allowed.message(), *decoded, failure);
  proto::PartitionRequest& request = *decoded->request;
  const Status status =
      binding::VerifyAdministrator(*administrator_, service_udf(), request.account(), parsed_);
  if (!status.ok()) {
    distrust_ = Distrust::kAdministrator;
    return Fail(kUnauthenticatedCaller, "Administrator: " + status.message(), *decoded, failure);
  }
  request.mutable_caller()->set_administrator_udf(crypto::KeyFingerprint(administrator_->key));
  return true;
}

std::string SealedRequest::ReplyText(std::string_view extra, std::string message) const {
  std::string before;
  binding::AppendSealedText({parsed_.request_id, context_.clock.WallNow(), extra, {}}, before);
  message.insert(0, before);
  Wipe(before);
  return message;
}

}  // namespace mesh::frontend
