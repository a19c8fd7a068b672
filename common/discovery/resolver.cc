#include "common/discovery/resolver.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <future>
#include <span>
#include <utility>

#include "common/base/check.h"
#include "common/discovery/limits.h"

namespace mesh::discovery {
namespace {

// Without anything to do the thread sleeps; this only bounds one sleep.
constexpr std::chrono::seconds kSleepMax{60};

// For poll, upwards: too early would be a busy loop.
int Millis(Duration duration) {
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace

Resolver::Resolver(ResolverOptions options, const Clock& clock, RandomNumber random)
    : options_(std::move(options)),
      clock_(clock),
      random_(std::move(random)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  MESH_CHECK(wake_.valid());
  thread_ = std::thread([this] { Run(); });
}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void Resolver::Resolve(std::string domain, Deadline deadline, const TargetsDone& done) {
  if (Put({std::move(domain), deadline, done})) {
    ::eventfd_write(wake_.get(), 1);
  } else {
    done(Status(Code::kResourceExhausted, "too many wait for DNS"));
  }
}

bool Resolver::Put(Request request) {
  const std::lock_guard lock(mutex_);
  if (requests_.size() >= kWaitingMax) return false;
  requests_.push_back(std::move(request));
  return true;
}

Result<std::vector<ServiceTarget>> Resolver::ResolveNow(std::string domain, Deadline deadline) {
  std::promise<Result<std::vector<ServiceTarget>>> promise;
  Resolve(std::move(domain), deadline, [&](Result<std::vector<ServiceTarget>> targets) {
    promise.set_value(std::move(targets));
  });
  return promise.get_future().get();
}

bool Resolver::Take(std::vector<Request>* requests) {
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  const std::lock_guard lock(mutex_);
  requests->swap(requests_);
  return !stopping_;
}

void Resolver::Run() {
  LookupTable table(options_, clock_, random_);
  std::vector<pollfd> polls;
  bool running = true;
  while (running) {
    polls.assign(1, {wake_.get(), POLLIN, 0});
    const Duration wait = table.AddPolls(&polls, kSleepMax);
    ::poll(polls.data(), polls.size(), Millis(wait));
    table.Process(std::span(polls).subspan(1));
    std::vector<Request> requests;
    running = Take(&requests);
    for (Request& request : requests) {
      table.Resolve(request.domain, request.deadline, std::move(request.done));
    }
  }
}

}  // namespace mesh::discovery
