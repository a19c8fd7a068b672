#include "frontend/net/uring_loop.h"

#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "frontend/net/address.h"
#include "frontend/net/ring.h"
#include "frontend/net/socket_table.h"

namespace mesh::net {
namespace {

// Descriptors for sockets that are accepted only to be turned away.
constexpr uint32_t kSpareFiles = 64;
// Accepts under way at a time: connections that come in one round need no second one. Each has a
// place of its own for the client's address, which a multishot accept has not.
constexpr uint32_t kAccepts = 8;
// How long to leave the listener alone when there are no descriptors left.
constexpr std::chrono::milliseconds kAcceptPause{50};

enum class Operation : uint8_t {
  kAccept,
  kWake,
  kCancel,
  kConnect,
  kReceive,
  kSend,
  kShutdown,
  kClose,
};

uint64_t Tag(Operation operation, SocketId id) {
  return static_cast<uint64_t>(operation) << 32 | id;
}

struct AcceptSlot {
  sockaddr_storage client{};
  socklen_t size = 0;
  bool armed = false;
};

struct Socket {
  SocketHandler* handler = nullptr;
  int file = -1;         // A direct descriptor, or a plain one when not `direct`.
  unsigned pending = 0;  // Submitted operations whose last completion is outstanding.
  bool direct = false;
  bool wanted = false;     // Between StartReceive and PauseReceive.
  bool armed = false;      // A receive operation is pending.
  bool cancelled = false;  // That operation was told to stop.
  bool ended = false;      // Nothing more will arrive, for the reason end_error,
  bool end_told = false;   // and the handler knows.
  bool deferred = false;   // Stands in deferred_.
  bool connecting = false;
  bool closing = false;
  int end_error = 0;
  std::string_view unsent;
  std::string held;  // Arrived while paused.
  SocketAddress address;
};

class UringLoop final : public EventLoop {
 public:
  UringLoop(uint32_t sockets_max, const Clock& clock, std::unique_ptr<Ring> ring, UniqueFd wake)
      : EventLoop(clock), wake_(std::move(wake)), sockets_(sockets_max), ring_(std::move(ring)) {
    ReadWake();
  }

  std::string_view name() const override { return "uring"; }
  size_t open_sockets() const override { return sockets_.size(); }

  void Accept(UniqueFd listener, Acceptor& acceptor) override {
    listener_ = std::move(listener);
    acceptor_ = &acceptor;
    SubmitAccepts();
  }
  void StopAccepting() override;
  Result<SocketId> Connect(const std::string& address, uint16_t port,
                           SocketHandler& handler) override;
  void StartReceive(SocketId id) override;
  void PauseReceive(SocketId id) override;
  void Send(SocketId id, std::string_view octets) override;
  void ShutdownSend(SocketId id) override;
  void Close(SocketId id) override;

 protected:
  void Wait(Duration wait) override;
  void Wake() override {
    const uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
  }

 private:
  void Tie(io_uring_sqe* sqe, Operation operation, SocketId id);
  void Cancel(uint64_t tag);
  void SubmitAccept(uint32_t slot);
  void SubmitAccepts();
  void SubmitSend(SocketId id);
  void SubmitReceive(SocketId id);
  void ReadWake();
  void SubmitAndWait(Duration wait);
  void RunDeferred();
  void Catchup(SocketId id);

  void OnCompletion(const io_uring_cqe& cqe);
  void OnAccept(uint32_t slot, int result);
  void TakeAccepted(int file, const sockaddr_storage& client);
  void OnReceive(SocketId id, const io_uring_cqe& cqe);
  void OnReceiveStopped(SocketId id, int result);
  void OnSend(SocketId id, int result);
  void OnFinal(SocketId id);

  UniqueFd wake_;
  uint64_t wake_count_ = 0;
  UniqueFd listener_;
  Acceptor* acceptor_ = nullptr;
  std::array<AcceptSlot, kAccepts> accepts_;
  Timer accept_pause_{[this] { SubmitAccepts(); }};
  SocketTable<Socket> sockets_;
  std::vector<SocketId> deferred_;  // Sockets with something held to hand over.
  std::vector<SocketId> catching_up_;
  std::unique_ptr<Ring> ring_;
};

// Marks a prepared entry as an operation on socket `id`.
void UringLoop::Tie(io_uring_sqe* sqe, Operation operation, SocketId id) {
  sqe->user_data = Tag(operation, id);
  if (sockets_[id].direct && operation != Operation::kClose) sqe->flags |= IOSQE_FIXED_FILE;
  ++sockets_[id].pending;
}

void UringLoop::Cancel(uint64_t tag) {
  io_uring_sqe* const sqe = ring_->Next();
  io_uring_prep_cancel64(sqe, tag, 0);
  sqe->user_data = Tag(Operation::kCancel, 0);
}

void UringLoop::SubmitAccept(uint32_t slot) {
  AcceptSlot& accept = accepts_[slot];
  accept.armed = true;
  accept.size = sizeof accept.client;
  io_uring_sqe* const sqe = ring_->Next();
  io_uring_prep_accept(sqe, listener_.get(), reinterpret_cast<sockaddr*>(&accept.client),
                       &accept.size, 0);
  sqe->file_index = IORING_FILE_INDEX_ALLOC;  // A direct descriptor, of the kernel's choice.
  sqe->user_data = Tag(Operation::kAccept, slot);
}

void UringLoop::SubmitAccepts() {
  for (uint32_t slot = 0; slot < kAccepts; ++slot) {
    if (!accepts_[slot].armed) SubmitAccept(slot);
  }
}

void UringLoop::ReadWake() {
  io_uring_sqe* const sqe = ring_->Next();
  io_uring_prep_read(sqe, wake_.get(), &wake_count_, sizeof wake_count_, 0);
  sqe->user_data = Tag(Operation::kWake, 0);
}

void UringLoop::StopAccepting() {
  Disarm(accept_pause_);
  if (!listener_.valid()) return;
  for (uint32_t slot = 0; slot < kAccepts; ++slot) {
    if (accepts_[slot].armed) Cancel(Tag(Operation::kAccept, slot));
  }
  (void)io_uring_submit(ring_->get());
  listener_.Reset();
}

Result<SocketId> UringLoop::Connect(const std::string& address, uint16_t port,
                                    SocketHandler& handler) {
  MESH_ASSIGN(const SocketAddress where, SocketAddress::Parse(address, port));
  UniqueFd fd(socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (sockets_.full() || !fd.valid()) {
    return Status(Code::kResourceExhausted, "no further socket can be opened");
  }
  const int on = 1;
  (void)setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const SocketId id = sockets_.Add();
  Socket& socket = sockets_[id];
  socket.handler = &handler;
  socket.file = fd.Release();
  socket.address = where;
  socket.connecting = true;
  io_uring_sqe* const sqe = ring_->Next();
  io_uring_prep_connect(sqe, socket.file, socket.address.get(), socket.address.size());
  Tie(sqe, Operation::kConnect, id);
  return id;
}

void UringLoop::StartReceive(SocketId id) {
  Socket& socket = sockets_[id];
  socket.wanted = true;
  if ((!socket.held.empty() || (socket.ended && !socket.end_told)) && !socket.deferred) {
    socket.deferred = true;
    deferred_.push_back(id);
  }
  if (!socket.armed && !socket.ended) SubmitReceive(id);
}

void UringLoop::PauseReceive(SocketId id) {
  Socket& socket = sockets_[id];
  socket.wanted = false;
  if (socket.armed && !std::exchange(socket.cancelled, true)) {
    Cancel(Tag(Operation::kReceive, id));
  }
}

void UringLoop::SubmitReceive(SocketId id) {
  io_uring_sqe* const sqe = ring_->Next();
  io_uring_prep_recv_multishot(sqe, sockets_[id].file, nullptr, 0, 0);
  Tie(sqe, Operation::kReceive, id);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = Ring::kBufferGroup;
  sockets_[id].armed = true;
  sockets_[id].cancelled = false;
}

void UringLoop::Send(SocketId id, std::string_view octets) {
  MESH_CHECK(sockets_[id].unsent.empty() && !octets.empty());
  sockets_[id].unsent = octets;
  SubmitSend(id);
}

// MSG_WAITALL makes the kernel go on by itself after a short send.
void UringLoop::SubmitSend(SocketId id) {
  const Socket& socket = sockets_[id];
  io_uring_sqe* const sqe = ring_->Next();
  io_uring_prep_send(sqe, socket.file, socket.unsent.data(), socket.unsent.size(),
                     MSG_NOSIGNAL | MSG_WAITALL);
  Tie(sqe, Operation::kSend, id);
}

void UringLoop::ShutdownSend(SocketId id) {
  io_uring_sqe* const sqe = ring_->Next();
  io_uring_prep_shutdown(sqe, sockets_[id].file, SHUT_WR);
  Tie(sqe, Operation::kShutdown, id);
}

// Operations that are under way hold the socket open, so they are cancelled first; the
// entry stays until the last of them has completed.
void UringLoop::Close(SocketId id) {
  Socket& socket = sockets_[id];
  if (std::exchange(socket.closing, true)) return;
  if (socket.connecting) Cancel(Tag(Operation::kConnect, id));
  if (socket.armed) Cancel(Tag(Operation::kReceive, id));
  if (!socket.unsent.empty()) Cancel(Tag(Operation::kSend, id));
  io_uring_sqe* const sqe = ring_->Next();
  if (socket.direct) {
    io_uring_prep_close_direct(sqe, static_cast<unsigned>(socket.file));
  } else {
    io_uring_prep_close(sqe, socket.file);
  }
  Tie(sqe, Operation::kClose, id);
}

void UringLoop::Wait(Duration wait) {
  SubmitAndWait(deferred_.empty() ? wait : Duration(0));
  BeginRound();
  io_uring_cqe* cqe = nullptr;
  // At most one queue's worth, so that timers and posted work get their turn.
  for (unsigned i = 0; i < Ring::kCompletions; ++i) {
    if (io_uring_peek_cqe(ring_->get(), &cqe) != 0) break;
    OnCompletion(*cqe);
    io_uring_cqe_seen(ring_->get(), cqe);
  }
  RunDeferred();
}

void UringLoop::SubmitAndWait(Duration wait) {
  if (wait <= Duration(0) || io_uring_cq_ready(ring_->get()) > 0) {
    (void)io_uring_submit_and_get_events(ring_->get());
  } else if (wait == Duration::max()) {
    (void)io_uring_submit_and_wait(ring_->get(), 1);
  } else {
    __kernel_timespec time{};
    time.tv_sec = std::chrono::floor<std::chrono::seconds>(wait).count();
    time.tv_nsec = (wait % std::chrono::seconds(1)).count();
    io_uring_cqe* cqe = nullptr;
    (void)io_uring_submit_and_wait_timeout(ring_->get(), &cqe, 1, &time, nullptr);
  }
}

void UringLoop::OnCompletion(const io_uring_cqe& cqe) {
  const auto id = static_cast<SocketId>(cqe.user_data);
  const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
  switch (static_cast<Operation>(cqe.user_data >> 32)) {
    case Operation::kAccept:
      return OnAccept(id, cqe.res);
    case Operation::kWake:
      return ReadWake();
    case Operation::kCancel:
      return;
    case Operation::kConnect:
      sockets_[id].connecting = false;
      if (!sockets_[id].closing) sockets_[id].handler->OnConnected(-cqe.res);
      break;
    case Operation::kReceive:
      OnReceive(id, cqe);
      break;
    case Operation::kSend:
      OnSend(id, cqe.res);
      break;
    case Operation::kShutdown:
    case Operation::kClose:
      break;
  }
  if (!more) OnFinal(id);
}

void UringLoop::OnFinal(SocketId id) {
  Socket& socket = sockets_[id];
  if (--socket.pending > 0 || !socket.closing) return;
  SocketHandler* const handler = socket.handler;
  sockets_.Remove(id);
  if (handler != nullptr) handler->OnClosed();
}

void UringLoop::OnAccept(uint32_t slot, int result) {
  accepts_[slot].armed = false;
  if (result >= 0) TakeAccepted(result, accepts_[slot].client);
  if (!listener_.valid()) return;
  // Cancelled, and there is a listener: it is another one than that of the accept.
  const bool again = result == -ECONNABORTED || result == -EINTR || result == -ECANCELED;
  if (result >= 0 || again) return SubmitAccept(slot);
  Arm(accept_pause_, now() + kAcceptPause);
}

void UringLoop::TakeAccepted(int file, const sockaddr_storage& client) {
  const bool full = sockets_.full();
  const SocketId id = sockets_.Add();
  sockets_[id].file = file;
  sockets_[id].direct = true;
  if (full) {
    acceptor_->OnRefused();
  } else {
    sockets_[id].handler = acceptor_->OnAccepted(id, AddressText(client));
  }
  if (sockets_[id].handler == nullptr) Close(id);
}

void UringLoop::OnReceive(SocketId id, const io_uring_cqe& cqe) {
  Socket& socket = sockets_[id];
  if ((cqe.flags & IORING_CQE_F_BUFFER) != 0) {
    const unsigned buffer = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
    if (cqe.res > 0 && !socket.closing) {
      const std::string_view octets(ring_->buffer(buffer), static_cast<size_t>(cqe.res));
      if (socket.wanted && socket.held.empty()) {
        socket.handler->OnReceived(octets);
      } else {
        socket.held.append(octets);
      }
    }
    ring_->Recycle(buffer);
  }
  if ((cqe.flags & IORING_CQE_F_MORE) == 0) OnReceiveStopped(id, cqe.res);
}

// The kernel has ended the multishot operation: at the end of the stream, for want of
// buffers, because we paused, or after a burst.
void UringLoop::OnReceiveStopped(SocketId id, int result) {
  Socket& socket = sockets_[id];
  socket.armed = false;
  if (socket.closing) return;
  if (result <= 0 && result != -ENOBUFS && result != -ECANCELED && result != -EINTR &&
      result != -EAGAIN) {
    socket.ended = true;
    socket.end_error = -result;
    if (!socket.wanted || !socket.held.empty()) return;
    socket.end_told = true;
    return socket.handler->OnReceiveEnd(socket.end_error);
  }
  if (socket.wanted) SubmitReceive(id);
}

void UringLoop::OnSend(SocketId id, int result) {
  Socket& socket = sockets_[id];
  if (socket.closing) return;
  if (result > 0) socket.unsent.remove_prefix(static_cast<size_t>(result));
  if (result > 0 && !socket.unsent.empty()) return SubmitSend(id);
  socket.unsent = {};
  socket.handler->OnSent(result > 0 ? 0 : -result);
}

void UringLoop::RunDeferred() {
  if (deferred_.empty()) return;
  catching_up_.swap(deferred_);
  for (const SocketId id : catching_up_) Catchup(id);
  catching_up_.clear();
}

// Hands over what arrived while the socket was paused.
void UringLoop::Catchup(SocketId id) {
  Socket& socket = sockets_[id];
  if (!std::exchange(socket.deferred, false) || socket.closing || !socket.wanted) return;
  if (!socket.held.empty()) {
    const std::string octets = std::exchange(socket.held, {});
    socket.handler->OnReceived(octets);
  }
  if (!socket.ended || socket.end_told || socket.closing || !socket.wanted) return;
  socket.end_told = true;
  socket.handler->OnReceiveEnd(socket.end_error);
}

// A process may register as many descriptors as it may open.
uint32_t FilesAllowed(uint32_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return wanted;
  return static_cast<uint32_t>(limit.rlim_cur);
}

}  // namespace

Result<std::unique_ptr<EventLoop>> MakeUringLoop(const EventLoopOptions& options,
                                                 const Clock& clock) {
  const uint32_t files = std::max(FilesAllowed(options.sockets_max + kSpareFiles), 2 * kSpareFiles);
  auto ring = std::make_unique<Ring>();
  MESH_RETURN_IF_ERROR(ring->Open(files));
  UniqueFd wake(eventfd(0, EFD_CLOEXEC));
  if (!wake.valid()) {
    return Status(Code::kUnavailable,
                  std::string("cannot make an eventfd: ") + std::strerror(errno));
  }
  const uint32_t sockets_max = std::min(options.sockets_max, files - kSpareFiles);
  return std::unique_ptr<EventLoop>(
      std::make_unique<UringLoop>(sockets_max, clock, std::move(ring), std::move(wake)));
}

}  // namespace mesh::net
