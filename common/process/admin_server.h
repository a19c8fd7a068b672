// AdminServer answers what orchestrators and Prometheus ask, in plain HTTP on a
// port of its own, so that neither TLS nor the request path stands between an
// operator and the state of the process.
//
//   /metrics   the registry, in Prometheus's text format
//   /livez     200 while the process makes progress
//   /readyz    200 while requests may be sent here; mesh_ready shows the same
//   /startupz  200 once the start is over
//
// It serves one request at a time on one thread: its callers are few and trusted,
// and a slow one is cut off.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace mesh {

class AdminServer {
 public:
  // Listens on `address` (host:port, an IPv4 or IPv6 address; port 0: any free one)
  // and starts answering: alive, not started, not ready. `registry` outlives this.
  // kInvalidArgument for an address that is none, kUnavailable when it cannot be had.
  static Result<std::unique_ptr<AdminServer>> Start(const std::string& address, Registry& registry);

  // Ends the thread; an answer under way may take its time limit.
  ~AdminServer();

  // Thread-safe, as are the next two.
  void SetStarted() { started_ = true; }
  void SetReady(bool ready) { serving_ = ready; }
  // Another check for /livez: called on the admin thread, must not block. Set before
  // the start is over.
  void SetLiveness(std::function<bool()> alive);
  // Another check for /readyz and mesh_ready: says why no request can be served now, in words for
  // people; empty: they can. Likewise called and set.
  void SetReadiness(std::function<std::string()> why_not);

  int port() const { return port_; }

 private:
  struct Answer {
    int status;
    std::string body;
  };

  AdminServer(UniqueFd listener, UniqueFd wake, int port, Registry& registry);

  void Run();
  void Serve(int connection);
  Answer AnswerTo(std::string_view path);
  Answer Readiness();

  UniqueFd listener_;
  UniqueFd wake_;  // An eventfd that ends Run.
  const int port_;
  Registry& registry_;
  std::atomic<bool> started_{false};
  std::atomic<bool> serving_{false};
  Gauge& ready_;  // The registry's: what Readiness said last, 1 or 0.
  std::mutex checks_mutex_;
  std::function<bool()> alive_;           // Guarded by checks_mutex_.
  std::function<std::string()> why_not_;  // Guarded by checks_mutex_.
  std::thread thread_;                    // Last: it uses all of the above.
};

}  // namespace mesh
