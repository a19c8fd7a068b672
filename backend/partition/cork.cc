#include "backend/partition/cork.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace mesh::backend {
namespace {

struct Deferred {
  size_t depth = 0;
  std::vector<CorkTarget*> targets;  // A handful: searched, not hashed.
};

Deferred& OfThisThread() {
  thread_local Deferred deferred;
  return deferred;
}

}  // namespace

Cork::Cork() { ++OfThisThread().depth; }

Cork::~Cork() {
  Deferred& deferred = OfThisThread();
  if (deferred.depth > 1) {
    --deferred.depth;
    return;
  }
  // Uncorking may hand over more (a target that runs things at once).
  while (!deferred.targets.empty()) {
    std::vector<CorkTarget*> targets = std::exchange(deferred.targets, {});
    for (CorkTarget* target : targets) target->Uncork();
    targets.clear();
    if (deferred.targets.empty()) deferred.targets = std::move(targets);  // Its memory.
  }
  --deferred.depth;
}

bool Cork::Defer(CorkTarget& target) {
  Deferred& deferred = OfThisThread();
  if (deferred.depth == 0) {
    target.Uncork();
    return true;
  }
  const auto found = std::find(deferred.targets.begin(), deferred.targets.end(), &target);
  if (found != deferred.targets.end()) return false;
  deferred.targets.push_back(&target);
  return true;
}

}  // namespace mesh::backend
