#include "bench/load/report.h"

#include <unistd.h>

#include <cstdio>
#include <numeric>

#include "common/encoding/json_writer.h"

namespace mesh::load {
namespace {

struct Point {
  const char* name;
  double share;
};
constexpr Point kPoints[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};

int64_t Micros(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

template <typename... Values>
std::string Format(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

int64_t PerSecond(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<int64_t>(static_cast<double>(count) / seconds) : 0;
}

void WriteLatency(const Latency& latency, json::Writer& writer) {
  writer.BeginObject();
  for (const Point& point : kPoints) {
    writer.Member(point.name).Int(Micros(latency.Percentile(point.share)));
  }
  writer.Member("max").Int(Micros(latency.max()));
  writer.Member("mean").Int(Micros(latency.Mean()));
  writer.EndObject();
}

void WriteAction(const ActionTally& tally, json::Writer& writer) {
  writer.BeginObject();
  writer.Member("succeeded").Int(static_cast<int64_t>(tally.succeeded));
  writer.Member("refused").BeginObject();
  for (const auto& [status, count] : tally.refused) {
    writer.Member(std::to_string(status)).Int(static_cast<int64_t>(count));
  }
  writer.EndObject();
  writer.Member("lost").Int(static_cast<int64_t>(tally.lost));
  writer.Member("latency_us");
  WriteLatency(tally.latency, writer);
  writer.EndObject();
}

void WriteCounts(const char* name, const TextCounts& counts, json::Writer& writer) {
  writer.Member(name).BeginObject();
  for (const auto& [text, count] : counts.counts()) {
    writer.Member(text).Int(static_cast<int64_t>(count));
  }
  writer.EndObject();
}

void AppendCounts(const std::string& name, const TextCounts& counts, std::string* text) {
  for (const auto& [told, count] : counts.counts()) {
    *text += std::to_string(count) + " " + name + ": " + told + "\n";
  }
}

uint64_t Sent(const ActionTally& tally) { return tally.succeeded + tally.Refused() + tally.lost; }

}  // namespace

uint64_t ActionTally::Refused() const {
  return std::accumulate(refused.begin(), refused.end(), uint64_t{0},
                         [](uint64_t sum, const auto& item) { return sum + item.second; });
}

uint64_t Tally::Succeeded() const {
  uint64_t sum = 0;
  for (const ActionTally& action : actions) sum += action.succeeded;
  return sum;
}

uint64_t Tally::Failed() const {
  uint64_t sum = 0;
  for (const ActionTally& action : actions) sum += action.Refused() + action.lost;
  return sum;
}

bool Tally::NothingServed() const {
  return Failed() > 0 && Succeeded() == 0 && again_succeeded == 0;
}

Latency Tally::AllLatency() const {
  Latency all;
  for (const ActionTally& action : actions) all.Merge(action.latency);
  return all;
}

Progress::Progress(bool quiet, MonotonicTime start)
    : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) != 0), start_(start), next_(start) {}

Progress::~Progress() {
  if (open_) std::fputc('\n', stderr);
}

void Progress::Show(MonotonicTime now, const std::string& line) {
  if (quiet_ || now < next_) return;
  next_ = now + (terminal_ ? std::chrono::milliseconds(250) : std::chrono::milliseconds(10'000));
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s  %s", Elapsed(now).c_str(), line.c_str());
    open_ = true;
  } else {
    std::fprintf(stderr, "%s  %s\n", Elapsed(now).c_str(), line.c_str());
  }
}

std::string Progress::Elapsed(MonotonicTime now) const {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - start_).count()) +
         "s";
}

std::string ProgressLine(const Tally& tally, double seconds, size_t connected) {
  const Latency all = tally.AllLatency();
  return Format(
      "%zu connections  %lld/s  %llu done  %llu entries  %llu failed  p50 %lld us  "
      "p99 %lld us",
      connected, static_cast<long long>(PerSecond(tally.Succeeded(), seconds)),
      static_cast<unsigned long long>(tally.Succeeded()),
      static_cast<unsigned long long>(tally.entries_acknowledged),
      static_cast<unsigned long long>(tally.Failed()),
      static_cast<long long>(Micros(all.Percentile(0.5))),
      static_cast<long long>(Micros(all.Percentile(0.99))));
}

std::string TextReport(const Tally& tally, double seconds) {
  std::string text = Format("%-14s%10s%10s%8s%10s%10s%10s%10s%10s\n", "request", "good", "refused",
                            "lost", "per s", "p50 us", "p99 us", "p999 us", "max us");
  for (size_t i = 0; i < kActionCount; ++i) {
    const ActionTally& action = tally.actions[i];
    if (Sent(action) == 0) continue;
    text += Format("%-14s%10llu%10llu%8llu%10lld%10lld%10lld%10lld%10lld\n", kActionNames[i],
                   static_cast<unsigned long long>(action.succeeded),
                   static_cast<unsigned long long>(action.Refused()),
                   static_cast<unsigned long long>(action.lost),
                   static_cast<long long>(PerSecond(action.succeeded, seconds)),
                   static_cast<long long>(Micros(action.latency.Percentile(0.5))),
                   static_cast<long long>(Micros(action.latency.Percentile(0.99))),
                   static_cast<long long>(Micros(action.latency.Percentile(0.999))),
                   static_cast<long long>(Micros(action.latency.max())));
  }
  AppendCounts("refused", tally.said, &text);
  AppendCounts("lost at", tally.lost_at, &text);
  AppendCounts("wrong read", tally.wrong_reads, &text);
  AppendCounts("asked again in vain", tally.again_failed, &text);
  text += Format("%.1f s, %llu entries acknowledged, %llu connections lost, %llu never sent\n",
                 seconds, static_cast<unsigned long long>(tally.entries_acknowledged),
                 static_cast<unsigned long long>(tally.connections_lost),
                 static_cast<unsigned long long>(tally.never_sent));
  return text;
}

std::string JsonReport(const Options& options, const Tally& tally, double seconds) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Member("connections").Int(static_cast<int64_t>(options.connections));
  writer.Member("milliseconds").Int(static_cast<int64_t>(seconds * 1000));
  writer.Member("succeeded").Int(static_cast<int64_t>(tally.Succeeded()));
  writer.Member("failed").Int(static_cast<int64_t>(tally.Failed()));
  writer.Member("requests_per_second").Int(PerSecond(tally.Succeeded(), seconds));
  writer.Member("entries_acknowledged").Int(static_cast<int64_t>(tally.entries_acknowledged));
  writer.Member("connections_lost").Int(static_cast<int64_t>(tally.connections_lost));
  writer.Member("exchanges").Int(static_cast<int64_t>(tally.exchanges));
  writer.Member("never_sent").Int(static_cast<int64_t>(tally.never_sent));
  writer.Member("bytes_sent").Int(static_cast<int64_t>(tally.bytes_sent));
  writer.Member("bytes_received").Int(static_cast<int64_t>(tally.bytes_received));
  writer.Member("actions").BeginObject();
  for (size_t i = 0; i < kActionCount; ++i) {
    if (Sent(tally.actions[i]) == 0) continue;
    writer.Member(kActionNames[i]);
    WriteAction(tally.actions[i], writer);
  }
  writer.EndObject();
  WriteCounts("said", tally.said, writer);
  WriteCounts("lost_at", tally.lost_at, writer);
  WriteCounts("wrong_reads", tally.wrong_reads, writer);
  writer.Member("again_succeeded").Int(static_cast<int64_t>(tally.again_succeeded));
  WriteCounts("again_failed", tally.again_failed, writer);
  writer.Member("latency_us");
  WriteLatency(tally.AllLatency(), writer);
  writer.EndObject();
  return text;
}

}  // namespace mesh::load
