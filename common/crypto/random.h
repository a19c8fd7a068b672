// Random octets, injected: code that needs them is given a RandomSource, and only
// composition roots and tests choose which.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace mesh::crypto {

// Outlives everything that was given it.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // Fills `out` with octets nobody can predict. Never fails, never blocks.
  virtual void Fill(std::span<uint8_t> out) = 0;
};

// The operating system's generator through OpenSSL. Thread-safe; lives as long as
// the process. When it cannot deliver, the process ends: there is nothing safe to do.
RandomSource& SystemRandom();

std::string RandomBytes(size_t count, RandomSource& source = SystemRandom());

}  // namespace mesh::crypto
