#include "common/crypto/field25519.h"

namespace mesh::crypto {
namespace {

// The `count` bits of the little-endian number from `first` on.
uint64_t Bits(const uint8_t* octets, size_t first, size_t count) {
  uint64_t bits = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t at = first + i;
    bits |= static_cast<uint64_t>(octets[at / 8] >> (at % 8) & 1) << i;
  }
  return bits;
}

}  // namespace

bool Field25519::Read(const uint8_t* octets, Field25519* out) {
  for (size_t i = 0; i < kLimbs; ++i) {
    // The last limb takes the 256th bit too, so that it makes the number too large.
    out->limb_[i] = Bits(octets, 51 * i, i + 1 == kLimbs ? 52 : 51);
  }
  uint8_t canonical[kBytes];
  out->Write(canonical);
  uint8_t difference = 0;
  for (size_t i = 0; i < kBytes; ++i) {
    difference = static_cast<uint8_t>(difference | (canonical[i] ^ octets[i]));
  }
  return difference == 0;
}

void Field25519::Write(uint8_t* octets) const {
  const Field25519 value = Times(1);
  // value + 19 reaches 2^255 exactly when value is not below p.
  uint64_t carry = 19;
  for (size_t i = 0; i < kLimbs; ++i) carry = (value.limb_[i] + carry) >> 51;
  carry *= 19;
  Wide pending = 0;
  size_t bits = 0;
  size_t at = 0;
  for (size_t i = 0; i < kLimbs; ++i) {
    const uint64_t limb = value.limb_[i] + carry;
    carry = limb >> 51;
    pending |= static_cast<Wide>(limb & kMask) << bits;
    for (bits += 51; bits >= 8; bits -= 8, pending >>= 8) {
      octets[at++] = static_cast<uint8_t>(pending);
    }
  }
  octets[at] = static_cast<uint8_t>(pending);
}

Field25519 Field25519::SquareTimes(int times) const {
  Field25519 power = *this;
  for (int i = 0; i < times; ++i) power = power.Square();
  return power;
}

// From the leading bit of `ones` down: doubling the run of ones, then adding one.
Field25519 Field25519::OnesPower(int ones) const {
  Field25519 power = *this;
  int run = 1;
  int bit = 0;
  while (ones >> (bit + 1) != 0) ++bit;
  for (--bit; bit >= 0; --bit) {
    power = power.SquareTimes(run) * power;
    run *= 2;
    if ((ones >> bit & 1) != 0) {
      power = power.Square() * *this;
      ++run;
    }
  }
  return power;
}

// p - 2 = (2^250 - 1) 2^5 + 11.
Field25519 Field25519::Inverse() const {
  const Field25519 eleven = SquareTimes(3) * Square() * *this;
  return OnesPower(250).SquareTimes(5) * eleven;
}

// p = 5 mod 8: this^((p + 3) / 8) is the root or sqrt(-1) times away from it, and
// (p + 3) / 8 = 2 (2^251 - 1). sqrt(-1) = 2^((p - 1) / 4), where (p - 1) / 4 = (2^250 - 1) 8 + 3.
Field25519 Field25519::SquareRoot() const {
  const Field25519 two(2);
  const Field25519 minus_one_root = two.OnesPower(250).SquareTimes(3) * two.Square() * two;
  Field25519 root = OnesPower(251).Square();
  Field25519 other = root * minus_one_root;
  uint8_t wanted[kBytes];
  uint8_t square[kBytes];
  Write(wanted);
  root.Square().Write(square);
  uint64_t difference = 0;
  for (size_t i = 0; i < kBytes; ++i) difference |= static_cast<uint64_t>(wanted[i] ^ square[i]);
  Swap(0 - ((0 - difference) >> 63), &root, &other);
  return root;
}

}  // namespace mesh::crypto
