#include "frontend/reloader.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "common/base/check.h"

namespace mesh::frontend {
namespace {

constexpr int kPeriodMs = 1000;

sigset_t Hangup() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void Reloader::BlockSignal() {
  const sigset_t set = Hangup();
  MESH_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

Reloader::Reloader(std::function<void(bool)> reload)
    : reload_(std::move(reload)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  const sigset_t set = Hangup();
  hangup_.Reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  MESH_CHECK(hangup_.valid() && wake_.valid());
  thread_ = std::thread([this] { Run(); });
}

Reloader::~Reloader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void Reloader::Request(std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(then));
  }
  ::eventfd_write(wake_.get(), 1);
}

void Reloader::Run() {
  while (true) {
    const bool forced = Wait();
    std::vector<std::function<void()>> waiting;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      waiting.swap(waiting_);
      stopping = stopping_;
    }
    if (!stopping) reload_(forced);
    for (const std::function<void()>& then : waiting) then();
    if (stopping) return;
  }
}

bool Reloader::Wait() {
  pollfd waits[] = {{wake_.get(), POLLIN, 0}, {hangup_.get(), POLLIN, 0}};
  ::poll(waits, 2, kPeriodMs);
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  signalfd_siginfo info{};
  return ::read(hangup_.get(), &info, sizeof info) == sizeof info;
}

}  // namespace mesh::frontend
