#include "common/crypto/montgomery.h"

#include <openssl/crypto.h>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/field25519.h"
#include "common/crypto/field448.h"

namespace mesh::crypto {
namespace {

constexpr char kOdd = '\x80';
constexpr char kEven = '\x00';

template <typename Field>
std::string Written(const Field& value) {
  std::string octets(Field::kBytes, '\0');
  value.Write(Octets(octets));
  return octets;
}

template <typename Field>
bool Equal(const Field& a, const Field& b) {
  uint8_t left[Field::kBytes];
  uint8_t right[Field::kBytes];
  a.Write(left);
  b.Write(right);
  return CRYPTO_memcmp(left, right, Field::kBytes) == 0;
}

template <typename Field>
bool IsOdd(const Field& value) {
  uint8_t octets[Field::kBytes];
  value.Write(octets);
  return (octets[0] & 1) != 0;
}

template <typename Field>
Field Negated(const Field& value) {
  return Field(0) - value.Times(1);
}

template <typename Field>
struct Affine {
  Field u;
  Field v;
};

template <typename Field>
std::string Encode(const Affine<Field>& point) {
  std::string octets = Written(point.u);
  octets.push_back(IsOdd(point.v) ? kOdd : kEven);
  return octets;
}

template <typename Field>
std::optional<Affine<Field>> Lift(std::string_view octets, bool odd) {
  Affine<Field> point;
  if (octets.size() != Field::kBytes || !Field::Read(Octets(octets), &point.u)) return std::nullopt;
  const Field square = (point.u.Square() + point.u.Times(Field::kCurveA) + Field(1)) * point.u;
  point.v = square.SquareRoot();
  if (!Equal(point.v.Square(), square)) return std::nullopt;
  // Without a branch: points that clients add up are shares of a secret.
  Field negative = Negated(point.v).Times(1);
  Field::Swap(0 - static_cast<uint64_t>(IsOdd(point.v) != odd), &point.v, &negative);
  // v = 0 has one parity only.
  if (IsOdd(point.v) != odd) return std::nullopt;
  return point;
}

template <typename Field>
std::optional<Affine<Field>> Decode(std::string_view octets) {
  if (octets.size() != Field::kBytes + 1) return std::nullopt;
  const char parity = octets.back();
  if (parity != kOdd && parity != kEven) return std::nullopt;
  return Lift<Field>(octets.substr(0, Field::kBytes), parity == kOdd);
}

// k P and (k + 1) P by their projective u, for a P given by its u.
template <typename Field>
struct Ladder {
  Field x1{1}, z1{0};  // k P
  Field x2, z2{1};     // (k + 1) P

  Ladder(std::string_view scalar, const Field& u);
  ~Ladder() { OPENSSL_cleanse(this, sizeof(*this)); }
  Ladder(const Ladder&) = delete;
  Ladder& operator=(const Ladder&) = delete;

 private:
  void Step(const Field& u);
};

// RFC 7748 §5: one doubling and one addition whose difference is P.
template <typename Field>
void Ladder<Field>::Step(const Field& u) {
  const Field a = x1 + z1;
  const Field b = x1 - z1;
  const Field da = (x2 - z2) * a;
  const Field cb = (x2 + z2) * b;
  const Field aa = a.Square();
  const Field bb = b.Square();
  const Field e = aa - bb;
  x2 = (da + cb).Square();
  z2 = (da - cb).Square() * u;
  x1 = aa * bb;
  z1 = e * (aa + e.Times((Field::kCurveA - 2) / 4));
}

template <typename Field>
Ladder<Field>::Ladder(std::string_view scalar, const Field& u) : x2(u) {
  uint64_t swapped = 0;
  for (size_t i = 8 * scalar.size(); i-- > 0;) {
    const uint64_t bit = static_cast<uint8_t>(scalar[i / 8]) >> (i % 8) & 1;
    const uint64_t mask = 0 - (bit ^ swapped);
    Field::Swap(mask, &x1, &x2);
    Field::Swap(mask, &z1, &z2);
    swapped = bit;
    Step(u);
  }
  Field::Swap(0 - swapped, &x1, &x2);
  Field::Swap(0 - swapped, &z1, &z2);
}

// v of k P from the ladder's two points and P (Okeya and Sakurai; the formulas of
// Costello and Smith, "Montgomery curves and their arithmetic", algorithm 5).
template <typename Field>
Affine<Field> Recover(const Ladder<Field>& ladder, const Affine<Field>& base) {
  const Field uz = base.u * ladder.z1;
  const Field az = ladder.z1.Times(2 * Field::kCurveA);
  const Field far = (ladder.x1 - uz).Square() * ladder.x2;
  const Field near = (ladder.x1 + uz + az) * (base.u * ladder.x1 + ladder.z1) - az * ladder.z1;
  const Field v = near * ladder.z2 - far;
  const Field scale = (base.v + base.v) * ladder.z1 * ladder.z2;
  const Field inverse = (scale * ladder.z1).Inverse();
  Affine<Field> result{scale * ladder.x1 * inverse, v.Times(1) * inverse};
  // When (k + 1) P is neutral the formulas divide by zero, and k P = -P.
  Affine<Field> negative{base.u.Times(1), Negated(base.v).Times(1)};
  const uint64_t mask = 0 - static_cast<uint64_t>(Equal(ladder.z2, Field(0)));
  Field::Swap(mask, &result.u, &negative.u);
  Field::Swap(mask, &result.v, &negative.v);
  return result;
}

template <typename Field>
bool IsCanonical(std::string_view u) {
  Field ignored;
  return u.size() == Field::kBytes && Field::Read(Octets(u), &ignored);
}

template <typename Field>
std::optional<std::string> LadderU(std::string_view scalar, std::string_view u) {
  Field base;
  MESH_CHECK(scalar.size() == Field::kBytes);
  if (u.size() != Field::kBytes || !Field::Read(Octets(u), &base)) return std::nullopt;
  const Ladder<Field> ladder(scalar, base);
  return Written(ladder.x1 * ladder.z1.Inverse());
}

template <typename Field>
std::string Multiply(std::string_view scalar, std::string_view point) {
  MESH_CHECK(scalar.size() == Field::kBytes);
  const auto base = Decode<Field>(point);
  MESH_CHECK(base.has_value());
  return Encode(Recover(Ladder<Field>(scalar, base->u), *base));
}

template <typename Field>
bool HasOrder(std::string_view point, std::string_view order) {
  const auto base = Decode<Field>(point);
  if (!base || Equal(base->u, Field(0))) return false;
  return Equal(Ladder<Field>(order, base->u).z1, Field(0));
}

template <typename Field>
std::optional<std::string> Add(std::string_view left, std::string_view right) {
  const auto a = Decode<Field>(left);
  const auto b = Decode<Field>(right);
  MESH_CHECK(a.has_value() && b.has_value());
  Field slope;
  if (!Equal(a->u, b->u)) {
    slope = (b->v - a->v) * (b->u - a->u).Inverse();
  } else if (Equal(a->v, b->v)) {
    const Field tangent =
        (a->u.Square().Times(3) + a->u.Times(2 * Field::kCurveA)).Times(1) + Field(1);
    slope = tangent * (a->v + a->v).Inverse();
  } else {
    return std::nullopt;
  }
  const Field taken = (a->u + b->u + Field(Field::kCurveA)).Times(1);
  const Field u = (slope.Square() - taken).Times(1);
  const Field v = slope * (a->u - u) - a->v;
  return Encode(Affine<Field>{u, v});
}

template <typename Field>
std::string Base(uint8_t u, bool odd) {
  std::string octets(Field::kBytes, '\0');
  octets[0] = static_cast<char>(u);
  const auto point = Lift<Field>(octets, odd);
  MESH_CHECK(point.has_value());
  return Encode(*point);
}

}  // namespace

bool IsCanonicalCoordinate(Curve curve, std::string_view u) {
  return Is448(curve) ? IsCanonical<Field448>(u) : IsCanonical<Field25519>(u);
}

std::optional<std::string> MontgomeryLadder(Curve curve, std::string_view scalar,
                                            std::string_view u) {
  return Is448(curve) ? LadderU<Field448>(scalar, u) : LadderU<Field25519>(scalar, u);
}

std::string MontgomeryMultiply(Curve curve, std::string_view scalar, std::string_view point) {
  return Is448(curve) ? Multiply<Field448>(scalar, point) : Multiply<Field25519>(scalar, point);
}

const std::string& MontgomeryBase(Curve curve) {
  static const std::string base448 = Base<Field448>(5, false);
  static const std::string base25519 = Base<Field25519>(9, true);
  return Is448(curve) ? base448 : base25519;
}

bool MontgomeryPointHasOrder(Curve curve, std::string_view point, std::string_view order) {
  return Is448(curve) ? HasOrder<Field448>(point, order) : HasOrder<Field25519>(point, order);
}

std::optional<std::string> MontgomeryAdd(Curve curve, std::string_view a, std::string_view b) {
  return Is448(curve) ? Add<Field448>(a, b) : Add<Field25519>(a, b);
}

std::optional<std::string> MontgomeryLift(Curve curve, std::string_view u, bool odd) {
  const auto encode = [](const auto& point) -> std::optional<std::string> {
    if (!point) return std::nullopt;
    return Encode(*point);
  };
  return Is448(curve) ? encode(Lift<Field448>(u, odd)) : encode(Lift<Field25519>(u, odd));
}

}  // namespace mesh::crypto
