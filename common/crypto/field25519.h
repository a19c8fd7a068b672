// Arithmetic modulo p = 2^255 - 19, for the Montgomery ladder on Curve25519.
// Internal to common/crypto. Shape and rules of field448.h.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/crypto/field448.h"

namespace mesh::crypto {

// Five limbs of 51 bits, least significant first.
class Field25519 {
 public:
  static constexpr size_t kBytes = 32;
  static constexpr size_t kLimbs = 5;
  static constexpr uint64_t kCurveA = 486662;

  Field25519() = default;
  explicit Field25519(uint64_t small) { limb_[0] = small; }

  static bool Read(const uint8_t* octets, Field25519* out);
  void Write(uint8_t* octets) const;

  friend Field25519 operator+(const Field25519& a, const Field25519& b) {
    Field25519 sum;
    for (size_t i = 0; i < kLimbs; ++i) sum.limb_[i] = a.limb_[i] + b.limb_[i];
    return sum;
  }
  friend Field25519 operator-(const Field25519& a, const Field25519& b) {
    Field25519 difference;
    for (size_t i = 0; i < kLimbs; ++i) {
      difference.limb_[i] = a.limb_[i] + (i == 0 ? 2 * kMask - 36 : 2 * kMask) - b.limb_[i];
    }
    return difference;
  }
  friend Field25519 operator*(const Field25519& a, const Field25519& b) {
    Wide sum[2 * kLimbs - 1] = {};
    for (size_t i = 0; i < kLimbs; ++i) {
      for (size_t j = 0; j < kLimbs; ++j) sum[i + j] += static_cast<Wide>(a.limb_[i]) * b.limb_[j];
    }
    return Fold(sum);
  }
  Field25519 Square() const { return *this * *this; }
  Field25519 Times(uint64_t factor) const {
    Wide sum[2 * kLimbs - 1] = {};
    for (size_t i = 0; i < kLimbs; ++i) sum[i] = static_cast<Wide>(limb_[i]) * factor;
    return Fold(sum);
  }

  static void Swap(uint64_t mask, Field25519* a, Field25519* b) {
    for (size_t i = 0; i < kLimbs; ++i) {
      const uint64_t difference = mask & (a->limb_[i] ^ b->limb_[i]);
      a->limb_[i] ^= difference;
      b->limb_[i] ^= difference;
    }
  }

  Field25519 Inverse() const;
  Field25519 SquareRoot() const;

 private:
  static constexpr uint64_t kMask = (uint64_t{1} << 51) - 1;

  static Field25519 Fold(Wide* sum);
  Field25519 OnesPower(int ones) const;
  Field25519 SquareTimes(int times) const;

  std::array<uint64_t, kLimbs> limb_{};
};

// 2^255 = 19: column k counts 19-fold in column k-5.
inline Field25519 Field25519::Fold(Wide* sum) {
  for (size_t k = 2 * kLimbs - 2; k >= kLimbs; --k) sum[k - kLimbs] += sum[k] * 19;
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t i = 0; i + 1 < kLimbs; ++i) {
      sum[i + 1] += sum[i] >> 51;
      sum[i] &= kMask;
    }
    const Wide carry = sum[kLimbs - 1] >> 51;
    sum[kLimbs - 1] &= kMask;
    sum[0] += carry * 19;
  }
  Field25519 folded;
  for (size_t i = 0; i < kLimbs; ++i) folded.limb_[i] = static_cast<uint64_t>(sum[i]);
  return folded;
}

}  // namespace mesh::crypto
