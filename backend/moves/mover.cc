#include "backend/moves/mover.h"

#include <pthread.h>

#include <utility>

namespace mesh::backend {

Mover::Mover(PartitionSet& partitions, const Environment& environment, std::string_view cluster,
             cluster::ClusterStore& store, std::unique_ptr<SourceLink> link,
             const MoveLimits& limits, Registry& registry, std::function<bool()> owned)
    : limits_(limits),
      owned_(std::move(owned)),
      metrics_(registry),
      link_(std::move(link)),
      ledger_(cluster, store, environment.clock),
      source_(partitions, environment, limits, metrics_),
      target_(partitions, environment, ledger_, *link_, limits, metrics_) {}

Mover::~Mover() {
  Stop();
  if (taking_.joinable()) taking_.join();
  if (giving_.joinable()) giving_.join();
}

void Mover::Run() {
  taking_ = std::thread([this] { Loop("moves-in", [this] { target_.Round(); }); });
  giving_ = std::thread([this] {
    Loop("moves-out", [this] {
      source_.Tend(ledger_);
      target_.Watch();
    });
  });
}

void Mover::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  source_.Stop();
  target_.Stop();
}

void Mover::Loop(const char* name, const std::function<void()>& look) {
  pthread_setname_np(pthread_self(), name);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    if (owned_()) look();
    lock.lock();
    stop_.wait_for(lock, limits_.poll_interval, [this] { return stopping_; });
  }
}

}  // namespace mesh::backend
