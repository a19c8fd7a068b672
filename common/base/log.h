// Structured log lines: one event, then key=value pairs, on standard error.
//
// Lines hold no account, device or container name, no key and no secret. A kind
// of line that could repeat without bound goes through a LogLimiter.
//
// Thread-safe. Writing a line may block on standard error.

#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"

namespace mesh {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogFields = std::vector<std::pair<std::string_view, std::string>>;

// Sets the least level that is written, and the program's name at the front of
// every line. Called once, before other threads start.
void ConfigureLog(std::string_view program, LogLevel least);

// Writes one line: time, level, program, `event`, then the fields. Values with
// spaces or quotes are quoted.
void Log(LogLevel level, std::string_view event, const LogFields& fields = {});

// Lets one line through per `interval` and counts the others. Thread-safe; one
// per kind of line, usually static.
class LogLimiter {
 public:
  explicit LogLimiter(std::chrono::seconds interval = std::chrono::seconds(1))
      : interval_(interval) {}

  // True when the caller should write its line; `*suppressed` is how many were
  // held back since the last one.
  bool Allow(MonotonicTime now, uint64_t* suppressed);

 private:
  const std::chrono::seconds interval_;
  std::atomic<int64_t> next_nanos_{0};
  std::atomic<uint64_t> suppressed_{0};
};

}  // namespace mesh
