#include "common/crypto/edwards.h"

#include "common/base/bytes.h"
#include "common/crypto/decaf_group.h"

namespace mesh::crypto {
namespace {

// The encoding of (0, 1).
std::string Neutral(Curve curve) {
  std::string octets(PublicKeyBytes(curve), '\0');
  octets[0] = 1;
  return octets;
}

template <typename Group>
const Scalar& EncodeRatioInverse(Curve curve) {
  static const Scalar inverse = Scalar::FromSmall(curve, Group::kEncodeRatio).Inverse();
  return inverse;
}

template <typename Group>
const Scalar& RatioInverse(Curve curve) {
  static const Scalar inverse =
      Scalar::FromSmall(curve, Group::kEncodeRatio * Group::kDecodeRatio).Inverse();
  return inverse;
}

template <typename Group>
std::string Write(const typename Group::Point* point) {
  std::string octets(Group::kPointBytes, '\0');
  Group::Write(Octets(octets), point);
  return octets;
}

template <typename Group>
std::string MultiplyBase(Curve curve, const Scalar& scalar) {
  WipedNumber<Group> number;
  WipedPoint<Group> point;
  const Scalar corrected = scalar * EncodeRatioInverse<Group>(curve);
  static_cast<void>(Group::Read(number.get(), Octets(corrected.octets())));  // A Scalar is below L.
  Group::MultiplyBase(point.get(), number.get());
  return Write<Group>(point.get());
}

template <typename Group>
std::optional<std::string> Multiply(Curve curve, const Scalar& scalar, std::string_view octets) {
  WipedNumber<Group> number;
  WipedPoint<Group> point;
  if (octets.size() != Group::kPointBytes || !Group::Read(point.get(), Octets(octets))) {
    return std::nullopt;
  }
  const Scalar corrected = scalar * RatioInverse<Group>(curve);
  static_cast<void>(Group::Read(number.get(), Octets(corrected.octets())));  // A Scalar is below L.
  Group::Multiply(point.get(), point.get(), number.get());
  std::string product = Write<Group>(point.get());
  if (ConstantTimeEquals(product, Neutral(curve))) return std::nullopt;
  return product;
}

template <typename Group>
std::optional<std::string> Add(Curve curve, std::string_view a, std::string_view b) {
  typename Group::Point left;
  typename Group::Point right;
  typename Group::Number number;
  if (a.size() != Group::kPointBytes || !Group::Read(&left, Octets(a))) return std::nullopt;
  if (b.size() != Group::kPointBytes || !Group::Read(&right, Octets(b))) return std::nullopt;
  Group::Add(&left, &left, &right);
  static_cast<void>(Group::Read(&number, Octets(RatioInverse<Group>(curve).octets())));
  Group::Multiply(&left, &left, &number);
  std::string sum = Write<Group>(&left);
  if (ConstantTimeEquals(sum, Neutral(curve))) return std::nullopt;
  return sum;
}

template <typename Group>
bool IsSmall(std::string_view octets) {
  typename Group::Point point;
  return octets.size() != Group::kPointBytes || !Group::Read(&point, Octets(octets)) ||
         Group::IsNeutral(&point);
}

}  // namespace

std::string EdwardsMultiplyBase(Curve curve, const Scalar& scalar) {
  return Is448(curve) ? MultiplyBase<Group448>(curve, scalar)
                      : MultiplyBase<Group25519>(curve, scalar);
}

std::optional<std::string> EdwardsMultiply(Curve curve, const Scalar& scalar,
                                           std::string_view point) {
  return Is448(curve) ? Multiply<Group448>(curve, scalar, point)
                      : Multiply<Group25519>(curve, scalar, point);
}

std::optional<std::string> EdwardsAdd(Curve curve, std::string_view a, std::string_view b) {
  return Is448(curve) ? Add<Group448>(curve, a, b) : Add<Group25519>(curve, a, b);
}

// libdecaf forgets the part of a point whose order divides the cofactor: a point comes
// back from multiplication by one unchanged only if it had no such part.
bool EdwardsPointIsGood(Curve curve, std::string_view point) {
  return EdwardsMultiply(curve, Scalar::FromSmall(curve, 1), point) == point;
}

bool EdwardsPointIsSmall(Curve curve, std::string_view point) {
  return Is448(curve) ? IsSmall<Group448>(point) : IsSmall<Group25519>(point);
}

}  // namespace mesh::crypto
