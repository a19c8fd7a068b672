#include "frontend/peers/peer_caller.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "common/crypto/random.h"
#include "frontend/peers/peer_limits.h"
#include "frontend/peers/peer_sessions.h"

namespace mesh::frontend {
namespace {

// Without anything to do the thread sleeps; this only bounds one sleep.
constexpr std::chrono::seconds kSleepMax{60};

Status Ending() { return Status(Code::kUnavailable, "this program is ending"); }

}  // namespace

// Work for the thread, from any other. What Call puts there is bounded: the calls under way
// are.
class PeerCaller::Mailbox {
 public:
  using Work = std::function<void(PeerSessions&)>;

  explicit Mailbox(PeerTransport& transport) : transport_(transport) {}

  // False: the thread has ended.
  bool Put(Work work) {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    work_.push_back(std::move(work));
    transport_.Wake();
    return true;
  }

  // Put, if not too many calls are on their way to the thread.
  Status PutCall(Work work) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Ending();
    if (calls_ >= kPeerCallsMax) {
      return Status(Code::kResourceExhausted, "too many calls to other services at a time");
    }
    ++calls_;
    work_.push_back(std::move(work));
    transport_.Wake();
    return Status();
  }

  std::vector<Work> Take(bool* closing) {
    const std::lock_guard lock(mutex_);
    *closing = closing_;
    if (closing_) closed_ = true;
    calls_ = 0;
    return std::exchange(work_, {});
  }

  void Close() {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    transport_.Wake();
  }

 private:
  PeerTransport& transport_;  // Not after `closed_`.
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<Work> work_;
  size_t calls_ = 0;
  bool closing_ = false;
  bool closed_ = false;
};

PeerCaller::PeerCaller(const PeerOptions& options, Peers& peers, const Published<ServiceKeys>& keys,
                       const Clock& clock, Registry& registry)
    : peers_(peers),
      keys_(keys),
      clock_(clock),
      metrics_(registry),
      transport_({options.ca_file, options.allow_private, true}),
      mailbox_(std::make_shared<Mailbox>(transport_)),
      thread_([this] { Run(); }) {}

PeerCaller::~PeerCaller() { Stop(); }

void PeerCaller::Stop() {
  if (!thread_.joinable()) return;
  mailbox_->Close();
  thread_.join();
}

void PeerCaller::Call(PeerCall call, const PeerCalls::Then& then) {
  // std::function copies what it holds.
  const auto kept = std::make_shared<PeerCall>(std::move(call));
  const Status put = mailbox_->PutCall(
      [kept, then](PeerSessions& sessions) { sessions.Call(std::move(*kept), then); });
  if (put.ok()) return;
  metrics_.Called(put.code());
  then(put);
}

void PeerCaller::Run() {
  const auto find = [this](const std::string& domain, Deadline deadline, PeerDone done) {
    peers_.Find(domain, deadline, [mailbox = mailbox_, done = std::move(done)](PeerResult found) {
      mailbox->Put([done, found = std::move(found)](PeerSessions&) { done(found); });
    });
  };
  PeerSessions sessions({clock_, crypto::SystemRandom(), keys_, metrics_, find,
                         [this](const std::string& domain) { peers_.Doubt(domain); },
                         [this](PeerPost post, PeerTransport::Done done) {
                           transport_.Post(std::move(post), std::move(done));
                         }});
  bool closing = false;
  while (!closing) {
    const MonotonicTime now = clock_.Now();
    const MonotonicTime next = sessions.NextTick(now + kSleepMax);
    transport_.Wait(std::max(Duration::zero(), Duration(next - now)));
    for (const Mailbox::Work& work : mailbox_->Take(&closing)) work(sessions);
    sessions.Tick();
  }
}

namespace {

class LoopPeerCalls final : public PeerCalls {
 public:
  LoopPeerCalls(PeerCaller& caller, net::EventLoop& loop) : caller_(caller), loop_(loop) {}

  void Call(PeerCall call, Then then) override {
    caller_.Call(std::move(call), [&loop = loop_, then = std::move(then)](Result<PeerAnswer> got) {
      loop.Post([then, got = std::move(got)]() mutable { then(std::move(got)); });
    });
  }

 private:
  PeerCaller& caller_;
  net::EventLoop& loop_;
};

}  // namespace

std::unique_ptr<PeerCalls> MakeLoopPeerCalls(PeerCaller& caller, net::EventLoop& loop) {
  return std::make_unique<LoopPeerCalls>(caller, loop);
}

}  // namespace mesh::frontend
