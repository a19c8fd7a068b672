// From an HTTP request to a decoded Mesh request, whatever form it has (design: two
// forms of a request). Each form is one RequestForm; adding one touches nothing else.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/mesh/transaction_codec.h"
#include "frontend/http/message.h"
#include "frontend/service/authenticator.h"
#include "frontend/service/service_options.h"

namespace mesh::frontend {

// A request that has been taken out of its form.
struct IncomingRequest {
  DecodedRequest decoded;
  CallerIdentity caller;
};

// Why there is no request: the answer, and the transaction if that much is known.
struct RequestFailure {
  ResultCode code = kMalformed;
  std::string detail;
  bool transaction_known = false;
  Transaction transaction = Transaction::kHello;
};

// How requests are wrapped. Stateless; any thread.
class RequestForm {
 public:
  virtual ~RequestForm() = default;
  // Whether the request is in this form, by its content type and first octets.
  virtual bool Matches(const http::Request& http) const = 0;
  // Unwraps, decodes, and says who asks. False: `failure` has the answer.
  virtual bool Open(const http::Request& http, IncomingRequest* incoming,
                    RequestFailure* failure) const = 0;
};

// The bare form: the body is `{"<Transaction>": {...}}`.
std::unique_ptr<RequestForm> MakeBareForm(const ServiceOptions& options);
// The enveloped form: the body is a DARE Envelope. It is recognised and refused with
// kUnsupported, saying what is served.
std::unique_ptr<RequestForm> MakeEnvelopedForm();

// Chooses the form and lets it open the request. For one thread or shared as const.
class RequestDecoder {
 public:
  explicit RequestDecoder(const ServiceOptions& options);

  // False: `failure` has the answer; kEncodingUnsupported when the content type is
  // none that is served.
  bool Decode(const http::Request& http, IncomingRequest* incoming, RequestFailure* failure) const;

 private:
  const std::unique_ptr<RequestForm> bare_;
  const std::unique_ptr<RequestForm> enveloped_;
};

// The answer to bytes that are wrong, over a limit, or from nobody: 413 for a limit.
ResultCode DecodeResultCode(Code code);

}  // namespace mesh::frontend
