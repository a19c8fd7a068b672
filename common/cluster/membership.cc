#include "common/cluster/membership.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "common/base/log.h"

namespace mesh::cluster {
namespace {

// While the name cannot be had yet, and how often the wait looks whether it is still wanted.
constexpr std::chrono::milliseconds kRetry{500};
constexpr std::chrono::milliseconds kLook{50};
constexpr std::chrono::milliseconds kKeepEvery{kNodeLeaseSeconds * 1000 / 5};

}  // namespace

Membership::Membership(const OwnershipOptions& options, DataDir data_dir, ClusterStore& store,
                       const Clock& clock, const BootClock& boot_clock, Registry& registry)
    : options_(options),
      store_(store),
      clock_(clock),
      ownership_(options, std::move(data_dir), store, clock, boot_clock),
      errors_(registry.GetCounter("mesh_etcd_membership_errors_total",
                                  "Renewals of the name and of the registration that failed.")) {
  registry.AddCallback("mesh_owner_lease_left_seconds",
                       "How long this back end may serve without another renewal.", {}, false,
                       [this] { return ownership_.SecondsLeft(); });
}

Membership::~Membership() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (registration_ != nullptr) registration_->Leave();
}

bool Membership::Acquire(const std::function<bool()>& stopped) {
  ownership_.Resume();
  while (!stopped()) {
    // What the process before had is as good as new: nobody else can have been given the name.
    if (ownership_.Owned()) return true;
    Renew();
    if (ownership_.Owned()) return true;
    const MonotonicTime until = clock_.In(kRetry);
    while (clock_.Now() < until && !stopped()) SleepUntil(clock_.In(kLook));
  }
  return false;
}

void Membership::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Membership::Register(std::function<NodeRecord()> record) {
  auto registration = std::make_unique<Registration>(
      options_.cluster, options_.name, std::move(record), store_, clock_, options_.answer_time);
  {
    const std::lock_guard lock(mutex_);
    registration_ = std::move(registration);
    next_keep_ = MonotonicTime();
  }
  wake_.notify_all();
}

void Membership::Run() {
  pthread_setname_np(pthread_self(), "membership");
  MonotonicTime next;
  do {
    if (clock_.Now() >= next_renewal_) Renew();
    Keep();
    const std::lock_guard lock(mutex_);
    next = registration_ == nullptr ? next_renewal_ : std::min(next_renewal_, next_keep_);
  } while (SleepUntil(next));
}

// False at the end.
bool Membership::SleepUntil(MonotonicTime time) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, time, [this, time] {
    return stopping_ || (registration_ != nullptr && next_keep_ < time);
  });
  return !stopping_;
}

void Membership::Renew() {
  const bool owned = ownership_.Owned();
  const Status status = ownership_.Renew();
  next_renewal_ = clock_.In(ownership_.interval());
  if (status.ok()) return;
  errors_.Add();
  Tell(owned && !ownership_.Owned() ? "the name is lost: nothing is served"
                                    : "the name was not renewed",
       status);
}

void Membership::Keep() {
  Registration* registration = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (registration_ == nullptr || clock_.Now() < next_keep_) return;
    next_keep_ = clock_.In(kKeepEvery);
    registration = registration_.get();
  }
  if (!ownership_.Owned()) return;
  const Status status = registration->Keep();
  if (status.ok()) return;
  errors_.Add();
  Tell("this back end is not registered", status);
}

void Membership::Tell(const char* event, const Status& status) {
  static LogLimiter limiter(std::chrono::seconds(5));
  uint64_t suppressed = 0;
  if (!limiter.Allow(clock_.Now(), &suppressed)) return;
  Log(LogLevel::kWarning, event,
      {{"name", options_.name},
       {"why", status.message()},
       {"suppressed", std::to_string(suppressed)}});
}

}  // namespace mesh::cluster
