// libdecaf's two groups behind one shape, so that EdDSA and scalars are written
// once. For .cc files of this folder.
//
// libdecaf computes in a group of prime order that stands for the curve without
// its cofactor. Reading an encoded Edwards point multiplies it by kDecodeRatio,
// writing one by kEncodeRatio; users divide their scalars accordingly.

#pragma once

#include <decaf.h>
#include <decaf/ed255.h>
#include <decaf/ed448.h>

#include <cstddef>
#include <cstdint>

namespace mesh::crypto {

struct Group448 {
  using Number = decaf_448_scalar_s;
  using Point = decaf_448_point_s;
  static constexpr size_t kScalarBytes = DECAF_448_SCALAR_BYTES;
  static constexpr size_t kPointBytes = DECAF_EDDSA_448_PUBLIC_BYTES;
  static constexpr uint64_t kEncodeRatio = DECAF_448_EDDSA_ENCODE_RATIO;
  static constexpr uint64_t kDecodeRatio = DECAF_448_EDDSA_DECODE_RATIO;

  static bool Read(Number* n, const uint8_t* octets) {
    return decaf_448_scalar_decode(n, octets) == DECAF_SUCCESS;
  }
  static void Reduce(Number* n, const uint8_t* octets, size_t size) {
    decaf_448_scalar_decode_long(n, octets, size);
  }
  static void Write(uint8_t* octets, const Number* n) { decaf_448_scalar_encode(octets, n); }
  static void Set(Number* n, uint64_t value) { decaf_448_scalar_set_unsigned(n, value); }
  static void Add(Number* r, const Number* a, const Number* b) { decaf_448_scalar_add(r, a, b); }
  static void Subtract(Number* r, const Number* a, const Number* b) {
    decaf_448_scalar_sub(r, a, b);
  }
  static void Multiply(Number* r, const Number* a, const Number* b) {
    decaf_448_scalar_mul(r, a, b);
  }
  // Zero, and false, for zero.
  static bool Invert(Number* r, const Number* a) {
    return decaf_448_scalar_invert(r, a) == DECAF_SUCCESS;
  }
  static void Wipe(Number* n) { decaf_448_scalar_destroy(n); }

  static bool Read(Point* p, const uint8_t* octets) {
    return decaf_448_point_decode_like_eddsa_and_mul_by_ratio(p, octets) == DECAF_SUCCESS;
  }
  static void Write(uint8_t* octets, const Point* p) {
    decaf_448_point_mul_by_ratio_and_encode_like_eddsa(octets, p);
  }
  static void Add(Point* r, const Point* a, const Point* b) { decaf_448_point_add(r, a, b); }
  static void Multiply(Point* r, const Point* p, const Number* n) {
    decaf_448_point_scalarmul(r, p, n);
  }
  static void MultiplyBase(Point* r, const Number* n) {
    decaf_448_precomputed_scalarmul(r, decaf_448_precomputed_base, n);
  }
  // Whether nothing of the point is left without its cofactor part.
  static bool IsNeutral(const Point* p) {
    return decaf_448_point_eq(p, decaf_448_point_identity) == DECAF_TRUE;
  }
  static void Wipe(Point* p) { decaf_448_point_destroy(p); }
};

struct Group25519 {
  using Number = decaf_255_scalar_s;
  using Point = decaf_255_point_s;
  static constexpr size_t kScalarBytes = DECAF_255_SCALAR_BYTES;
  static constexpr size_t kPointBytes = DECAF_EDDSA_25519_PUBLIC_BYTES;
  static constexpr uint64_t kEncodeRatio = DECAF_255_EDDSA_ENCODE_RATIO;
  static constexpr uint64_t kDecodeRatio = DECAF_255_EDDSA_DECODE_RATIO;

  static bool Read(Number* n, const uint8_t* octets) {
    return decaf_255_scalar_decode(n, octets) == DECAF_SUCCESS;
  }
  static void Reduce(Number* n, const uint8_t* octets, size_t size) {
    decaf_255_scalar_decode_long(n, octets, size);
  }
  static void Write(uint8_t* octets, const Number* n) { decaf_255_scalar_encode(octets, n); }
  static void Set(Number* n, uint64_t value) { decaf_255_scalar_set_unsigned(n, value); }
  static void Add(Number* r, const Number* a, const Number* b) { decaf_255_scalar_add(r, a, b); }
  static void Subtract(Number* r, const Number* a, const Number* b) {
    decaf_255_scalar_sub(r, a, b);
  }
  static void Multiply(Number* r, const Number* a, const Number* b) {
    decaf_255_scalar_mul(r, a, b);
  }
  // Zero, and false, for zero.
  static bool Invert(Number* r, const Number* a) {
    return decaf_255_scalar_invert(r, a) == DECAF_SUCCESS;
  }
  static void Wipe(Number* n) { decaf_255_scalar_destroy(n); }

  static bool Read(Point* p, const uint8_t* octets) {
    return decaf_255_point_decode_like_eddsa_and_mul_by_ratio(p, octets) == DECAF_SUCCESS;
  }
  static void Write(uint8_t* octets, const Point* p) {
    decaf_255_point_mul_by_ratio_and_encode_like_eddsa(octets, p);
  }
  static void Add(Point* r, const Point* a, const Point* b) { decaf_255_point_add(r, a, b); }
  static void Multiply(Point* r, const Point* p, const Number* n) {
    decaf_255_point_scalarmul(r, p, n);
  }
  static void MultiplyBase(Point* r, const Number* n) {
    decaf_255_precomputed_scalarmul(r, decaf_255_precomputed_base, n);
  }
  // Whether nothing of the point is left without its cofactor part.
  static bool IsNeutral(const Point* p) {
    return decaf_255_point_eq(p, decaf_255_point_identity) == DECAF_TRUE;
  }
  static void Wipe(Point* p) { decaf_255_point_destroy(p); }
};

// A number or point that wipes itself.
template <typename Group, typename T>
class Wiped {
 public:
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { Group::Wipe(&value_); }
  T* get() { return &value_; }
  const T* get() const { return &value_; }

 private:
  T value_;
};
template <typename Group>
using WipedNumber = Wiped<Group, typename Group::Number>;
template <typename Group>
using WipedPoint = Wiped<Group, typename Group::Point>;

}  // namespace mesh::crypto
