#include "common/crypto/threshold.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/key_agreement.h"
#include "common/encoding/base64url.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

std::string OneOctet(Curve curve, uint8_t u, size_t size) {
  std::string octets(size, '\0');
  octets[0] = static_cast<char>(u);
  EXPECT_TRUE(size == CoordinateBytes(curve) || size == PublicKeyBytes(curve));
  return octets;
}

class ThresholdTest : public testing::TestWithParam<Curve> {
 protected:
  Curve curve() const { return GetParam(); }
  Curve other() const { return Is448(curve()) ? Curve::kX25519 : Curve::kX448; }
  Code Refusal(std::string_view octets) const {
    const auto point = ParseSharedPoint(curve(), octets);
    if (!point.ok()) return point.status().code();
    return ContributeTo(*point, key_.scalar()).status().code();
  }
  Code RefusalOf(uint8_t u) const { return Refusal(OneOctet(curve(), u, PublicKeyBytes(curve()))); }

  const PrivateKey key_ = PrivateKey::Generate(curve());
  const PublicKey point_ = PrivateKey::Generate(curve()).public_key();
};
INSTANTIATE_TEST_SUITE_P(Curves, ThresholdTest, testing::Values(Curve::kX448, Curve::kX25519),
                         [](const auto& param) { return std::string(CurveName(param.param)); });

TEST_P(ThresholdTest, TwoSharesAgreeOnWhatTheKeyAgreesOn) {
  const KeyShares shares = SplitKey(key_);
  const auto first = ContributeTo(point_, shares.first);
  const auto second = ContributeTo(point_, shares.second);
  EXPECT_EQ(*JoinContributions(*first, *second), *Agree(key_, point_.octets));
}

TEST_P(ThresholdTest, OneShareAloneOrThoseOfTwoMembersDoNot) {
  const KeyShares alice = SplitKey(key_);
  const KeyShares bob = SplitKey(key_);
  const std::string whole = *Agree(key_, point_.octets);
  const auto first = ContributeTo(point_, alice.first);
  EXPECT_NE(first->coordinate(), whole);
  EXPECT_NE(*JoinContributions(*first, *ContributeTo(point_, bob.second)), whole);
  EXPECT_FALSE(alice.first == bob.first);
}

TEST_P(ThresholdTest, CoefficientsAreNumbersModuloL) {
  const Scalar share = SplitKey(key_).first;
  const PublicKey plain = *ContributeTo(point_, share);
  const Scalar three = Scalar::FromSmall(curve(), 3);
  const PublicKey thrice = *MultiplyPoint(three, plain);
  EXPECT_EQ(*ContributeTo(point_, share, "\x01"), plain);
  EXPECT_EQ(*ContributeTo(point_, share, "\x03"), thrice);
  const Scalar minus_one = Scalar::FromSmall(curve(), 0) - Scalar::FromSmall(curve(), 1);
  std::string order_and_three(minus_one.octets());  // L + 3, which ends in no carry.
  order_and_three[0] = static_cast<char>(order_and_three[0] + 4);
  EXPECT_EQ(*ContributeTo(point_, share, order_and_three), thrice);
}

// Two of three holders of a polynomial's values, each with its factor (threshold-03 §4.2).
TEST_P(ThresholdTest, LagrangeCoefficientsJoinSharesOfAPolynomial) {
  const Scalar slope = SplitKey(key_).first;
  const Scalar one = Scalar::FromSmall(curve(), 1), three = Scalar::FromSmall(curve(), 3);
  const Scalar at_one = key_.scalar() + slope, at_three = key_.scalar() + slope * three;
  const Scalar factor_one = three * (three - one).Inverse();
  const Scalar factor_three = one * (one - three).Inverse();
  const auto first = ContributeTo(point_, at_one, factor_one.octets());
  const auto second = ContributeTo(point_, at_three, factor_three.octets());
  EXPECT_EQ(*JoinContributions(*first, *second), *Agree(key_, point_.octets));
}

TEST_P(ThresholdTest, NothingComesOfZeroOrAnotherCurve) {
  const Scalar share = SplitKey(key_).first;
  EXPECT_FALSE(ContributeTo(point_, Scalar::FromSmall(curve(), 0)).ok());
  EXPECT_FALSE(ContributeTo(point_, share, std::string(1, '\0')).ok());
  EXPECT_FALSE(ContributeTo(point_, Scalar::FromSmall(other(), 1)).ok());
  const PublicKey contribution = *ContributeTo(point_, share);
  PublicKey negative = contribution;
  negative.octets.back() = static_cast<char>(negative.octets.back() ^ '\x80');
  EXPECT_FALSE(JoinContributions(contribution, negative).ok());
  EXPECT_FALSE(JoinContributions(contribution, PrivateKey::Generate(other()).public_key()).ok());
}

TEST_P(ThresholdTest, AGoodPointIsTaken) {
  EXPECT_EQ(*ParseSharedPoint(curve(), point_.octets), point_);
}

TEST_P(ThresholdTest, AUAloneIsNotServed) {
  EXPECT_EQ(Refusal(point_.coordinate()), Code::kUnimplemented);
  EXPECT_EQ(Refusal(point_.octets + '\0'), Code::kInvalidArgument);
  EXPECT_EQ(Refusal(""), Code::kInvalidArgument);
}

TEST_P(ThresholdTest, PointsOfTheTwistOrOfAnotherOrderAreRefused) {
  EXPECT_EQ(RefusalOf(0), Code::kInvalidArgument);                       // Order 2.
  EXPECT_EQ(RefusalOf(1), Code::kInvalidArgument);                       // Order 4, or the twist.
  EXPECT_EQ(RefusalOf(Is448(curve()) ? 6 : 2), Code::kInvalidArgument);  // The twist.
  EXPECT_EQ(RefusalOf(Is448(curve()) ? 2 : 4), Code::kInvalidArgument);  // Not of prime order.
}

TEST_P(ThresholdTest, EncodingsThatAreNotCanonicalAreRefused) {
  std::string parity = point_.octets;
  parity.back() = '\x01';
  EXPECT_EQ(Refusal(parity), Code::kInvalidArgument);
  const std::string base_plus_p =  // u = 5 or 9, the base point's, once more p.
      Is448(curve()) ? "\x04" + std::string(27, '\0') + std::string(28, '\xff') + '\0'
                     : "\xf6" + std::string(30, '\xff') + "\x7f" + '\0';
  EXPECT_EQ(Refusal(base_plus_p), Code::kInvalidArgument);
}

TEST(ThresholdCurveTest, PointsOfSignatureCurvesAreRefused) {
  const PrivateKey ed = PrivateKey::Generate(Curve::kEd448);
  EXPECT_FALSE(ParseSharedPoint(Curve::kEd448, ed.public_key().octets).ok());
  EXPECT_FALSE(JoinContributions(ed.public_key(), ed.public_key()).ok());
}

std::string FromBase64(std::string_view text) {
  return *Base64UrlDecode(text, Base64Mode::kTolerant);  // Unused bits are not zero.
}

// The share is a clamped number, above L: the point is what shows that nobody clamps again.
TEST(ThresholdVectorTest, TheReferencesShareOfTheReferencesPoint) {
  const Scalar share = Scalar::Reduce(
      Curve::kX448, FromBase64("sPzOVYeqpTbSW-XyXBv3mlo9l9i7wIGEmDt8KcMC_K6RG-pnaMVeh3rtFh_L0CCd"
                               "wNZivQ81IN4"));
  const auto point =
      ParseSharedPoint(Curve::kX448, FromBase64("6zTTnpI-gszm7HefPRGDPLZbXAToH9bhB8Bi_vj2NLvXPewg"
                                                "C3CCpjj8IyStmIY1TJmtTQ7ElZOA"));
  EXPECT_EQ(ContributeTo(*point, share)->octets,
            FromBase64("XR_1W6F0T9-BwyCLzQWu9V6S8vmCXJKlU1x_fOrf_S6xcKZAbsY8oRsDa5B5IbJulNnEopSyC7"
                       "uA"));
}

// Two Operate exchanges of the reference client with the reference server: other shares.
TEST(ThresholdVectorTest, TheRecordedOperations) {
  const std::string point =
      FromBase64("9VUHG5fVaCMHCw3xaljkFl97kDs2PXuzKVh3zQsUG0QY5lLRrZITDr6vgRaitaPdR2AAFnvh9-OA");
  const auto answer = [&point](std::string_view share) {
    return ContributeTo(*ParseSharedPoint(Curve::kX448, point),
                        Scalar::Reduce(Curve::kX448, FromBase64(share)))
        ->octets;
  };
  EXPECT_EQ(answer("N5UbnJz0ktOxQU9gKOQIh0A_KA7zqzE8TCwm_1Z1vjYG_3u1E4l4WPMSkVoww2l_YFgISoRMUxo"),
            FromBase64("bxP5__tjHQ_xTNQZTLwG0HE3_d7zVRVjsZjVCK4fQIJ0QcyVpfy5kKo7sfKVipWrpZojXKh2wy"
                       "UA"));
  EXPECT_EQ(answer("tTTwaaBAtWzIMzvPVsvY0QDNgwmXG7D17bYCNTcRU5llIw8tVOaBZQODakqND0u3jgMbQ3aM-xE"),
            FromBase64("9_rfRsjF89630a-Hy1ZGvWuFfXu9tMZHKJeUMLfBPYJpQDUEpdrUltIdVs5B4I-DclqpWOZwKP"
                       "MA"));
}

}  // namespace
}  // namespace mesh::crypto
