#include "common/process/admin_server.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <utility>

#include "common/process/listen_address.h"

namespace mesh {
namespace {

constexpr int kBacklog = 16;
constexpr size_t kRequestBytes = 8 * 1024;
// For one whole read or write of a connection; there is one request on it.
constexpr timeval kSocketTime{2, 0};

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Service Unavailable";
  }
}

// Reads until the end of the header, the limit, or an error; what came is returned.
std::string ReadHeader(int connection) {
  std::string header;
  char piece[1024];
  while (header.size() < kRequestBytes && header.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
    if (got <= 0) break;
    header.append(piece, static_cast<size_t>(got));
  }
  return header;
}

void WriteAll(int connection, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(connection, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // The caller has gone, or is too slow.
    octets.remove_prefix(static_cast<size_t>(sent));
  }
}

// The path of a request line, without its query; empty when it is not a GET.
std::string_view PathOf(std::string_view header) {
  const std::string_view line = header.substr(0, header.find("\r\n"));
  if (line.substr(0, 4) != "GET ") return {};
  const std::string_view target = line.substr(4);
  return target.substr(0, target.find_first_of(" ?"));
}

}  // namespace

Result<std::unique_ptr<AdminServer>> AdminServer::Start(const std::string& address,
                                                        Registry& registry) {
  MESH_ASSIGN(UniqueFd listener, ListenOn(address, kBacklog));
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake.valid()) return Status(Code::kUnavailable, "no eventfd for the admin server");
  const int port = PortOf(listener.get());
  return std::unique_ptr<AdminServer>(
      new AdminServer(std::move(listener), std::move(wake), port, registry));
}

AdminServer::AdminServer(UniqueFd listener, UniqueFd wake, int port, Registry& registry)
    : listener_(std::move(listener)),
      wake_(std::move(wake)),
      port_(port),
      registry_(registry),
      ready_(registry.GetGauge("mesh_ready", "1 while /readyz says that requests may be sent.")),
      thread_([this] { Run(); }) {}

AdminServer::~AdminServer() {
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void AdminServer::SetLiveness(std::function<bool()> alive) {
  const std::lock_guard lock(checks_mutex_);
  alive_ = std::move(alive);
}

void AdminServer::SetReadiness(std::function<std::string()> why_not) {
  const std::lock_guard lock(checks_mutex_);
  why_not_ = std::move(why_not);
}

void AdminServer::Run() {
  pthread_setname_np(pthread_self(), "admin");
  while (true) {
    pollfd waits[] = {{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0) continue;  // Interrupted.
    if (waits[1].revents != 0) return;
    const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.valid()) Serve(connection.get());
  }
}

void AdminServer::Serve(int connection) {
  ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &kSocketTime, sizeof kSocketTime);
  ::setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &kSocketTime, sizeof kSocketTime);
  const std::string header = ReadHeader(connection);
  if (header.empty()) return;
  const std::string_view path = PathOf(header);
  const Answer answer = path.empty() ? Answer{405, "only GET is served here\n"} : AnswerTo(path);
  std::string reply = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  reply.append(ReasonOf(answer.status));
  reply.append("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: ");
  reply.append(std::to_string(answer.body.size())).append("\r\nConnection: close\r\n\r\n");
  reply.append(answer.body);
  WriteAll(connection, reply);
  ::shutdown(connection, SHUT_WR);
}

AdminServer::Answer AdminServer::AnswerTo(std::string_view path) {
  if (path == "/metrics") {
    (void)Readiness();
    return {200, registry_.Text()};
  }
  if (path == "/startupz") {
    return started_ ? Answer{200, "started\n"} : Answer{503, "starting\n"};
  }
  if (path == "/readyz") return Readiness();
  if (path != "/livez") {
    return {404, "served here: /metrics /livez /readyz /startupz\n"};
  }
  const std::lock_guard lock(checks_mutex_);
  const bool alive = alive_ == nullptr || alive_();
  return alive ? Answer{200, "alive\n"} : Answer{503, "stuck\n"};
}

AdminServer::Answer AdminServer::Readiness() {
  const std::lock_guard lock(checks_mutex_);
  const std::string why = why_not_ == nullptr ? std::string() : why_not_();
  const bool ready = serving_ && why.empty();
  ready_.Set(ready ? 1 : 0);
  if (ready) return {200, "ready\n"};
  return {503, "not ready" + (why.empty() ? "" : ": " + why) + "\n"};
}

}  // namespace mesh
