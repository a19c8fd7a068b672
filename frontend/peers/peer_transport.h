// PeerTransport posts to the hosts of other services over HTTPS, many at a time on one thread,
// through libcurl. The certificate is verified; redirects and proxies are not used.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/client/transport.h"
#include "common/discovery/service_target.h"

namespace mesh::frontend {

struct PeerTransportOptions {
  std::string ca_file;         // Certificates to trust, PEM; empty: the machine's.
  bool allow_private = false;  // Whether to connect to addresses that are not public.
  // Whether a connection is used again. A later post to the same name and port then goes where
  // the connection goes, whatever the addresses of its target are.
  bool keep_connections = false;
};

// What is posted, and where.
struct PeerPost {
  std::string name;                   // Of the service: in the certificate, SNI and Host.
  discovery::ServiceTarget target{};  // Its addresses are connected to, and no other.
  client::HttpHeaders headers{};      // Content-Type among them.
  std::string body{};
  size_t reply_bytes_max = 0;
  Duration time{};  // Until there is an outcome.
};

// For one thread, but for Wake.
class PeerTransport {
 public:
  // The reply, whatever its HTTP status, or
  //   kUnavailable       no connection, or it broke
  //   kDeadlineExceeded  no whole reply in time
  //   kUnauthenticated   no certificate for the name that is trusted
  //   kResourceExhausted a longer reply
  using Done = std::function<void(Result<client::HttpReply>)>;

  explicit PeerTransport(PeerTransportOptions options);
  // Gives up what is under way, without calling Done.
  ~PeerTransport();
  PeerTransport(const PeerTransport&) = delete;
  PeerTransport& operator=(const PeerTransport&) = delete;

  // `done` is called from Wait; it may post again.
  void Post(PeerPost post, Done done);

  // Waits for the network, at most for `wait_max`, and goes on with what it brings.
  void Wait(Duration wait_max);
  // Makes a Wait that is under way or comes next return. Any thread.
  void Wake();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace mesh::frontend
