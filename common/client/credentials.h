// Credentials carry the requests of one caller: they turn a message into what goes over
// the wire, and what comes back into a message. This is the one place that knows how
// callers are told apart. sealed_credentials.h has the real ones.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/binding/wire_envelope.h"
#include "common/client/codec.h"
#include "common/client/transport.h"
#include "common/dare/envelope.h"

namespace mesh::client {

// A transaction that a caller asks for, the same however often it is sent.
struct Request {
  std::string_view tag;        // "Upload".
  std::string message;         // {"Upload": {...}}
  std::string id;              // The RequestID: binding::kRequestIdBytes, random.
  bool hello = false;          // Hello, which everybody may ask.
  bool administrator = false;  // Needs an administrator's signature, if the caller has it.
};

struct WireRequest {
  HttpHeaders headers;  // Content-Type among them.
  std::string body;
  std::string what;  // For people: "Upload under a ticket".
};

// What a reply comes to.
struct Answer {
  enum class Kind {
    kMessage,  // `message` is the answer to the request.
    kRefusal,  // No answer that can be believed, but a refusal: `refusal`.
    kAgain,    // A step on the way; the request goes on with Next.
  };
  Kind kind = Kind::kMessage;
  // It is from the service, as far as these credentials can tell.
  bool proven = false;
  std::string message;
  Outcome refusal;
};

// For one thread at a time.
class Credentials {
 public:
  virtual ~Credentials() = default;

  // How the messages of requests are written; that of Hello is JSON always.
  virtual binding::Encoding encoding() const = 0;
  // Whether a request whose reply was lost may be sent again whatever it changes: the
  // service knows it by its id.
  virtual bool repeatable() const = 0;

  // What is sent next for `request`.
  virtual Result<WireRequest> Next(const Request& request) = 0;
  // What came back for it. kDataLoss if it does not verify.
  virtual Result<Answer> Take(HttpReply reply) = 0;
};

// Null authentication (draft -06 §4.3.1): a bare request. Hello asks for no more.
class NullCredentials : public Credentials {
 public:
  binding::Encoding encoding() const override { return binding::Encoding::kJson; }
  bool repeatable() const override { return false; }
  Result<WireRequest> Next(const Request& request) override;
  Result<Answer> Take(HttpReply reply) override;
};

// Bare requests that name their caller in HTTP headers and prove nothing. A
// service accepts them only with --reference-compatibility, on loopback.
class ReferenceCredentials final : public NullCredentials {
 public:
  // The account, the UDF of the device's authentication key in it, and the
  // ConnectionAccount that connects them; null: not connected yet. Copies what it needs.
  ReferenceCredentials(std::string account, std::string device_udf,
                       const dare::Envelope* connection);

  Result<WireRequest> Next(const Request& request) override;

 private:
  HttpHeaders headers_;
};

}  // namespace mesh::client
