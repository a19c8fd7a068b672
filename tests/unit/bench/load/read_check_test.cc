#include "bench/load/read_check.h"

#include <gtest/gtest.h>

#include <string>

#include "bench/load/text_counts.h"
#include "common/crypto/digest.h"
#include "common/encoding/base64url.h"

namespace mesh::load {
namespace {

constexpr const char* kContainer = "mmm_Credential";

std::string PayloadOf(int64_t index) { return "entry " + std::to_string(index); }

std::string DigestOf(int64_t index) { return Base64UrlEncode(crypto::Sha512(PayloadOf(index))); }

dare::Envelope Frame(int64_t index, const std::string& payload) {
  dare::Envelope envelope;
  envelope.header = R"({"ContainerInfo":{"Index":)" + std::to_string(index) + "}}";
  envelope.payload = payload;
  return envelope;
}

// Frames [first, last].
client::DownloadReply Frames(int64_t first, int64_t last) {
  client::DownloadReply reply;
  client::DownloadedContainer& container = reply.updates.emplace_back();
  for (int64_t i = first; i <= last; ++i) {
    container.envelopes.push_back(Frame(i, i == 0 ? "" : PayloadOf(i)));
  }
  return reply;
}

client::StatusReply Told(int64_t frames) {
  client::StatusReply reply;
  reply.containers.push_back({kContainer, frames, {}});
  return reply;
}

// Entries 1 to 9 of account 1 were acknowledged, not in order.
class ReadCheckTest : public testing::Test {
 protected:
  ReadCheckTest() {
    for (const int64_t index : {9, 1, 2, 3, 4, 5, 6, 7, 8}) {
      check_.Acknowledged(1, index, DigestOf(index));
    }
  }

  std::string OfDownload(int64_t known, int64_t first, const client::DownloadReply& reply) {
    return check_.OfDownload(1, known, first, reply);
  }

  ReadCheck check_{2, kContainer};
};

TEST_F(ReadCheckTest, KnowsHowManyFramesThereAre) {
  EXPECT_EQ(check_.Frames(0), 0);
  EXPECT_EQ(check_.Frames(1), 10);
}

TEST_F(ReadCheckTest, WhatWasAcknowledgedAndMoreIsRight) {
  EXPECT_EQ(OfDownload(10, 2, Frames(2, 9)), "");
  EXPECT_EQ(OfDownload(10, 0, Frames(0, 12)), "");
  EXPECT_EQ(OfDownload(0, 0, Frames(0, -1)), "");
  EXPECT_EQ(check_.OfStatus(10, Told(10)), "");
  EXPECT_EQ(check_.OfStatus(10, Told(11)), "");
  EXPECT_EQ(check_.OfStatus(0, {}), "");
}

TEST_F(ReadCheckTest, AnOlderStateIsWrong) {
  EXPECT_EQ(OfDownload(10, 2, Frames(2, 8)), "9 frames, 10 were acknowledged before");
  EXPECT_EQ(OfDownload(10, 2, Frames(2, 1)), "2 frames, 10 were acknowledged before");
  EXPECT_EQ(OfDownload(10, 2, {}), "0 containers, not 1");
  EXPECT_EQ(check_.OfStatus(10, Told(9)), "9 frames, 10 were acknowledged before");
  EXPECT_EQ(check_.OfStatus(10, {}), "0 frames, 10 were acknowledged before");
}

TEST_F(ReadCheckTest, AnotherEntryIsWrong) {
  client::DownloadReply reply = Frames(8, 9);
  reply.updates[0].envelopes[1].payload = "another";
  EXPECT_EQ(OfDownload(10, 8, reply), "frame 9 is not what was acknowledged there");
  EXPECT_EQ(OfDownload(10, 7, Frames(8, 9)), "frame 8 in place of 7");
}

TEST_F(ReadCheckTest, WhatWasAcknowledgedLongAgoIsForgotten) {
  for (int64_t i = 10; i < 100; ++i) check_.Acknowledged(1, i, DigestOf(i));
  client::DownloadReply reply = Frames(9, 99);
  reply.updates[0].envelopes[0].payload = "another";
  EXPECT_EQ(OfDownload(100, 9, reply), "");
}

TEST(TextCountsTest, CountsEachText) {
  TextCounts counts;
  for (int i = 0; i < 3; ++i) counts.Add("503 busy");
  counts.Add("409 no");
  EXPECT_EQ(counts.counts().at("503 busy"), 3u);
  EXPECT_EQ(counts.total(), 4u);
}

TEST(TextCountsTest, IsBounded) {
  TextCounts counts;
  for (int i = 0; i < 1000; ++i) counts.Add(std::to_string(i));
  EXPECT_LE(counts.counts().size(), TextCounts::kTextsMax + 1);
  EXPECT_EQ(counts.total(), 1000u);
  EXPECT_EQ(counts.counts().at("other"), 1000u - TextCounts::kTextsMax);
}

}  // namespace
}  // namespace mesh::load
