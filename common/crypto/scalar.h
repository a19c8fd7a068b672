// Scalar: a number modulo the order L of a curve's prime-order subgroup. Composite
// keys are sums of such numbers, threshold keys their shares.
//
// Values: copyable, each copy wipes itself. All operations take time that does not
// depend on the numbers. Both operands are of one group (X448 with Ed448, X25519
// with Ed25519); anything else is our own mistake and ends the process.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/curve.h"

namespace mesh::crypto {

class Scalar {
 public:
  // `octets` little-endian, up to 57 of them; kInvalidArgument unless the number is below L.
  static Result<Scalar> FromOctets(Curve curve, std::string_view octets);
  // The little-endian number modulo L, whatever its length.
  static Scalar Reduce(Curve curve, std::string_view octets);
  static Scalar FromSmall(Curve curve, uint64_t value);

  Scalar(const Scalar&) = default;
  Scalar& operator=(const Scalar&) = default;
  ~Scalar();

  Scalar operator+(const Scalar& other) const;
  Scalar operator-(const Scalar& other) const;
  Scalar operator*(const Scalar& other) const;
  // 1/this; the inverse of zero is zero.
  Scalar Inverse() const;
  bool IsZero() const;
  bool operator==(const Scalar& other) const;

  Curve curve() const { return curve_; }
  // Little-endian, 56 octets for the 448-bit curves and 32 for the others, borrowed.
  std::string_view octets() const;

 private:
  explicit Scalar(Curve curve) : curve_(curve), octets_{} {}

  Curve curve_;
  std::array<uint8_t, 56> octets_;
};

}  // namespace mesh::crypto
