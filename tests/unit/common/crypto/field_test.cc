// The two fields at their edges: limbs that are all ones, values next to p.

#include <gtest/gtest.h>

#include <string>

#include "common/base/bytes.h"
#include "common/crypto/field25519.h"
#include "common/crypto/field448.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

template <typename Field>
struct Prime;
template <>
struct Prime<Field448> {
  static std::string Octets() { return std::string(28, '\xff') + "\xfe" + std::string(27, '\xff'); }
};
template <>
struct Prime<Field25519> {
  static std::string Octets() { return "\xed" + std::string(30, '\xff') + "\x7f"; }
};

template <typename Field>
class FieldTest : public testing::Test {
 protected:
  // p + `offset`, for small offsets that do not borrow or carry far.
  static std::string NearPrime(int offset) {
    std::string octets = Prime<Field>::Octets();
    int carry = offset;
    for (char& octet : octets) {
      carry += static_cast<uint8_t>(octet);
      octet = static_cast<char>(carry & 0xff);
      carry >>= 8;
    }
    return octets;
  }
  static Field Read(const std::string& octets) {
    Field value;
    EXPECT_TRUE(Field::Read(Octets(octets), &value));
    return value;
  }
  static std::string Written(const Field& value) {
    std::string octets(Field::kBytes, '\0');
    value.Write(Octets(octets));
    return octets;
  }
  static std::string Small(uint8_t value) {
    std::string octets(Field::kBytes, '\0');
    octets[0] = static_cast<char>(value);
    return octets;
  }
};

using Fields = testing::Types<Field448, Field25519>;
TYPED_TEST_SUITE(FieldTest, Fields);

TYPED_TEST(FieldTest, ReadsWhatIsBelowThePrimeAndNothingElse) {
  TypeParam value;
  EXPECT_TRUE(TypeParam::Read(Octets(this->NearPrime(-1)), &value));
  EXPECT_FALSE(TypeParam::Read(Octets(this->NearPrime(0)), &value));
  EXPECT_FALSE(TypeParam::Read(Octets(this->NearPrime(1)), &value));
  EXPECT_FALSE(TypeParam::Read(Octets(std::string(TypeParam::kBytes, '\xff')), &value));
}

TYPED_TEST(FieldTest, WritesWhatItRead) {
  for (const std::string& octets : {this->NearPrime(-1), this->NearPrime(-200), this->Small(0)}) {
    EXPECT_EQ(this->Written(this->Read(octets)), octets);
  }
}

TYPED_TEST(FieldTest, MinusOneSquaredIsOne) {
  const TypeParam minus_one = this->Read(this->NearPrime(-1));
  EXPECT_EQ(this->Written(minus_one * minus_one), this->Small(1));
  EXPECT_EQ(this->Written(minus_one.Square()), this->Small(1));
  EXPECT_EQ(this->Written(minus_one + TypeParam(1)), this->Small(0));
}

TYPED_TEST(FieldTest, SubtractsBelowZero) {
  EXPECT_EQ(this->Written(TypeParam(0) - TypeParam(1)), this->NearPrime(-1));
  EXPECT_EQ(this->Written(TypeParam(0) - this->Read(this->NearPrime(-1))), this->Small(1));
}

TYPED_TEST(FieldTest, DifferencesAndSumsMayBeMultipliedAtOnce) {
  const TypeParam big = this->Read(this->NearPrime(-1));
  const TypeParam sum = big + big;                  // -2
  const TypeParam difference = TypeParam(0) - big;  // 1
  EXPECT_EQ(this->Written(sum * difference), this->NearPrime(-2));
  EXPECT_EQ(this->Written(sum.Square()), this->Small(4));
  EXPECT_EQ(this->Written(sum.Times(100)), this->NearPrime(-200));
}

TYPED_TEST(FieldTest, InverseUndoesMultiplication) {
  const TypeParam value = this->Read(this->NearPrime(-12345));
  EXPECT_EQ(this->Written(value * value.Inverse()), this->Small(1));
  EXPECT_EQ(this->Written(TypeParam(0).Inverse()), this->Small(0));
}

TYPED_TEST(FieldTest, RootOfASquareIsARoot) {
  for (const int offset : {-1, -2, -3, -77, -4096}) {
    const TypeParam square = this->Read(this->NearPrime(offset)).Square();
    EXPECT_EQ(this->Written(square.SquareRoot().Square()), this->Written(square));
  }
}

TYPED_TEST(FieldTest, SwapsOnlyWhenTold) {
  TypeParam a(1);
  TypeParam b(2);
  TypeParam::Swap(0, &a, &b);
  EXPECT_EQ(this->Written(a), this->Small(1));
  TypeParam::Swap(~uint64_t{0}, &a, &b);
  EXPECT_EQ(this->Written(a), this->Small(2));
  EXPECT_EQ(this->Written(b), this->Small(1));
}

}  // namespace
}  // namespace mesh::crypto
