// Cache keeps what lookups came to for as long as DNS says, within kTtlMin and kTtlMax.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/discovery/lookup.h"

namespace mesh::discovery {

// For one thread. Holds at most kCachedDomainsMax domains; the one that would end first
// makes room.
class Cache {
 public:
  // What is known of `domain` at `now`; null if nothing. Valid until the next call.
  const Result<std::vector<Candidate>>* Find(std::string_view domain, MonotonicTime now);
  void Keep(const std::string& domain, Outcome outcome, MonotonicTime now);

 private:
  struct Entry {
    Result<std::vector<Candidate>> candidates;
    MonotonicTime end;
  };

  void MakeRoom();

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace mesh::discovery
