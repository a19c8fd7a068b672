// Pins: which service a domain is, told by the operator in advance (--peer-pins).

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/base/published.h"
#include "common/base/status.h"

namespace mesh::frontend {

// From domain, in lower case, to the canonical UDF of its ProfileService.
using PeerPins = std::map<std::string, std::string, std::less<>>;

// Reads the text of a file: {"example.com": "MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4"}.
// kInvalidArgument, saying what is wrong and with which domain.
Result<PeerPins> ParsePeerPins(std::string_view text);

// The file of pins. Thread-safe; reading may block on the disk, so not on an event loop.
class PeerPinFile {
 public:
  // Without a path there are no pins.
  explicit PeerPinFile(std::string path);

  // Reads the file. On failure the pins stay: kUnavailable if it cannot be read, and as
  // ParsePeerPins.
  Status Reload();
  // Reload, if the file differs from what was last read; whether it was read.
  Result<bool> ReloadIfChanged();

  // Never null.
  std::shared_ptr<const PeerPins> current() const { return pins_.current(); }

 private:
  std::string State() const;
  Status Read();

  const std::string path_;
  std::mutex mutex_;
  std::string state_;  // Guarded by mutex_: of the file as last read.
  Published<PeerPins> pins_;
};

}  // namespace mesh::frontend
