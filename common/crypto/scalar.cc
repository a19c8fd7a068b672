#include "common/crypto/scalar.h"

#include <openssl/crypto.h>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/decaf_group.h"

namespace mesh::crypto {
namespace {

template <typename Group>
void Load(std::string_view octets, WipedNumber<Group>* number) {
  MESH_CHECK(Group::Read(number->get(), Octets(octets)));
}

template <typename Group>
using Operation = void (*)(typename Group::Number*, const typename Group::Number*,
                           const typename Group::Number*);

template <typename Group>
void Apply(Operation<Group> operation, std::string_view a, std::string_view b, uint8_t* out) {
  WipedNumber<Group> left;
  WipedNumber<Group> right;
  WipedNumber<Group> result;
  Load<Group>(a, &left);
  Load<Group>(b, &right);
  operation(result.get(), left.get(), right.get());
  Group::Write(out, result.get());
}

template <typename Group>
void Invert(std::string_view octets, uint8_t* out) {
  WipedNumber<Group> number;
  Load<Group>(octets, &number);
  static_cast<void>(Group::Invert(number.get(), number.get()));  // Zero stays zero.
  Group::Write(out, number.get());
}

template <typename Group>
void ReduceTo(std::string_view octets, uint8_t* out) {
  WipedNumber<Group> number;
  Group::Reduce(number.get(), Octets(octets), octets.size());
  Group::Write(out, number.get());
}

template <typename Group>
void SetTo(uint64_t value, uint8_t* out) {
  WipedNumber<Group> number;
  Group::Set(number.get(), value);
  Group::Write(out, number.get());
}

}  // namespace

Scalar::~Scalar() { OPENSSL_cleanse(octets_.data(), octets_.size()); }

std::string_view Scalar::octets() const {
  return {reinterpret_cast<const char*>(octets_.data()), CoordinateBytes(curve_)};
}

Scalar Scalar::Reduce(Curve curve, std::string_view octets) {
  Scalar scalar(curve);
  Is448(curve) ? ReduceTo<Group448>(octets, scalar.octets_.data())
               : ReduceTo<Group25519>(octets, scalar.octets_.data());
  return scalar;
}

Result<Scalar> Scalar::FromOctets(Curve curve, std::string_view octets) {
  const Scalar scalar = Reduce(curve, octets);
  std::string padded(octets);
  padded.resize(std::max(octets.size(), scalar.octets().size()));
  std::string canonical(scalar.octets());
  canonical.resize(padded.size());
  const bool below = ConstantTimeEquals(padded, canonical);
  Wipe(padded);
  Wipe(canonical);
  if (!below) return InvalidArgument("scalar is not below the order of its group");
  return scalar;
}

Scalar Scalar::FromSmall(Curve curve, uint64_t value) {
  Scalar scalar(curve);
  Is448(curve) ? SetTo<Group448>(value, scalar.octets_.data())
               : SetTo<Group25519>(value, scalar.octets_.data());
  return scalar;
}

Scalar Scalar::operator+(const Scalar& other) const {
  MESH_CHECK(Is448(curve_) == Is448(other.curve_));
  Scalar sum(curve_);
  Is448(curve_) ? Apply<Group448>(Group448::Add, octets(), other.octets(), sum.octets_.data())
                : Apply<Group25519>(Group25519::Add, octets(), other.octets(), sum.octets_.data());
  return sum;
}

Scalar Scalar::operator-(const Scalar& other) const {
  MESH_CHECK(Is448(curve_) == Is448(other.curve_));
  Scalar difference(curve_);
  Is448(curve_)
      ? Apply<Group448>(Group448::Subtract, octets(), other.octets(), difference.octets_.data())
      : Apply<Group25519>(Group25519::Subtract, octets(), other.octets(),
                          difference.octets_.data());
  return difference;
}

Scalar Scalar::operator*(const Scalar& other) const {
  MESH_CHECK(Is448(curve_) == Is448(other.curve_));
  Scalar product(curve_);
  Is448(curve_)
      ? Apply<Group448>(Group448::Multiply, octets(), other.octets(), product.octets_.data())
      : Apply<Group25519>(Group25519::Multiply, octets(), other.octets(), product.octets_.data());
  return product;
}

Scalar Scalar::Inverse() const {
  Scalar inverse(curve_);
  Is448(curve_) ? Invert<Group448>(octets(), inverse.octets_.data())
                : Invert<Group25519>(octets(), inverse.octets_.data());
  return inverse;
}

bool Scalar::IsZero() const { return *this == FromSmall(curve_, 0); }

bool Scalar::operator==(const Scalar& other) const {
  return Is448(curve_) == Is448(other.curve_) && ConstantTimeEquals(octets(), other.octets());
}

}  // namespace mesh::crypto
