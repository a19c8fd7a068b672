#include "frontend/forwarder/destination.h"

#include <algorithm>
#include <tuple>

#include "proto/mesh.pb.h"

namespace mesh::frontend {

size_t Destination::Room(Duration time) const {
  if (took <= Duration::zero()) return kWaitingMin;
  const auto rounds = static_cast<size_t>(time / took);
  return std::clamp(window.limit() * std::min(rounds, kWaitingMax), kWaitingMin, kWaitingMax);
}

void Destination::Finished(Duration its_time) {
  window.Finished(its_time);
  took = took <= Duration::zero() ? its_time : took + (its_time - took) / 8;
}

Destination* Destinations::Find(const std::string& name, MonotonicTime now) {
  auto found = all_.find(name);
  if (found == all_.end()) {
    if (all_.size() >= kDestinationsMax && !MakeRoom()) return nullptr;
    found = all_.try_emplace(name).first;
  }
  found->second.used = now;
  return &found->second;
}

// Forgets an idle one: before others one that answers, and of those the one that was not needed
// for longest.
bool Destinations::MakeRoom() {
  const auto least = std::min_element(all_.begin(), all_.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const Destination& one) {
      return std::tuple(!one.idle(), one.circuit.open(), one.used);
    };
    return rank(a.second) < rank(b.second);
  });
  if (!least->second.idle()) return false;
  all_.erase(least);
  return true;
}

}  // namespace mesh::frontend
