// HelloTransport asks hosts for Hello over HTTPS, many at a time on one thread, through
// libcurl. The certificate is verified; redirects, proxies and old connections are not used.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/discovery/service_target.h"

namespace mesh::frontend {

struct HelloTransportOptions {
  std::string ca_file;         // Certificates to trust, PEM; empty: the machine's.
  bool allow_private = false;  // Whether to connect to addresses that are not public.
};

// For one thread, but for Wake.
class HelloTransport {
 public:
  // The body of a reply with an HTTP status of success, or
  //   kUnavailable       no connection, or another HTTP status
  //   kDeadlineExceeded  no whole reply in time
  //   kUnauthenticated   no certificate for `name` that is trusted
  //   kResourceExhausted a reply longer than kHelloBytesMax
  using Done = std::function<void(Result<std::string> body)>;

  explicit HelloTransport(HelloTransportOptions options);
  // Gives up what is under way, without calling Done.
  ~HelloTransport();
  HelloTransport(const HelloTransport&) = delete;
  HelloTransport& operator=(const HelloTransport&) = delete;

  // Posts a Hello to `target`, at its addresses and at no other, as the host `name`. `done`
  // is called from Wait, within `time`.
  void Post(const std::string& name, const discovery::ServiceTarget& target, Duration time,
            Done done);

  // Waits for the network, at most for `wait_max`, and goes on with what it brings.
  void Wait(Duration wait_max);
  // Makes a Wait that is under way or comes next return. Any thread.
  void Wake();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace mesh::frontend
