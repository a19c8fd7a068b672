#include "common/dare/merkle_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/crypto/digest.h"

namespace mesh::dare {
namespace {

std::string PayloadOf(int frame) {
  return std::string(crypto::Sha512(frame == 0 ? "" : "frame" + std::to_string(frame)));
}

std::vector<std::string> Payloads(int count) {
  std::vector<std::string> digests;
  for (int i = 0; i < count; ++i) digests.push_back(PayloadOf(i));
  return digests;
}

MerkleFrontier FrontierOf(int count) {
  MerkleFrontier frontier;
  for (int i = 0; i < count; ++i) frontier.Append(PayloadOf(i));
  return frontier;
}

// PERSISTENT: devices and services compare these.
TEST(MerkleFrontierTest, GivesTheDigestsThatTheDesignGives) {
  const std::vector<std::string> designed = {
      "1441f2db863a70b3", "39d5d771f91295ca", "3b798f0ace7a7ab5", "f81858a18f7d97da",
      "c2c386a63a636dec", "6ef7356819eb0713", "75970e9f0d91baf1", "0847b446b1c3ac3a"};
  MerkleFrontier frontier;
  EXPECT_EQ(frontier.digest(), "");
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(ToHex(frontier.Append(PayloadOf(i)).substr(0, 8)), designed[static_cast<size_t>(i)]);
    EXPECT_EQ(frontier.frames(), static_cast<uint64_t>(i + 1));
  }
}

// PERSISTENT: stored with every container.
TEST(MerkleFrontierTest, IsSerializedAsDocumented) {
  EXPECT_EQ(ToHex(MerkleFrontier().Serialize()), "010000000000000000");
  const std::string octets = FrontierOf(6).Serialize();
  EXPECT_EQ(octets.size(), 9 + 2 * kTreeDigestBytes);
  EXPECT_EQ(ToHex(octets.substr(0, 9)), "010000000000000006");
  EXPECT_EQ(ToHex(octets.substr(9, 8)), "f81858a18f7d97da");       // T of frame 3.
  EXPECT_EQ(ToHex(octets.substr(9 + 64, 8)), "6ef7356819eb0713");  // T of frame 5.
}

TEST(MerkleFrontierTest, GoesOnWhereItWasSerialized) {
  for (int cut = 0; cut <= 40; ++cut) {
    Result<MerkleFrontier> restored = MerkleFrontier::Restore(FrontierOf(cut).Serialize());
    ASSERT_TRUE(restored.ok());
    for (int i = cut; i < 41; ++i) restored->Append(PayloadOf(i));
    EXPECT_EQ(restored->digest(), FrontierOf(41).digest());
  }
}

TEST(MerkleFrontierTest, RefusesOctetsThatAreNotAFrontier) {
  const std::string good = FrontierOf(7).Serialize();
  for (const std::string& octets :
       {std::string(), good.substr(0, 8), good.substr(0, good.size() - 1), good + "x",
        "\x02" + good.substr(1)}) {
    EXPECT_EQ(MerkleFrontier::Restore(octets).status().code(), Code::kDataLoss);
  }
}

TEST(InclusionPathTest, LeadsFromEveryFrameToTheTreeDigest) {
  for (int frames = 1; frames <= 70; ++frames) {
    const std::vector<std::string> payloads = Payloads(frames);
    const MerkleFrontier frontier = FrontierOf(frames);
    for (int i = 0; i < frames; ++i) {
      const Result<InclusionPath> path = MakeInclusionPath(payloads, static_cast<uint64_t>(i));
      ASSERT_TRUE(path.ok());
      const Status status = VerifyInclusionPath(*path, PayloadOf(i), frontier.digest());
      ASSERT_TRUE(status.ok()) << i << " of " << frames << ": " << status.message();
    }
  }
}

TEST(InclusionPathTest, StaysShort) {
  const std::vector<std::string> payloads = Payloads(1000);
  for (uint64_t i = 0; i < payloads.size(); ++i) {
    EXPECT_LE(MakeInclusionPath(payloads, i)->operands.size(), 40u) << i;
  }
}

TEST(InclusionPathTest, DoesNotHoldForAnotherFrameOrTree) {
  const std::vector<std::string> payloads = Payloads(20);
  const Result<InclusionPath> path = MakeInclusionPath(payloads, 5);
  ASSERT_TRUE(path.ok());
  const std::string tree(FrontierOf(20).digest());
  EXPECT_TRUE(VerifyInclusionPath(*path, PayloadOf(5), tree).ok());
  EXPECT_FALSE(VerifyInclusionPath(*path, PayloadOf(6), tree).ok());
  EXPECT_FALSE(VerifyInclusionPath(*path, PayloadOf(5), FrontierOf(21).digest()).ok());
  EXPECT_FALSE(VerifyInclusionPath(*path, "short", tree).ok());
  InclusionPath other = *path;
  other.operands.pop_back();
  EXPECT_FALSE(VerifyInclusionPath(other, PayloadOf(5), tree).ok());
  other = *path;
  other.operands.push_back(PayloadOf(1));
  EXPECT_FALSE(VerifyInclusionPath(other, PayloadOf(5), tree).ok());
  other = *path;
  other.index = 20;
  EXPECT_FALSE(VerifyInclusionPath(other, PayloadOf(5), tree).ok());
  EXPECT_FALSE(MakeInclusionPath(payloads, 20).ok());
}

}  // namespace
}  // namespace mesh::dare
