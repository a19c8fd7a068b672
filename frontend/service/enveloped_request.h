// Requests in envelopes, once opened: what their modes have in common.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/published.h"
#include "common/binding/sealed_text.h"
#include "common/binding/wire_envelope.h"
#include "common/crypto/random.h"
#include "common/mesh/assertion_cache.h"
#include "frontend/service/admission.h"
#include "frontend/service/authentication_metrics.h"
#include "frontend/service/request_form.h"
#include "frontend/service/service_keys.h"
#include "frontend/service/service_options.h"
#include "frontend/service/ticket_keyring.h"

namespace mesh::proto {
class Caller;
enum Caller_Mode : int;
}  // namespace mesh::proto

namespace mesh::frontend {

// What the enveloped requests of one loop are given. Everything outlives them.
struct EnvelopeContext {
  const ServiceOptions& options;
  const Published<ServiceKeys>& keys;
  const Published<TicketKeyring>& keyring;
  const Clock& clock;
  crypto::RandomSource& random;  // Of keys.
  crypto::RandomSource& salts;   // Of what is sent in the clear.
  AuthenticationMetrics& metrics;
  Admission& admission;
  AssertionCache& assertions;
};

// Why an envelope was not opened, to be said in mode Null.
struct EnvelopeFault {
  std::optional<Distrust> reason;  // None: it was not looked at who asks.
  ResultCode code = kUnauthenticatedCaller;
  std::string detail;
};

class EnvelopedRequest : public OpenedRequest {
 public:
  EnvelopedRequest(EnvelopeContext& context, binding::Mode mode, binding::Encoding encoding)
      : context_(context), mode_(mode), encoding_(encoding) {}

  bool enveloped() const final { return true; }
  std::optional<Distrust> distrust() const final { return distrust_; }

 protected:
  // The response whose body is the envelope of `header_octets` and `payload`; counts the
  // request.
  http::Response Respond(int status, std::string_view header_octets, std::string_view payload);

  EnvelopeContext& context_;
  const binding::Mode mode_;  // The request's.
  const binding::Encoding encoding_;
  bool judged_ = true;  // False: nobody has looked at who asks.
  std::optional<Distrust> distrust_;
};

// Mode Null, and whatever could not be opened: the answer is not sealed. A Null message and its
// answer are always JSON text.
std::unique_ptr<OpenedRequest> MakeNullRequest(EnvelopeContext& context, binding::Encoding encoding,
                                               std::string message);
std::unique_ptr<OpenedRequest> MakeRefusedRequest(EnvelopeContext& context, binding::Mode mode,
                                                  binding::Encoding encoding, EnvelopeFault fault);

// A request whose sealed text is there and whose caller is known.
class SealedRequest : public EnvelopedRequest {
 public:
  // `keys` are those that it was opened with; `text` is what ParseSealedText takes.
  SealedRequest(EnvelopeContext& context, binding::Mode mode, binding::Encoding encoding,
                std::shared_ptr<const ServiceKeys> keys, std::string text)
      : EnvelopedRequest(context, mode, encoding),
        keys_(std::move(keys)),
        text_(std::move(text)),
        parsed_(*binding::ParseSealedText(text_)) {}

  bool Decode(DecodedRequest* decoded, RequestFailure* failure) final;
  ProvenCaller caller() const final;
  std::string_view message() const final { return parsed_.message; }
  EncodeOptions encoding() const final { return {false, binding::WriterForm(encoding_)}; }

 protected:
  // Sets what authentication has found out, beside what the sealed text says.
  virtual void FillCaller(proto::Caller* caller) const = 0;
  // The mode that FillCaller sets.
  virtual proto::Caller_Mode caller_mode() const = 0;
  // The sealed text of the answer: before the message comes what belongs there.
  std::string ReplyText(std::string_view extra, std::string message) const;

  void SetAdministrator(std::optional<binding::AdministratorSignature> signature) {
    administrator_ = std::move(signature);
  }
  // Decode answers that this is wrong with the request.
  void SetFailure(RequestFailure failure) { failure_ = std::move(failure); }
  const std::string& service_udf() const { return keys_->service_udf; }
  const binding::SealedText& parsed() const { return parsed_; }

 private:
  bool CheckTime(RequestFailure* failure);
  bool CheckMode(RequestFailure* failure);
  bool DecodeMessage(DecodedRequest* decoded, RequestFailure* failure);
  bool SetTarget(DecodedRequest* decoded, RequestFailure* failure);
  bool SetAdministratorUdf(DecodedRequest* decoded, RequestFailure* failure);

  const std::shared_ptr<const ServiceKeys> keys_;
  const std::string text_;
  const binding::SealedText parsed_;  // Views text_.
  std::optional<binding::AdministratorSignature> administrator_;
  std::optional<RequestFailure> failure_;
};

}  // namespace mesh::frontend
