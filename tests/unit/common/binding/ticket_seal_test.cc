// Seals under a master key, and everything they are bound to.

#include "common/binding/ticket_seal.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "tests/support/hex.h"

namespace mesh::binding {
namespace {

const std::string kKey = std::string(32, 'k');
const std::string kSalt = std::string(32, 's');
const std::string kReplySalt = std::string(32, 'r');
constexpr std::string_view kBound = "bound to";
constexpr std::string_view kText = "what is sealed";

TEST(TicketSeal, RequestOpensAgain) {
  const auto text = OpenRequest(kKey, kSalt, kBound, SealRequest(kKey, kSalt, kBound, kText));
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, kText);
}

TEST(TicketSeal, ReplyOpensAgain) {
  const auto text =
      OpenReply(kKey, kSalt, kReplySalt, kBound, SealReply(kKey, kSalt, kReplySalt, kBound, kText));
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, kText);
}

TEST(TicketSeal, EmptyTextMayBeSealed) {
  EXPECT_EQ(*OpenRequest(kKey, kSalt, "", SealRequest(kKey, kSalt, "", "")), "");
}

TEST(TicketSeal, EveryOctetCounts) {
  const std::string sealed = SealRequest(kKey, kSalt, kBound, kText);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x80);
    EXPECT_EQ(OpenRequest(kKey, kSalt, kBound, changed).status().code(), Code::kUnauthenticated);
  }
}

TEST(TicketSeal, IsOfOneKeySaltAndBinding) {
  const std::string sealed = SealRequest(kKey, kSalt, kBound, kText);
  EXPECT_FALSE(OpenRequest(std::string(32, 'K'), kSalt, kBound, sealed).ok());
  EXPECT_FALSE(OpenRequest(kKey, kReplySalt, kBound, sealed).ok());
  EXPECT_FALSE(OpenRequest(kKey, kSalt, "bound elsewhere", sealed).ok());
}

TEST(TicketSeal, RequestIsNotAReply) {
  const std::string sealed = SealRequest(kKey, kSalt, kBound, kText);
  EXPECT_FALSE(OpenReply(kKey, kSalt, kReplySalt, kBound, sealed).ok());
}

TEST(TicketSeal, ReplyIsToOneRequest) {
  const std::string sealed = SealReply(kKey, kSalt, kReplySalt, kBound, kText);
  EXPECT_FALSE(OpenReply(kKey, std::string(32, 'o'), kReplySalt, kBound, sealed).ok());
}

TEST(TicketSeal, ShortPayloadsDoNotOpen) {
  const std::string sealed = SealRequest(kKey, kSalt, kBound, kText);
  for (size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_FALSE(OpenRequest(kKey, kSalt, kBound, sealed.substr(0, length)).ok()) << length;
  }
}

TEST(TicketSeal, BothDirectionsAtOnceAreTheSame) {
  const TicketSeals seals(kKey, kSalt, kReplySalt);
  std::string text = SealRequest(kKey, kSalt, kBound, kText);
  ASSERT_TRUE(seals.OpenRequest(kBound, &text).ok());
  EXPECT_EQ(text, kText);
  seals.SealReply(kBound, &text);
  EXPECT_EQ(text, SealReply(kKey, kSalt, kReplySalt, kBound, kText));
  EXPECT_EQ(seals.OpenRequest(kBound, &text).code(), Code::kUnauthenticated);
  EXPECT_TRUE(text.empty());
}

// Computed once with another implementation of HKDF-SHA512 and AES-256-GCM.
TEST(TicketSeal, HasItsPinnedOctets) {
  EXPECT_EQ(ToHex(SealRequest(kKey, kSalt, kBound, kText)),
            "3a0b63267bd380d8286003239abb5fb963b7bfd0077761669addee75dc1d");
  EXPECT_EQ(ToHex(SealReply(kKey, kSalt, kReplySalt, kBound, kText)),
            "ab87f0b9259dbb6d2f21370a9f983bc9f3305dd3add3fa238468d88aa19e");
}

}  // namespace
}  // namespace mesh::binding
