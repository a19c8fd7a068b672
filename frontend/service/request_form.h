// The forms that a request may have: bare, or in an envelope of one of the modes of
// docs/AUTHENTICATION.md. A form takes the request out and wraps the answer, so what
// stands behind it does not know which one it was.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/mesh/transaction_codec.h"
#include "frontend/http/message.h"
#include "frontend/service/authentication_metrics.h"

namespace mesh::frontend {

// Why there is no request: the answer, and the transaction if that much is known.
struct RequestFailure {
  ResultCode code = kMalformed;
  std::string detail;
  bool transaction_known = false;
  Transaction transaction = Transaction::kHello;
};

// Who asks, as far as that is proved.
struct ProvenCaller {
  std::string source;   // The UDF of a device, or the domain of a service; empty: nobody known.
  std::string account;  // That a ticket of ours, or the caller alone, says it is in; or empty.
};

// One request, from its form's Open to its answer. For one event loop's thread; the
// http::Request outlives it.
class OpenedRequest {
 public:
  virtual ~OpenedRequest() = default;

  // What it asks, with caller and account acted on in `decoded->request`, if that is set.
  // False: `failure` has the answer. May be called again, for a second try, with the same
  // outcome.
  virtual bool Decode(DecodedRequest* decoded, RequestFailure* failure) = 0;

  // Why the caller was not believed, if it was not, and who it is. After Decode.
  virtual std::optional<Distrust> distrust() const { return std::nullopt; }
  virtual ProvenCaller caller() const { return {}; }

  // The message as it came, in the form of encoding(); empty where it was not sealed.
  virtual std::string_view message() const { return {}; }
  // Whether the answer may hold what the reference client does not know.
  virtual bool enveloped() const = 0;
  // How the answer's message is to be written, and how many octets it may have.
  virtual EncodeOptions encoding() const = 0;
  virtual size_t reply_bytes_max() const { return std::numeric_limits<size_t>::max(); }
  // Octets that stand before the message given to Seal, for what is sealed with it: any.
  virtual size_t reply_headroom() const { return 0; }

  // The HTTP response that carries the message, which may be moved out of or sealed where it is.
  // Once, whatever Decode said. `incarnation` is what the owner of the caller's account said
  // (PartitionReply.incarnation); 0: that the caller is in it, nobody has said.
  virtual http::Response Seal(int status, std::string* message, uint64_t incarnation) = 0;
};

// For one event loop's thread.
class RequestForm {
 public:
  using Then = std::function<void(std::unique_ptr<OpenedRequest>)>;

  virtual ~RequestForm() = default;
  // Whether the request is in this form, by its content type and first octets.
  virtual bool Matches(const http::Request& http) const = 0;
  // Establishes who asks. `then` is called exactly once, on this thread, possibly before Open
  // returns; what is wrong with the request is said by Decode.
  virtual void Open(const http::Request& http, Deadline deadline, Then then) = 0;
  // A request that nobody looks into: Decode answers `failure`.
  virtual std::unique_ptr<OpenedRequest> Refuse(const http::Request& http,
                                                RequestFailure failure) = 0;
};

// The media type of a Content-Type, without its parameters.
std::string_view MediaTypeOf(std::string_view content_type);
// The body from its first character that is not white space.
std::string_view WithoutSpace(std::string_view body);
// The answer to octets that are wrong, over a limit, or from nobody: 413 for a limit.
ResultCode DecodeResultCode(Code code);

}  // namespace mesh::frontend
