// ConnectionPool owns the connections of one event loop.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "frontend/connection/connection.h"
#include "frontend/connection/stats.h"
#include "frontend/http/request_handler.h"
#include "frontend/net/event_loop.h"
#include "frontend/tls/certificate_store.h"

namespace mesh::connection {

// Lives on its loop's thread. Destroy it when it is empty.
class ConnectionPool final : public net::Acceptor {
 public:
  // The arguments must outlive the pool; without `certificates` its connections have no TLS.
  // `emptied` is called whenever the last connection has gone.
  ConnectionPool(net::EventLoop& loop, http::RequestHandler& handler,
                 const tls::CertificateStore* certificates, const ConnectionOptions& options,
                 ConnectionStats& stats, std::function<void()> emptied);

  net::SocketHandler* OnAccepted(net::SocketId socket, std::string client) override;
  void OnRefused() override;

  // Connection::Drain for each, also for those that are still to come.
  void Drain();
  // Connection::Abort for each, also for those that are still to come.
  void Abort();

  bool empty() const { return connections_.empty(); }

 private:
  std::unique_ptr<tls::Engine> MakeEngine() const;
  void OnGone(Connection& connection);

  ConnectionShared shared_;
  const tls::CertificateStore* const certificates_;
  const std::function<void()> emptied_;
  bool draining_ = false;
  bool aborting_ = false;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
};

}  // namespace mesh::connection
