// Uploads in two rounds: first what there is, then the payloads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;

class RedactedUploadTest : public ::testing::Test {
 protected:
  RedactedUploadTest() { bench_.Create(kAlice); }

  proto::PartitionReply Upload(const proto::UploadRequest& upload) {
    return bench_.Upload(kAlice, upload);
  }
  std::vector<std::string> Contacts() {
    bench_.lenient = true;
    const auto payloads = PayloadsOf(bench_.Download(kAlice, Ask(kContacts)));
    bench_.lenient = false;
    return payloads;
  }

  Bench bench_;
};

TEST_F(RedactedUploadTest, TheFirstRoundIsAnsweredWithConstraintsAndHasNoEffect) {
  const auto reply = Upload(To(kContacts, {New("a", "here"), Redacted(New("b", "later"))}));

  EXPECT_EQ(reply.mesh_status(), 202);
  EXPECT_EQ(reply.upload().constraints_data().bytes_max(), 2 * 1024 * 1024);
  ASSERT_EQ(reply.upload().entries_size(), 2);
  EXPECT_FALSE(reply.upload().entries(0).has_constraints_data());
  EXPECT_EQ(reply.upload().entries(1).constraints_data().bytes_max(), 2 * 1024 * 1024);
  EXPECT_FALSE(reply.upload().entries(1).has_index_container());
  EXPECT_THAT(Contacts(), ElementsAre());
}

TEST_F(RedactedUploadTest, TheSecondRoundBringsBothRoundsIntoEffect) {
  Upload(To(kContacts, {New("a", "here"), Redacted(New("b", "later")), New("c", "here too")})
             .Self(Redacted(Message("M", "hello"))));

  const auto reply = Upload(To(kContacts, {New("b", "later")}).Self(Message("M", "hello")));

  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_THAT(IndicesGiven(reply), ElementsAre(1, 2, 3, 1));
  EXPECT_THAT(Contacts(), ElementsAre("", "here", "later", "here too"));
}

TEST_F(RedactedUploadTest, NothingOfAFinishedUploadIsLeft) {
  const size_t before = bench_.Everything().size();
  Upload(To(kContacts, {Redacted(New("a", "1"))}));
  Upload(To(kContacts, {New("a", "1")}));
  const size_t in_two_rounds = bench_.Everything().size() - before;
  Upload(To("mmm_Bookmark", {New("a", "1")}));
  EXPECT_EQ(bench_.Everything().size() - before, 2 * in_two_rounds);
}

TEST_F(RedactedUploadTest, OtherUploadsGoOnMeanwhile) {
  Upload(To(kContacts, {Redacted(New("a", "announced"))}));
  EXPECT_EQ(Upload(To(kContacts, {New("b", "other")})).mesh_status(), 201);
  EXPECT_EQ(Upload(To(kContacts, {New("a", "announced")})).mesh_status(), 201);
  EXPECT_THAT(Contacts(), ElementsAre("", "other", "announced"));
}

TEST_F(RedactedUploadTest, APayloadThatWasNotAnnouncedIsAnUploadOfItsOwn) {
  Upload(To(kContacts, {New("x", "waits"), Redacted(New("a", "announced"))}));
  Upload(To(kContacts, {New("a", "another")}));
  EXPECT_THAT(Contacts(), ElementsAre("", "another"));
}

TEST_F(RedactedUploadTest, AnotherDevicesUploadIsNotTheSecondRound) {
  Upload(To(kContacts, {New("x", "waits"), Redacted(New("a", "announced"))}));
  bench_.device_udf = "MOTHER";
  Upload(To(kContacts, {New("a", "announced")}));
  EXPECT_THAT(Contacts(), ElementsAre("", "announced"));
}

TEST_F(RedactedUploadTest, PartOfThePayloadsIsNotTheSecondRound) {
  Upload(To(kContacts, {Redacted(New("a", "1")), Redacted(New("b", "2"))}));
  Upload(To(kContacts, {New("a", "1")}));
  EXPECT_THAT(Contacts(), ElementsAre("", "1"));
}

TEST_F(RedactedUploadTest, AConflictShowsInTheFirstRoundAlready) {
  Upload(To(kContacts, {New("a", "1")}));
  const auto before = bench_.Everything();
  EXPECT_EQ(Upload(To(kContacts, {Redacted(New("a", "2"))})).mesh_status(), 409);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(RedactedUploadTest, AConflictThatAroseMeanwhileUndoesBothRounds) {
  Upload(To(kContacts, {New("x", "waits"), Redacted(New("a", "1"))}).If(0));
  Upload(To(kContacts, {New("y", "quicker")}));
  const auto before = bench_.Everything();
  const auto reply = Upload(To(kContacts, {New("a", "1")}));
  EXPECT_EQ(reply.mesh_status(), 409);
  EXPECT_THAT(ResultsOf(reply), ElementsAre(proto::RESULT_CONFLICT, proto::RESULT_CONFLICT));
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(RedactedUploadTest, AfterItsTimeAFirstRoundIsForgotten) {
  Upload(To(kContacts, {New("x", "waits"), Redacted(New("a", "1"))}));
  bench_.clock.Advance(kPendingUploadTime);
  Upload(To(kContacts, {New("a", "1")}));
  EXPECT_THAT(Contacts(), ElementsAre("", "1"));
}

TEST_F(RedactedUploadTest, TheSweepGivesBackTheSpaceOfWhatExpired) {
  const auto before = bench_.Everything();
  Upload(To(kContacts, {Redacted(New("a", "1"))}));
  Upload(To(kContacts, {Redacted(New("b", "1"))}));
  EXPECT_EQ(bench_.Sweep(), 0u);
  bench_.clock.Advance(kPendingUploadTime);
  EXPECT_EQ(bench_.Sweep(1), 1u);
  EXPECT_EQ(bench_.Sweep(), 1u);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(RedactedUploadTest, AFirstRoundRepeatedTakesThePlaceOfTheEarlier) {
  Upload(To(kContacts, {Redacted(New("a", "1"))}));
  const size_t once = bench_.Everything().size();
  bench_.clock.Advance(std::chrono::seconds(1));
  Upload(To(kContacts, {Redacted(New("a", "1"))}));
  EXPECT_EQ(bench_.Everything().size(), once);
}

TEST_F(RedactedUploadTest, AnAccountHasFewOfThemUntilTheyExpire) {
  for (uint32_t i = 0; i < kPendingUploadsMax; ++i) {
    EXPECT_EQ(Upload(To(kContacts, {Redacted(New("a", std::to_string(i)))})).mesh_status(), 202);
  }
  EXPECT_EQ(Upload(To(kContacts, {Redacted(New("a", "one more"))})).mesh_status(), 507);
  bench_.clock.Advance(kPendingUploadTime);
  EXPECT_EQ(Upload(To(kContacts, {Redacted(New("a", "one more"))})).mesh_status(), 202);
}

TEST_F(RedactedUploadTest, ARedactedEntryNeedsADigestAndNoPayload) {
  proto::Envelope entry = Redacted(New("a", "1"));
  entry.clear_payload_digest();
  EXPECT_EQ(Upload(To(kContacts, {entry})).mesh_status(), 400);
  entry = Redacted(New("a", "1"));
  entry.set_payload("1");
  EXPECT_EQ(Upload(To(kContacts, {entry})).mesh_status(), 400);
}

TEST_F(RedactedUploadTest, WhatIsLeftOfTheQuotaBoundsThePayloads) {
  bench_.policy.bytes_max = 1000;
  const auto reply =
      Upload(To(kContacts, {New("x", std::string(500, 'x')), Redacted(New("a", "1"))}));
  EXPECT_LT(reply.upload().constraints_data().bytes_max(), 500);
  EXPECT_GT(reply.upload().constraints_data().bytes_max(), 0);
}

TEST_F(RedactedUploadTest, PayloadsBeyondTheBoundAreRefused) {
  bench_.policy.redacted_bytes_max = 10;
  Upload(To(kContacts, {Redacted(New("a", "123456")), Redacted(New("b", "123456"))}));
  const auto before = bench_.Everything();
  EXPECT_EQ(Upload(To(kContacts, {New("a", "123456"), New("b", "123456")})).mesh_status(), 413);
  EXPECT_EQ(bench_.Everything(), before);
}

}  // namespace
}  // namespace mesh::backend
