#include "frontend/connection/pool.h"

#include <utility>
#include <vector>

#include "frontend/tls/plain_engine.h"

namespace mesh::connection {

ConnectionPool::ConnectionPool(net::EventLoop& loop, http::RequestHandler& handler,
                               const tls::CertificateStore* certificates,
                               const ConnectionOptions& options, ConnectionStats& stats,
                               std::function<void()> emptied)
    : shared_{loop, handler, options, stats, [this](Connection& gone) { OnGone(gone); }, {}},
      certificates_(certificates),
      emptied_(std::move(emptied)) {}

net::SocketHandler* ConnectionPool::OnAccepted(net::SocketId socket, std::string client) {
  if (aborting_) return nullptr;
  auto connection = std::make_unique<Connection>(shared_, socket, MakeEngine(), std::move(client));
  Connection* const handler = connection.get();
  connections_.emplace(handler, std::move(connection));
  handler->Start();
  if (draining_) handler->Drain();
  return handler;
}

std::unique_ptr<tls::Engine> ConnectionPool::MakeEngine() const {
  if (certificates_ == nullptr) return std::make_unique<tls::PlainEngine>();
  return std::make_unique<tls::TlsEngine>(certificates_->current());
}

void ConnectionPool::OnRefused() { shared_.stats.refused_full.Add(); }

void ConnectionPool::Drain() {
  draining_ = true;
  for (const auto& [connection, owned] : connections_) connection->Drain();
}

void ConnectionPool::Abort() {
  aborting_ = true;
  for (const auto& [connection, owned] : connections_) connection->Abort();
}

void ConnectionPool::OnGone(Connection& connection) {
  connections_.erase(&connection);
  if (connections_.empty()) emptied_();
}

}  // namespace mesh::connection
