#include "common/crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>

#include "common/base/bytes.h"
#include "common/base/check.h"

namespace mesh::crypto {
namespace {

class OpensslRandom final : public RandomSource {
 public:
  void Fill(std::span<uint8_t> out) override {
    MESH_CHECK(RAND_bytes_ex(nullptr, out.data(), out.size(), 0) == 1);
  }
};

}  // namespace

RandomSource& SystemRandom() {
  static OpensslRandom random;
  return random;
}

void BufferedRandom::Fill(std::span<uint8_t> out) {
  if (out.size() > kBytes) return source_.Fill(out);
  if (out.size() > kBytes - used_) {
    source_.Fill(buffer_);
    used_ = 0;
  }
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(used_), out.size(), out.begin());
  used_ += out.size();
}

std::string RandomBytes(size_t count, RandomSource& source) {
  std::string octets(count, '\0');
  source.Fill({Octets(octets), octets.size()});
  return octets;
}

}  // namespace mesh::crypto
