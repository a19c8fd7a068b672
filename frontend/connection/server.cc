#include "frontend/connection/server.h"

#include <sched.h>
#include <sys/resource.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/check.h"
#include "frontend/connection/pool.h"
#include "frontend/net/listen.h"

namespace mesh::connection {
namespace {

int CoresAllowed() {
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return CPU_COUNT(&cores);
}

// Lets this process open as many files as it may: every connection is one, and the
// usual soft limit is 1024.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

// One event loop and its thread. What the thread makes lives on its stack; the others
// reach it by EventLoop::Post while it runs.
struct Server::Loop {
  Loop(const ServerOptions& its_options, const tls::CertificateStore* its_certificates,
       const HandlerFactory& its_factory, const Clock& its_clock, net::Listener its_listener)
      : options(its_options),
        certificates(its_certificates),
        make_handler(its_factory),
        clock(its_clock),
        listener(std::move(its_listener)) {}

  const ServerOptions& options;
  const tls::CertificateStore* const certificates;
  const HandlerFactory& make_handler;
  const Clock& clock;
  net::Listener listener;

  ConnectionStats stats;
  std::thread thread;
  // Set by the thread before it reports that it has started, and constant then.
  net::EventLoop* loop = nullptr;
  ConnectionPool* pool = nullptr;
  // Of the thread.
  http::RequestHandler* handler = nullptr;
  bool stopping = false;
  bool draining = false;

  std::mutex mutex;
  std::condition_variable changed;
  bool emptied = false;  // Guarded by mutex: Drain was asked for and no connection is left.
  bool drained = false;  // Guarded by mutex: and the handler has told what it had to.

  // Begins to serve; returns when that has succeeded or failed.
  Status Start() {
    std::promise<Status> started;
    std::future<Status> outcome = started.get_future();
    thread = std::thread([this, promise = std::move(started)]() mutable { Run(promise); });
    return outcome.get();
  }

  void Run(std::promise<Status>& started) {
    auto made = net::MakeEventLoop(options.io, {options.connections_per_loop_max}, clock);
    if (!made.ok()) return started.set_value(made.status());
    const std::unique_ptr<net::EventLoop> owned_loop = *std::move(made);
    const std::unique_ptr<http::RequestHandler> owned_handler = make_handler(*owned_loop);
    ConnectionPool owned_pool(*owned_loop, *owned_handler, certificates, options.connection, stats,
                              [this] { OnEmptied(); });
    loop = owned_loop.get();
    handler = owned_handler.get();
    pool = &owned_pool;
    loop->Accept(std::move(listener.socket), owned_pool);
    started.set_value(Status());
    loop->Run();
  }

  void OnEmptied() {
    if (stopping) loop->Stop();
    if (!std::exchange(draining, false)) return;
    Note(emptied);
    handler->LastCall([this] { Note(drained); });
  }

  void Note(bool& happened) {
    const std::lock_guard lock(mutex);
    happened = true;
    changed.notify_all();
  }

  void BeginDrain() {
    loop->Post([this] {
      loop->StopAccepting();
      draining = true;
      pool->Drain();
      if (pool->empty()) OnEmptied();
    });
  }

  bool AwaitDrained(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex);
    (void)changed.wait_until(lock, deadline, [this] { return drained; });
    return emptied;
  }

  void BeginStop() {
    loop->Post([this] {
      stopping = true;
      loop->StopAccepting();
      pool->Abort();
      if (pool->empty()) loop->Stop();
    });
  }
};

Server::Server(ServerOptions options, HandlerFactory make_handler)
    : options_(std::move(options)), make_handler_(std::move(make_handler)) {}

Server::~Server() { Stop(); }

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                              const tls::CertificateStore* certificates,
                                              HandlerFactory make_handler, const Clock& clock) {
  std::unique_ptr<Server> server(new Server(options, std::move(make_handler)));
  MESH_RETURN_IF_ERROR(server->StartLoops(certificates, clock));
  return server;
}

// Every socket listens before the first loop accepts: a bad address starts nothing.
Status Server::StartLoops(const tls::CertificateStore* certificates, const Clock& clock) {
  const int count = options_.loops > 0 ? options_.loops : CoresAllowed();
  RaiseFileLimit();
  port_ = options_.port;
  if (port_ != 0) MESH_RETURN_IF_ERROR(net::CheckUnused(options_.address, port_));
  std::vector<net::Listener> listeners;
  for (int i = 0; i < count; ++i) {
    MESH_ASSIGN(net::Listener listener, net::Listen(options_.address, port_));
    port_ = listener.port;
    listeners.push_back(std::move(listener));
  }
  for (net::Listener& listener : listeners) {
    auto loop =
        std::make_unique<Loop>(options_, certificates, make_handler_, clock, std::move(listener));
    Status status = loop->Start();
    if (!status.ok()) {
      loop->thread.join();
      return status;
    }
    loops_.push_back(std::move(loop));
  }
  io_name_ = loops_.front()->loop->name();
  return Status();
}

const ConnectionStats& Server::stats(int index) const {
  MESH_CHECK(index >= 0 && index < loops());
  return loops_[static_cast<size_t>(index)]->stats;
}

bool Server::Drain(Duration wait) {
  if (stopped_) return true;
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (const auto& loop : loops_) loop->BeginDrain();
  bool drained = true;
  for (const auto& loop : loops_) drained = loop->AwaitDrained(deadline) && drained;
  return drained;
}

void Server::Stop() {
  if (std::exchange(stopped_, true)) return;
  for (const auto& loop : loops_) loop->BeginStop();
  for (const auto& loop : loops_) loop->thread.join();
}

}  // namespace mesh::connection
