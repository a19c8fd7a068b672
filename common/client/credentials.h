// Credentials turn the payload of a request into what goes over the wire, in the
// name of a device of an account, and turn what comes back into a payload. This is
// the one place that knows how callers are told apart.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/client/transport.h"
#include "common/dare/envelope.h"

namespace mesh::client {

struct WireRequest {
  HttpHeaders headers;  // Content-Type among them.
  std::string body;
};

// For one thread at a time.
class Credentials {
 public:
  virtual ~Credentials() = default;

  // Wraps `{"<Transaction>": {...}}`.
  virtual Result<WireRequest> Wrap(std::string payload) = 0;
  // What the service answered: `{"<Response>": {...}}`. kDataLoss if `body` is not
  // an answer to the request wrapped last.
  virtual Result<std::string> Unwrap(std::string body) = 0;
};

// Null authentication (draft -06 §4.3.1): a bare request. Hello asks for no more.
class NullCredentials final : public Credentials {
 public:
  Result<WireRequest> Wrap(std::string payload) override;
  Result<std::string> Unwrap(std::string body) override;
};

// Bare requests that name their caller in HTTP headers and prove nothing. A
// service accepts them only with --reference-compatibility, on loopback.
class ReferenceCredentials final : public Credentials {
 public:
  // The account, the UDF of the device's authentication key in it, and the
  // ConnectionAccount that connects them; null: not connected yet. Copies what it needs.
  ReferenceCredentials(std::string account, std::string device_udf,
                       const dare::Envelope* connection);

  Result<WireRequest> Wrap(std::string payload) override;
  Result<std::string> Unwrap(std::string body) override;

 private:
  HttpHeaders headers_;
};

}  // namespace mesh::client
