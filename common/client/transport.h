// Transport carries one request to the service and brings its reply back. The
// client library stands on this interface; https_transport.h is the real one, and
// tests bring their own.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::client {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpReply {
  int status = 0;
  std::string body;
};

// For one thread at a time.
class Transport {
 public:
  virtual ~Transport() = default;

  // Sends a POST with `body` to `path` and waits for the reply, at most until
  // `deadline`. Any HTTP status is a reply. Blocks.
  //   kUnavailable       no connection could be made: the request was not sent
  //   kUnauthenticated   the service's certificate is not one we trust: likewise
  //   kDeadlineExceeded  the request left and no whole reply came: it may or may
  //                      not have been applied
  //   kResourceExhausted the reply is larger than this transport accepts
  virtual Result<HttpReply> Post(std::string_view path, const HttpHeaders& headers,
                                 std::string_view body, Deadline deadline) = 0;
};

}  // namespace mesh::client
