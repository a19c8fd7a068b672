#include "frontend/net/epoll_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "frontend/net/address.h"
#include "frontend/net/socket_table.h"

namespace mesh::net {
namespace {

constexpr size_t kReceiveBytes = 64 * 1024;
constexpr int kEventsPerWait = 256;
constexpr int kAcceptsPerWait = 64;
// How long to leave the listener alone when the process is out of descriptors.
constexpr std::chrono::milliseconds kAcceptPause{50};
// Event tags that are not socket ids.
constexpr uint64_t kListenerTag = UINT64_MAX;
constexpr uint64_t kWakeTag = UINT64_MAX - 1;

struct Socket {
  UniqueFd fd;
  SocketHandler* handler = nullptr;
  std::string_view unsent;
  uint32_t interest = 0;  // What epoll watches; 0: not registered.
  bool connecting = false;
  bool receiving = false;
  bool ended = false;  // OnReceiveEnd was called.
  bool closing = false;
};

// What must be told after the current call into the loop has returned.
struct Deferred {
  enum class What { kConnected, kSent, kClosed } what;
  SocketId socket;
  int error;
};

int ToMillis(Duration wait) {
  if (wait == Duration::max()) return -1;
  // Rounded up, or the loop would spin through the last millisecond.
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  return static_cast<int>(std::clamp<int64_t>(millis, 0, 3'600'000));
}

class EpollLoop final : public EventLoop {
 public:
  EpollLoop(const EventLoopOptions& options, const Clock& clock, UniqueFd epoll, UniqueFd wake)
      : EventLoop(clock),
        epoll_(std::move(epoll)),
        wake_(std::move(wake)),
        sockets_(options.sockets_max),
        buffer_(new char[kReceiveBytes]) {
    Watch(wake_.get(), EPOLL_CTL_ADD, EPOLLIN, kWakeTag);
  }

  std::string_view name() const override { return "epoll"; }
  size_t open_sockets() const override { return sockets_.size(); }

  void Accept(UniqueFd listener, Acceptor& acceptor) override {
    listener_ = std::move(listener);
    acceptor_ = &acceptor;
    Watch(listener_.get(), EPOLL_CTL_ADD, EPOLLIN, kListenerTag);
  }

  void StopAccepting() override {
    Disarm(accept_pause_);
    listener_.Reset();
  }

  Result<SocketId> Connect(const std::string& address, uint16_t port,
                           SocketHandler& handler) override;

  void StartReceive(SocketId id) override {
    sockets_[id].receiving = true;
    UpdateInterest(id);
  }

  void PauseReceive(SocketId id) override {
    sockets_[id].receiving = false;
    UpdateInterest(id);
  }

  void Send(SocketId id, std::string_view octets) override {
    MESH_CHECK(sockets_[id].unsent.empty() && !octets.empty());
    sockets_[id].unsent = octets;
    SendUnsent(id);
  }

  void ShutdownSend(SocketId id) override { ::shutdown(sockets_[id].fd.get(), SHUT_WR); }

  void Close(SocketId id) override {
    if (std::exchange(sockets_[id].closing, true)) return;
    sockets_[id].fd.Reset();  // Leaves epoll by itself.
    deferred_.push_back({Deferred::What::kClosed, id, 0});
  }

 protected:
  void Wait(Duration wait) override;
  void Wake() override {
    const uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
  }

 private:
  void Watch(int fd, int operation, uint32_t events, uint64_t tag) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = tag;
    MESH_CHECK(epoll_ctl(epoll_.get(), operation, fd, &event) == 0);
  }

  void UpdateInterest(SocketId id);
  void OnEvent(const epoll_event& event);
  void OnSocketEvent(SocketId id, uint32_t events);
  void ReceiveOnce(SocketId id);
  void SendUnsent(SocketId id);
  void AcceptWaiting();
  bool AcceptOne();
  void PauseAccepting();
  void RunDeferred();
  void Tell(const Deferred& deferred);

  UniqueFd epoll_;
  UniqueFd wake_;
  UniqueFd listener_;
  Acceptor* acceptor_ = nullptr;
  Timer accept_pause_{[this] { Watch(listener_.get(), EPOLL_CTL_ADD, EPOLLIN, kListenerTag); }};
  SocketTable<Socket> sockets_;
  std::vector<Deferred> deferred_;
  std::vector<Deferred> telling_;
  std::unique_ptr<char[]> buffer_;
  std::array<epoll_event, kEventsPerWait> events_;
};

Result<SocketId> EpollLoop::Connect(const std::string& address, uint16_t port,
                                    SocketHandler& handler) {
  MESH_ASSIGN(const SocketAddress where, SocketAddress::Parse(address, port));
  UniqueFd fd(socket(where.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (sockets_.full() || !fd.valid()) {
    return Status(Code::kResourceExhausted, "no further socket can be opened");
  }
  const int on = 1;
  (void)setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int error = ::connect(fd.get(), where.get(), where.size()) == 0 ? 0 : errno;
  const SocketId id = sockets_.Add();
  sockets_[id].fd = std::move(fd);
  sockets_[id].handler = &handler;
  sockets_[id].connecting = error == EINPROGRESS;
  if (error == EINPROGRESS) {
    UpdateInterest(id);
  } else {
    deferred_.push_back({Deferred::What::kConnected, id, error});
  }
  return id;
}

// A socket that waits for nothing leaves epoll, which would otherwise report a
// hang-up over and over.
void EpollLoop::UpdateInterest(SocketId id) {
  Socket& socket = sockets_[id];
  if (socket.closing) return;
  uint32_t wanted = 0;
  if (socket.receiving && !socket.ended) wanted |= EPOLLIN | EPOLLRDHUP;
  if (socket.connecting || !socket.unsent.empty()) wanted |= EPOLLOUT;
  if (wanted == socket.interest) return;
  const int operation =
      wanted == 0 ? EPOLL_CTL_DEL : (socket.interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
  Watch(socket.fd.get(), operation, wanted, id);
  socket.interest = wanted;
}

void EpollLoop::Wait(Duration wait) {
  const int timeout = deferred_.empty() ? ToMillis(wait) : 0;
  const int count = epoll_wait(epoll_.get(), events_.data(), kEventsPerWait, timeout);
  BeginRound();
  for (int i = 0; i < count; ++i) OnEvent(events_[static_cast<size_t>(i)]);
  RunDeferred();
}

void EpollLoop::OnEvent(const epoll_event& event) {
  if (event.data.u64 == kListenerTag) {
    AcceptWaiting();
  } else if (event.data.u64 == kWakeTag) {
    uint64_t count = 0;
    (void)!::read(wake_.get(), &count, sizeof count);
  } else {
    OnSocketEvent(static_cast<SocketId>(event.data.u64), event.events);
  }
}

void EpollLoop::OnSocketEvent(SocketId id, uint32_t events) {
  Socket& socket = sockets_[id];
  if (socket.closing) return;
  if (socket.connecting) {
    socket.connecting = false;
    int error = 0;
    socklen_t size = sizeof error;
    (void)getsockopt(socket.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    UpdateInterest(id);
    return socket.handler->OnConnected(error);
  }
  if ((events & (EPOLLOUT | EPOLLERR)) != 0 && !socket.unsent.empty()) SendUnsent(id);
  if ((events & ~uint32_t{EPOLLOUT}) != 0 && socket.receiving && !socket.ended) ReceiveOnce(id);
}

void EpollLoop::ReceiveOnce(SocketId id) {
  Socket& socket = sockets_[id];
  const ssize_t size = ::recv(socket.fd.get(), buffer_.get(), kReceiveBytes, 0);
  if (size > 0) {
    return socket.handler->OnReceived({buffer_.get(), static_cast<size_t>(size)});
  }
  const int error = size == 0 ? 0 : errno;
  if (error == EAGAIN || error == EINTR) return;
  socket.ended = true;
  UpdateInterest(id);
  socket.handler->OnReceiveEnd(error);
}

void EpollLoop::SendUnsent(SocketId id) {
  Socket& socket = sockets_[id];
  if (socket.closing) return;
  const ssize_t size =
      ::send(socket.fd.get(), socket.unsent.data(), socket.unsent.size(), MSG_NOSIGNAL);
  int error = size >= 0 ? 0 : errno;
  if (size > 0) socket.unsent.remove_prefix(static_cast<size_t>(size));
  if (error == EAGAIN || error == EINTR) error = 0;
  if (error != 0) socket.unsent = {};
  if (socket.unsent.empty()) deferred_.push_back({Deferred::What::kSent, id, error});
  UpdateInterest(id);
}

void EpollLoop::AcceptWaiting() {
  for (int i = 0; i < kAcceptsPerWait && listener_.valid(); ++i) {
    if (!AcceptOne()) return;
  }
}

bool EpollLoop::AcceptOne() {
  sockaddr_storage client{};
  socklen_t size = sizeof client;
  UniqueFd fd(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&client), &size,
                        SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.valid()) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      PauseAccepting();
    }
    return errno == ECONNABORTED || errno == EINTR;
  }
  if (sockets_.full()) {
    acceptor_->OnRefused();
    return true;
  }
  const SocketId id = sockets_.Add();
  sockets_[id].fd = std::move(fd);
  sockets_[id].handler = acceptor_->OnAccepted(id, AddressText(client));
  if (sockets_[id].handler == nullptr) Close(id);
  return true;
}

void EpollLoop::PauseAccepting() {
  Watch(listener_.get(), EPOLL_CTL_DEL, 0, kListenerTag);
  Arm(accept_pause_, now() + kAcceptPause);
}

void EpollLoop::RunDeferred() {
  while (!deferred_.empty()) {
    telling_.swap(deferred_);
    for (const Deferred& deferred : telling_) Tell(deferred);
    telling_.clear();
  }
}

void EpollLoop::Tell(const Deferred& deferred) {
  SocketHandler* const handler = sockets_[deferred.socket].handler;
  if (deferred.what == Deferred::What::kClosed) {
    sockets_.Remove(deferred.socket);
    if (handler != nullptr) handler->OnClosed();
  } else if (!sockets_[deferred.socket].closing) {
    if (deferred.what == Deferred::What::kSent) handler->OnSent(deferred.error);
    if (deferred.what == Deferred::What::kConnected) handler->OnConnected(deferred.error);
  }
}

}  // namespace

Result<std::unique_ptr<EventLoop>> MakeEpollLoop(const EventLoopOptions& options,
                                                 const Clock& clock) {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  UniqueFd wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll.valid() || !wake.valid()) {
    return Status(Code::kUnavailable,
                  std::string("cannot make an epoll loop: ") + std::strerror(errno));
  }
  return std::unique_ptr<EventLoop>(
      std::make_unique<EpollLoop>(options, clock, std::move(epoll), std::move(wake)));
}

}  // namespace mesh::net
