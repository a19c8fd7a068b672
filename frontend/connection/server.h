// Server listens for clients: event loops, one thread each, with their listening
// sockets, connections and handlers.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "frontend/connection/connection.h"
#include "frontend/connection/stats.h"
#include "frontend/http/request_handler.h"
#include "frontend/net/event_loop.h"
#include "frontend/tls/certificate_store.h"

namespace mesh::connection {

struct ServerOptions {
  std::string address = "127.0.0.1";  // Numeric, IPv4 or IPv6.
  uint16_t port = 0;                  // 0 takes a free one.
  net::IoKind io = net::IoKind::kAuto;
  int loops = 0;  // 0: one per core that this process may use.
  uint32_t connections_per_loop_max = 16384;
  ConnectionOptions connection;
};

// Makes the handler of one loop. Called on that loop's thread; the handler is
// destroyed there too, after its last connection. `loop` outlives the handler.
using HandlerFactory = std::function<std::unique_ptr<http::RequestHandler>(net::EventLoop& loop)>;

class Server {
 public:
  // Listens and serves. `certificates` and `clock` must outlive the server; new
  // connections use the context that is current, and no TLS without `certificates`. Raises the
  // process's soft limit of open files. kUnavailable when the address is in use or the wanted
  // IoKind cannot be had.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                               const tls::CertificateStore* certificates,
                                               HandlerFactory make_handler, const Clock& clock);
  ~Server();  // Stop().

  uint16_t port() const { return port_; }
  // "uring" or "epoll": what the first loop runs on.
  std::string_view io_name() const { return io_name_; }
  int loops() const { return static_cast<int>(loops_.size()); }
  // Counters of loop `index`, in [0, loops()). Any thread.
  const ConnectionStats& stats(int index) const;

  // Accepts no more; closes idle connections now and the others after the reply that
  // is due; then lets the handlers tell what they have to (RequestHandler::LastCall). Returns
  // whether all connections were gone within `wait`. Blocks; any thread.
  bool Drain(Duration wait);
  // Closes everything, waits for handlers that still owe a reply, and ends the
  // threads. Blocks; once.
  void Stop();

 private:
  struct Loop;
  Server(ServerOptions options, HandlerFactory make_handler);
  Status StartLoops(const tls::CertificateStore* certificates, const Clock& clock);

  const ServerOptions options_;
  const HandlerFactory make_handler_;
  std::vector<std::unique_ptr<Loop>> loops_;
  uint16_t port_ = 0;
  std::string io_name_;
  bool stopped_ = false;
};

}  // namespace mesh::connection
