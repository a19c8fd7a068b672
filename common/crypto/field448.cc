#include "common/crypto/field448.h"

namespace mesh::crypto {

bool Field448::Read(const uint8_t* octets, Field448* out) {
  for (size_t i = 0; i < kLimbs; ++i) {
    uint64_t limb = 0;
    for (size_t j = 7; j > 0; --j) limb = limb << 8 | octets[7 * i + j - 1];
    out->limb_[i] = limb;
  }
  uint8_t canonical[kBytes];
  out->Write(canonical);
  uint8_t difference = 0;
  for (size_t i = 0; i < kBytes; ++i) {
    difference = static_cast<uint8_t>(difference | (canonical[i] ^ octets[i]));
  }
  return difference == 0;
}

void Field448::Write(uint8_t* octets) const {
  // A product is below 2^448 plus little; so is this, after which one p at most is too much.
  const Field448 value = Times(1);
  // value + 2^224 + 1 reaches 2^448 exactly when value is not below p.
  uint64_t carry = 1;
  for (size_t i = 0; i < kLimbs; ++i) {
    carry = (value.limb_[i] + (i == 4 ? 1 : 0) + carry) >> 56;
  }
  const uint64_t excess = carry;
  carry = excess;
  for (size_t i = 0; i < kLimbs; ++i) {
    const uint64_t limb = value.limb_[i] + (i == 4 ? excess : 0) + carry;
    carry = limb >> 56;
    for (size_t j = 0; j < 7; ++j) octets[7 * i + j] = static_cast<uint8_t>(limb >> (8 * j));
  }
}

Field448 Field448::SquareTimes(int times) const {
  Field448 power = *this;
  for (int i = 0; i < times; ++i) power = power.Square();
  return power;
}

// From the leading bit of `ones` down: doubling the run of ones, then adding one.
Field448 Field448::OnesPower(int ones) const {
  Field448 power = *this;
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

// p - 2 in binary: 223 ones, a zero, 222 ones, 01.
Field448 Field448::Inverse() const {
  return (OnesPower(223).SquareTimes(223) * OnesPower(222)).SquareTimes(2) * *this;
}

// p = 3 mod 4, so the root is this^((p + 1) / 4), and (p + 1) / 4 = (2^224 - 1) 2^222.
Field448 Field448::SquareRoot() const { return OnesPower(224).SquareTimes(222); }

}  // namespace mesh::crypto
