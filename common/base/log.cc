#include "common/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace mesh {
namespace {

std::shared_ptr<spdlog::logger>& Logger() {
  static std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("mesh", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ level=%l program=%n %v",
                      spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return logger;
}

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// Line breaks in a value would forge lines; quotes would end it.
void AppendValue(std::string& line, std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \"=\n\r\t\\") == value.npos;
  if (plain) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  line += '"';
}

}  // namespace

void ConfigureLog(std::string_view program, LogLevel least) {
  Logger() = Logger()->clone(std::string(program));
  Logger()->set_level(LevelOf(least));
}

void Log(LogLevel level, std::string_view event, const LogFields& fields) {
  if (!Logger()->should_log(LevelOf(level))) return;
  std::string line = "event=";
  AppendValue(line, event);
  for (const auto& [name, value] : fields) {
    line += ' ';
    line += name;
    line += '=';
    AppendValue(line, value);
  }
  Logger()->log(LevelOf(level), "{}", line);
}

bool LogLimiter::Allow(MonotonicTime now, uint64_t* suppressed) {
  const int64_t nanos = now.time_since_epoch().count();
  int64_t next = next_nanos_.load(std::memory_order_relaxed);
  const int64_t after = nanos + std::chrono::nanoseconds(interval_).count();
  if (nanos < next || !next_nanos_.compare_exchange_strong(next, after)) {
    suppressed_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  *suppressed = suppressed_.exchange(0, std::memory_order_relaxed);
  return true;
}

}  // namespace mesh
