#include "frontend/forwarder/forwarder_thread.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "common/crypto/random.h"

namespace mesh::frontend {
namespace {

// Without anything to do the thread sleeps; this only bounds one sleep.
constexpr std::chrono::seconds kSleepMax{1};

}  // namespace

struct ForwarderThread::State {
  State(ForwarderOptions its_options, Environment its_environment)
      : options(std::move(its_options)), environment(std::move(its_environment)) {}

  void Run(std::promise<Status>& started);
  void Rounds(Forwarder& its_forwarder);
  bool AwaitIdle(Deadline deadline);

  const ForwarderOptions options;
  const Environment environment;
  std::thread thread;
  // Set by the thread before it reports that it has started, and constant then.
  net::EventLoop* loop = nullptr;
  Forwarder* forwarder = nullptr;
  // Of the thread.
  bool stopping = false;

  std::mutex mutex;
  std::condition_variable changed;
  bool idle = false;      // Guarded by mutex: draining, and nothing is leased.
  bool draining = false;  // Of the thread.
};

void ForwarderThread::State::Run(std::promise<Status>& started) {
  auto made = net::MakeEventLoop(environment.io, {}, environment.clock);
  if (!made.ok()) return started.set_value(made.status());
  const std::unique_ptr<net::EventLoop> its_loop = *std::move(made);
  const std::unique_ptr<PeerCalls> peers = environment.make_peers(*its_loop);
  std::unique_ptr<Router> router = environment.make_router(*its_loop);
  Forwarder its_forwarder(options, {environment.clock, crypto::SystemRandom(), environment.map,
                                    *router, *peers, environment.metrics});
  loop = its_loop.get();
  forwarder = &its_forwarder;
  started.set_value(Status());
  Rounds(its_forwarder);
  its_forwarder.Close();
  router.reset();  // Answers what is open, to a forwarder that is still there.
}

void ForwarderThread::State::Rounds(Forwarder& its_forwarder) {
  while (!stopping) {
    its_forwarder.Tick();
    if (draining && its_forwarder.idle()) {
      const std::lock_guard lock(mutex);
      idle = true;
      changed.notify_all();
    }
    const MonotonicTime now = environment.clock.Now();
    const MonotonicTime next = its_forwarder.NextTick(now + kSleepMax);
    loop->RunOnce(std::max(Duration::zero(), Duration(next - now)));
  }
}

bool ForwarderThread::State::AwaitIdle(Deadline deadline) {
  std::unique_lock lock(mutex);
  return changed.wait_until(lock, deadline, [this] { return idle; });
}

Result<std::unique_ptr<ForwarderThread>> ForwarderThread::Start(ForwarderOptions options,
                                                                Environment environment) {
  auto state = std::make_unique<State>(std::move(options), std::move(environment));
  std::promise<Status> started;
  std::future<Status> outcome = started.get_future();
  state->thread = std::thread(
      [&state = *state, promise = std::move(started)]() mutable { state.Run(promise); });
  const Status status = outcome.get();
  if (!status.ok()) {
    state->thread.join();
    return status;
  }
  return std::unique_ptr<ForwarderThread>(new ForwarderThread(std::move(state)));
}

ForwarderThread::ForwarderThread(std::unique_ptr<State> state) : state_(std::move(state)) {}

ForwarderThread::~ForwarderThread() {
  state_->loop->Post([state = state_.get()] { state->stopping = true; });
  state_->thread.join();
}

void ForwarderThread::Nudge(std::string account) {
  state_->loop->Post(
      [state = state_.get(), account = std::move(account)] { state->forwarder->Nudge(account); });
}

void ForwarderThread::BeginDrain() {
  state_->loop->Post([state = state_.get()] {
    state->draining = true;
    state->forwarder->Drain();
  });
}

bool ForwarderThread::AwaitDrained(Deadline deadline) { return state_->AwaitIdle(deadline); }

}  // namespace mesh::frontend
