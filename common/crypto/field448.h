// Arithmetic modulo p = 2^448 - 2^224 - 1, for the Montgomery ladder on Curve448.
// Internal to common/crypto.
//
// Time depends on no value: no branch and no table index comes from a number.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mesh::crypto {

__extension__ typedef unsigned __int128 Wide;  // A product of two limbs and some sums.

// Eight limbs of 56 bits, least significant first. Limbs may run over by a bit or
// two between operations: sums and differences of products may be multiplied, sums
// of sums may not.
class Field448 {
 public:
  static constexpr size_t kBytes = 56;
  static constexpr size_t kLimbs = 8;
  static constexpr uint64_t kCurveA = 156326;  // v^2 = u^3 + A u^2 + u

  Field448() = default;
  explicit Field448(uint64_t small) { limb_[0] = small; }

  // False when the little-endian number is not below p; the value is then meaningless.
  static bool Read(const uint8_t* octets, Field448* out);
  // The canonical number, little-endian.
  void Write(uint8_t* octets) const;

  friend Field448 operator+(const Field448& a, const Field448& b) {
    Field448 sum;
    for (size_t i = 0; i < kLimbs; ++i) sum.limb_[i] = a.limb_[i] + b.limb_[i];
    return sum;
  }
  // `b` is a product or was just read.
  friend Field448 operator-(const Field448& a, const Field448& b) {
    Field448 difference;
    for (size_t i = 0; i < kLimbs; ++i) {
      difference.limb_[i] = a.limb_[i] + (i == 4 ? 2 * kMask - 2 : 2 * kMask) - b.limb_[i];
    }
    return difference;
  }
  friend Field448 operator*(const Field448& a, const Field448& b) {
    Wide sum[2 * kLimbs - 1] = {};
    for (size_t i = 0; i < kLimbs; ++i) {
      for (size_t j = 0; j < kLimbs; ++j) sum[i + j] += static_cast<Wide>(a.limb_[i]) * b.limb_[j];
    }
    return Fold(sum);
  }
  Field448 Square() const {
    Wide sum[2 * kLimbs - 1] = {};
    for (size_t i = 0; i < kLimbs; ++i) {
      sum[2 * i] += static_cast<Wide>(limb_[i]) * limb_[i];
      for (size_t j = i + 1; j < kLimbs; ++j) {
        sum[i + j] += static_cast<Wide>(2 * limb_[i]) * limb_[j];
      }
    }
    return Fold(sum);
  }
  // `factor` below 2^20.
  Field448 Times(uint64_t factor) const {
    Wide sum[2 * kLimbs - 1] = {};
    for (size_t i = 0; i < kLimbs; ++i) sum[i] = static_cast<Wide>(limb_[i]) * factor;
    return Fold(sum);
  }

  // Exchanges the two when `mask` is all ones, not when it is zero.
  static void Swap(uint64_t mask, Field448* a, Field448* b) {
    for (size_t i = 0; i < kLimbs; ++i) {
      const uint64_t difference = mask & (a->limb_[i] ^ b->limb_[i]);
      a->limb_[i] ^= difference;
      b->limb_[i] ^= difference;
    }
  }

  // Zero for zero.
  Field448 Inverse() const;
  // A square root when there is one; otherwise something whose square is not this.
  Field448 SquareRoot() const;

 private:
  static constexpr uint64_t kMask = (uint64_t{1} << 56) - 1;

  static Field448 Fold(Wide* sum);
  // this^(2^ones - 1)
  Field448 OnesPower(int ones) const;
  Field448 SquareTimes(int times) const;

  std::array<uint64_t, kLimbs> limb_{};
};

// Brings the 15 columns of a product back to 8 limbs: 2^448 = 2^224 + 1 says that
// column k counts in columns k-8 and k-4.
inline Field448 Field448::Fold(Wide* sum) {
  for (size_t k = 2 * kLimbs - 2; k >= kLimbs; --k) {
    sum[k - 8] += sum[k];
    sum[k - 4] += sum[k];
  }
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t i = 0; i + 1 < kLimbs; ++i) {
      sum[i + 1] += sum[i] >> 56;
      sum[i] &= kMask;
    }
    const Wide carry = sum[7] >> 56;
    sum[7] &= kMask;
    sum[0] += carry;
    sum[4] += carry;
  }
  Field448 folded;
  for (size_t i = 0; i < kLimbs; ++i) folded.limb_[i] = static_cast<uint64_t>(sum[i]);
  return folded;
}

}  // namespace mesh::crypto
