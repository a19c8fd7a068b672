// ConnectionStats counts what one event loop's connections do.
//
// Written by the loop's thread only, read by any: plain loads and stores, so counting
// costs no locked instruction.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mesh::connection {

// A number with one writing thread and any number of readers.
class Counter {
 public:
  void Add(uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void Subtract(uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// What a connection may be waiting for when its time runs out.
enum class TimeoutKind : uint8_t { kHandshake, kHeader, kBody, kIdle, kWrite, kLinger };
inline constexpr size_t kTimeoutKinds = 6;
// "handshake", "header", "body", "idle", "write" or "linger": for a metric's label.
const char* TimeoutName(TimeoutKind kind);

// The HTTP statuses with which requests are refused before they reach the service.
inline constexpr std::array<int, 9> kRefusalStatuses = {400, 408, 413, 414, 417,
                                                        431, 501, 503, 505};

struct ConnectionStats {
  Counter accepted;
  Counter open;          // Now.
  Counter refused_full;  // Closed at once because the loop was full.
  Counter handshakes_ok;
  Counter handshakes_resumed;  // Of those.
  Counter handshakes_failed;
  Counter bytes_in;  // As on the wire.
  Counter bytes_out;
  Counter requests;   // Given to the handler.
  Counter in_flight;  // Now: given and not answered.
  Counter broken;     // Ended by an error of the socket or of TLS.
  std::array<Counter, kRefusalStatuses.size()> refusals;  // In the order of kRefusalStatuses.
  std::array<Counter, kTimeoutKinds> timeouts;            // By TimeoutKind.

  void CountRefusal(int status);
  void CountTimeout(TimeoutKind kind) { timeouts[static_cast<size_t>(kind)].Add(); }
};

}  // namespace mesh::connection
