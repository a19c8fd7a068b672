#include "common/client/cached_session.h"

#include <gtest/gtest.h>

#include "common/client/known_service.h"
#include "common/crypto/random.h"

namespace mesh::client {
namespace {

constexpr WallMillis kNow = 1'767'225'600'000;

CachedSession Good() {
  CachedSession session;
  session.service_udf = "MSER-VICE";
  session.ticket = crypto::RandomBytes(120);
  session.master_key = crypto::RandomBytes(32);
  session.not_on_or_after = kNow + 60'000;
  session.clock_offset = -1234;
  session.direct_host = "b1.example.com:8443";
  return session;
}

TEST(CachedSession, IsReadAsItWasWritten) {
  const CachedSession written = Good();

  const CachedSession read = ReadSession(WriteSession(written));

  EXPECT_EQ(read.service_udf, written.service_udf);
  EXPECT_EQ(read.ticket, written.ticket);
  EXPECT_EQ(read.master_key, written.master_key);
  EXPECT_EQ(read.not_on_or_after, written.not_on_or_after);
  EXPECT_EQ(read.clock_offset, written.clock_offset);
  EXPECT_EQ(read.direct_host, written.direct_host);
}

TEST(CachedSession, OfATextThatWasCutAnywhereThereIsNoTicket) {
  const std::string text = WriteSession(Good());
  for (size_t length = 0; length + 1 < text.size(); ++length) {  // The line's end may go.
    EXPECT_TRUE(ReadSession(text.substr(0, length)).ticket.empty()) << length;
  }
}

TEST(CachedSession, WithAKeyOfAnotherLengthThereIsNoTicket) {
  CachedSession session = Good();
  session.master_key.pop_back();

  EXPECT_TRUE(ReadSession(WriteSession(session)).ticket.empty());
}

TEST(CachedSession, IsGoodForItsServiceUntilItsEndByTheServicesClock) {
  CachedSession session = Good();

  EXPECT_TRUE(session.Good("MSER-VICE", kNow));
  EXPECT_FALSE(session.Good("MOTH-ER", kNow));
  EXPECT_FALSE(session.Good("MSER-VICE", kNow + 60'000));
  session.clock_offset = 60'000;
  EXPECT_FALSE(session.Good("MSER-VICE", kNow));
  session.Drop();
  EXPECT_FALSE(session.Good("MSER-VICE", kNow));
}

TEST(KnownServices, AreReadAsTheyWereWritten) {
  KnownServices services;
  services["https://a.example"].udf = "MSER-A";
  services["https://a.example"].first_seen = kNow;
  KnownService& with_host = services["https://b.example:8443"];
  with_host.udf = "MSER-B";
  with_host.host = HostKey{
      "MHOS-T", MakeKeyData(crypto::PrivateKey::Generate(crypto::Curve::kX448).public_key()),
      kNow + 1000};

  const Result<KnownServices> read = ReadServices(WriteServices(services));

  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->at("https://a.example").udf, "MSER-A");
  EXPECT_EQ(read->at("https://a.example").first_seen, kNow);
  EXPECT_EQ(read->at("https://a.example").origin, KnownService::Origin::kStored);
  EXPECT_FALSE(read->at("https://a.example").host.has_value());
  EXPECT_EQ(read->at("https://b.example:8443").host->key, with_host.host->key);
  EXPECT_EQ(read->at("https://b.example:8443").host->not_on_or_after, kNow + 1000);
}

TEST(KnownServices, ThatWereCutAnywhereAreDamaged) {
  KnownServices services;
  services["https://a.example"].udf = "MSER-A";
  const std::string text = WriteServices(services);
  for (size_t length = 0; length + 1 < text.size(); ++length) {
    EXPECT_EQ(ReadServices(text.substr(0, length)).status().code(), Code::kDataLoss) << length;
  }
}

}  // namespace
}  // namespace mesh::client
