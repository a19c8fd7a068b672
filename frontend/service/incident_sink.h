// Where the parts of a front end say what they refuse.

#pragma once

#include <functional>
#include <string_view>

#include "common/mesh/incident.h"

namespace mesh::frontend {

// For one event loop's thread, unless it says otherwise.
class IncidentSink {
 public:
  virtual ~IncidentSink() = default;

  // Counts one that happens now. `source` and `account` as in Incident. Cheap, never blocks and
  // never fails: nothing of a request may wait for it.
  virtual void Note(IncidentKind kind, std::string_view reason, std::string_view source,
                    std::string_view account) = 0;

  // Tells now what would be told later, if it is told to somebody else; then, or when that has
  // failed, calls `done`, perhaps before this returns.
  virtual void TellNow(std::function<void()> done) { done(); }
};

}  // namespace mesh::frontend
