// Destinations of messages: each partition of ours and each domain of others, with what waits
// for it, how much may be under way and whether it is tried at all.

#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "frontend/forwarder/circuit.h"
#include "frontend/forwarder/transfer_window.h"

namespace mesh::proto {
class OutboxEntry;
}

namespace mesh::frontend {

// Destinations that are remembered: some 300 octets each, besides what waits.
inline constexpr size_t kDestinationsMax = 4096;
// Messages that may wait for one, whatever it takes; and at most.
inline constexpr size_t kWaitingMin = 16;
inline constexpr size_t kWaitingMax = 1024;

// A message that is leased here.
struct LeasedMessage {
  std::unique_ptr<const proto::OutboxEntry> entry;
  MonotonicTime begin_by{};  // Begun later, its lease might end before its transfer.
};
using LeasedPtr = std::shared_ptr<const LeasedMessage>;

struct Destination {
  TransferWindow window;
  Circuit circuit;
  std::deque<LeasedPtr> waiting;
  size_t under_way = 0;
  Duration took{};       // By the last transfers: each counts an eighth.
  bool pumping = false;  // Transfers are being begun.
  MonotonicTime used{};

  bool idle() const { return waiting.empty() && under_way == 0; }
  // Messages that may wait: about as many as it will take within `time`.
  size_t Room(Duration time) const;
  // A transfer has ended.
  void Finished(Duration its_time);
};

// For one thread.
class Destinations {
 public:
  // The one of this name, made if it is not there; null: there is no room. Stays until it is idle
  // and another one needs its place.
  Destination* Find(const std::string& name, MonotonicTime now);

  std::map<std::string, Destination>& all() { return all_; }

 private:
  bool MakeRoom();

  std::map<std::string, Destination> all_;
};

}  // namespace mesh::frontend
