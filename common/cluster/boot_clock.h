// Time since the machine was started, which goes on while it sleeps and which a new process on
// it shares with the one before: what leases are judged by.

#pragma once

#include <cstdint>
#include <string>

namespace mesh::cluster {

// Thread-safe.
class BootClock {
 public:
  virtual ~BootClock() = default;
  virtual int64_t NowNanos() const = 0;
  // Of this run of the machine: differs after every start.
  virtual std::string BootId() const = 0;
};

// The machine's own (CLOCK_BOOTTIME).
class SystemBootClock final : public BootClock {
 public:
  int64_t NowNanos() const override;
  std::string BootId() const override;
};

}  // namespace mesh::cluster
