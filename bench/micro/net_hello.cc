// A server that answers every request with the same JSON text: what the front end
// costs without the service. bench/compare-frontend --server net_hello measures it.
//
//   net_hello <port> <certificate.pem> <key.pem> <reply octets> [auto|uring|epoll] [loops]

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "common/base/clock.h"
#include "frontend/connection/server.h"

namespace mesh {
namespace {

class SameReply final : public http::RequestHandler {
 public:
  explicit SameReply(std::string body) : body_(std::move(body)) {}

  void Handle(const http::Request&, Deadline, http::ReplyCallback done) override {
    http::Response response;
    response.body = body_;
    done(std::move(response));
  }

  http::Response Refuse(const http::Refusal& refusal) override {
    http::Response response;
    response.status = refusal.status;
    response.body = refusal.reason;
    return response;
  }

 private:
  const std::string body_;
};

// A JSON text of exactly `size` octets.
std::string JsonOf(size_t size) {
  const std::string frame = "{\"Filler\":\"\"}";
  std::string text = frame;
  if (size > frame.size()) text.insert(text.size() - 2, size - frame.size(), 'x');
  return text;
}

// Blocks until SIGTERM or SIGINT, which must be blocked in all threads.
void AwaitSignal(const sigset_t& signals) {
  int which = 0;
  (void)sigwait(&signals, &which);
}

int Run(int count, char** arguments) {
  if (count < 5) {
    std::fprintf(stderr, "usage: net_hello port certificate key reply-octets [io] [loops]\n");
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const SystemClock clock;
  const auto certificates = tls::CertificateStore::Open({arguments[2], arguments[3], "", {}});
  const Result<net::IoKind> io = net::ParseIoKind(count > 5 ? arguments[5] : "auto");
  if (!certificates.ok() || !io.ok()) {
    const Status& why = certificates.ok() ? io.status() : certificates.status();
    std::fprintf(stderr, "%s\n", why.message().c_str());
    return 1;
  }
  connection::ServerOptions options;
  options.port = static_cast<uint16_t>(std::atoi(arguments[1]));
  options.io = *io;
  options.loops = count > 6 ? std::atoi(arguments[6]) : 1;
  const std::string body = JsonOf(static_cast<size_t>(std::atol(arguments[4])));
  const auto server = connection::Server::Start(
      options, certificates->get(),
      [&](net::EventLoop&) { return std::make_unique<SameReply>(body); }, clock);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().message().c_str());
    return 1;
  }
  std::printf("port %d io %s\n", (*server)->port(), std::string((*server)->io_name()).c_str());
  std::fflush(stdout);
  AwaitSignal(signals);
  (void)(*server)->Drain(std::chrono::seconds(1));
  return 0;
}

}  // namespace
}  // namespace mesh

int main(int count, char** arguments) { return mesh::Run(count, arguments); }
