// A RandomSource that gives out octets chosen beforehand, for tests that must know what
// comes out.

#pragma once

#include <algorithm>
#include <string>

#include "common/base/check.h"
#include "common/crypto/random.h"

namespace mesh {

class FixedRandom final : public crypto::RandomSource {
 public:
  explicit FixedRandom(std::string octets) : octets_(std::move(octets)) {}

  // Ends the test program when more is asked for than there is.
  void Fill(std::span<uint8_t> out) override {
    MESH_CHECK(out.size() <= octets_.size());
    std::copy_n(octets_.begin(), out.size(), out.begin());
    octets_.erase(0, out.size());
  }

 private:
  std::string octets_;
};

}  // namespace mesh
