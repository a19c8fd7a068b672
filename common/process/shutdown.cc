#include "common/process/shutdown.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "common/base/check.h"

namespace mesh {
namespace {

sigset_t Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Shutdown::Shutdown() : requested_(::eventfd(0, EFD_CLOEXEC)) {
  const sigset_t set = Signals();
  MESH_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  signals_.Reset(::signalfd(-1, &set, SFD_CLOEXEC));
  MESH_CHECK(signals_.valid() && requested_.valid());
  std::signal(SIGPIPE, SIG_IGN);
}

Shutdown::~Shutdown() {
  const sigset_t set = Signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

int Shutdown::Wait() {
  pollfd waits[] = {{signals_.get(), POLLIN, 0}, {requested_.get(), POLLIN, 0}};
  while (::poll(waits, 2, -1) < 0) {
  }
  int number = 0;
  signalfd_siginfo info{};
  if (waits[0].revents != 0 && ::read(signals_.get(), &info, sizeof info) == sizeof info) {
    number = static_cast<int>(info.ssi_signo);
  }
  const sigset_t set = Signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return number;
}

bool Shutdown::Requested() const {
  pollfd looks[] = {{signals_.get(), POLLIN, 0}, {requested_.get(), POLLIN, 0}};
  return ::poll(looks, 2, 0) > 0;
}

void Shutdown::Request() { ::eventfd_write(requested_.get(), 1); }

}  // namespace mesh
