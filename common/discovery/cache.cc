#include "common/discovery/cache.h"

#include <algorithm>
#include <utility>

#include "common/discovery/limits.h"

namespace mesh::discovery {

const Result<std::vector<Candidate>>* Cache::Find(std::string_view domain, MonotonicTime now) {
  const auto found = entries_.find(domain);
  if (found == entries_.end()) return nullptr;
  if (now < found->second.end) return &found->second.candidates;
  entries_.erase(found);
  return nullptr;
}

void Cache::Keep(const std::string& domain, Outcome outcome, MonotonicTime now) {
  const MonotonicTime end = now + std::clamp(outcome.ttl, kTtlMin, kTtlMax);
  if (!entries_.contains(domain)) MakeRoom();
  entries_.insert_or_assign(domain, Entry{std::move(outcome.candidates), end});
}

void Cache::MakeRoom() {
  if (entries_.size() < kCachedDomainsMax) return;
  entries_.erase(
      std::min_element(entries_.begin(), entries_.end(),
                       [](const auto& a, const auto& b) { return a.second.end < b.second.end; }));
}

}  // namespace mesh::discovery
