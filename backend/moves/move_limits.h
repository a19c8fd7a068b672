// What bounds a move.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mesh::backend {

struct MoveLimits {
  // Of a copy, where it begins. A quarter of what a link of one Gbit/s or a small cloud disk
  // carries, so that requests have the rest. What is written meanwhile is not held back.
  uint64_t bytes_per_second = 32u << 20;
  // What may be written of the accounts and not be sent yet. At 8 MiB/s of uploads to the
  // accounts that move, half a minute.
  size_t tail_bytes = 256u << 20;
  // The freeze begins when what was written arrives within this time: so it takes about as
  // long, and the rest of it is what it takes to agree.
  std::chrono::milliseconds lag_max{100};
  // A freeze that takes longer is given up where it began: early enough for requests that came when
  // it began to be served there within their deadline (kRequestTime).
  std::chrono::milliseconds freeze_max{3000};
  // A source that sends nothing for so long is gone: at the slowest rate a message takes 8 s, and
  // with nothing to send it says so all the time.
  std::chrono::milliseconds silence_max{60'000};
  // Copies of one move that fail before it is aborted.
  uint32_t restarts_max = 20;
  // Records of moves that are over are kept for people, for a week: each look reads them all.
  std::chrono::hours record_time{7 * 24};
  // How often the records of moves are looked at.
  std::chrono::milliseconds poll_interval{500};
};

}  // namespace mesh::backend
