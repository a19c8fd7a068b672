// Random octets, injected: code that needs them is given a RandomSource, and only
// composition roots and tests choose which.

#pragma once

#include <array>
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

// Octets of another source, drawn many at a time: for salts and the like, which are sent in
// the clear at once. Never for keys. For one thread.
class BufferedRandom final : public RandomSource {
 public:
  explicit BufferedRandom(RandomSource& source) : source_(source) {}
  void Fill(std::span<uint8_t> out) override;

 private:
  static constexpr size_t kBytes = 2048;

  RandomSource& source_;
  std::array<uint8_t, kBytes> buffer_;
  size_t used_ = kBytes;
};

std::string RandomBytes(size_t count, RandomSource& source = SystemRandom());

}  // namespace mesh::crypto
