// Peers knows the Mesh Services of other domains, for all threads of a front end: one thread
// of its own asks them and verifies what they say (docs/OPERATIONS.md, "Other services").

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/discovery/name_servers.h"
#include "frontend/peers/peer_metrics.h"
#include "frontend/peers/peer_pins.h"
#include "frontend/peers/peer_service.h"
#include "frontend/peers/peer_transport.h"

namespace mesh::frontend {

struct PeerOptions {
  discovery::NameServers name_servers;  // Has passed CheckNameServers.
  std::string ca_file;                  // As PeerTransportOptions.
  std::string pins_file;                // Empty: no pins.
  bool allow_private = false;           // As PeerTransportOptions.
};

class Peers {
 public:
  // `clock`, `registry` and `incidents`, which is thread-safe and may be null, outlive this. As
  // PeerPinFile::Reload if the pins cannot be read.
  static Result<std::unique_ptr<Peers>> Start(const PeerOptions& options, const Clock& clock,
                                              Registry& registry,
                                              IncidentSink* incidents = nullptr);
  // Ends the thread; whoever waits is told kUnavailable.
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  // The service of `domain`, in lower case: at once if it is known, else it is asked, once for
  // all who want it. `done` is called exactly once, on the thread of Peers, by the deadline or
  // soon after, or before Find returns when too many wait; it must not block. Any thread; does
  // not block.
  void Find(std::string domain, Deadline deadline, const PeerDone& done);

  // The service of `domain` is not where it was: its hosts are looked up anew, in the background,
  // when somebody asks for it next. Any thread; does not block.
  void Doubt(std::string domain);

  // Reads the pins again, always or if the file has changed. On failure they stay. Any
  // thread; blocks on the disk.
  Status ReloadPins(bool always);

 private:
  class Worker;
  using Work = std::function<void(Worker&)>;

  Peers(const PeerOptions& options, const Clock& clock, Registry& registry,
        IncidentSink* incidents);
  void Run();
  void Post(Work work);
  std::vector<Work> TakeWork();

  const PeerOptions options_;
  const Clock& clock_;
  PeerMetrics metrics_;
  PeerPinFile pins_;
  PeerTransport transport_;  // Of the thread, but for Wake.
  std::mutex mutex_;
  std::vector<Work> work_;  // Guarded by mutex_. What Find puts there is bounded.
  size_t finds_ = 0;        // Guarded by mutex_: of work_.
  bool stopping_ = false;   // Guarded by mutex_.
  std::thread thread_;      // Last: it uses all of the above.
};

}  // namespace mesh::frontend
