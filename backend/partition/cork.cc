#include "backend/partition/cork.h"

#include <algorithm>
#include <cstddef>

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
  // Uncorking may defer again (a target that runs things at once), so by position.
  if (deferred.depth == 1) {
    for (size_t i = 0; i < deferred.targets.size(); ++i) deferred.targets[i]->Uncork();
    deferred.targets.clear();
  }
  --deferred.depth;
}

void Cork::Defer(CorkTarget& target) {
  Deferred& deferred = OfThisThread();
  if (deferred.depth == 0) {
    target.Uncork();
    return;
  }
  const auto found = std::find(deferred.targets.begin(), deferred.targets.end(), &target);
  if (found == deferred.targets.end()) deferred.targets.push_back(&target);
}

}  // namespace mesh::backend
