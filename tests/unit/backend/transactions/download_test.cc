#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DownloadTest : public ::testing::Test {
 protected:
  // The catalog of contacts: frame zero, then entries 1 to 5, a second apart.
  DownloadTest() {
    bench_.Create(kAlice);
    Upload({FrameZero()});
    for (int i = 1; i <= 5; ++i) {
      bench_.clock.Advance(std::chrono::seconds(1));
      Upload({New("id" + std::to_string(i), "payload " + std::to_string(i))});
    }
    select_ = ask_.add_select();
    select_->set_container(std::string(kContacts));
    data_ = ask_.mutable_constraints();
  }

  void Upload(const std::vector<proto::Envelope>& entries) {
    MESH_CHECK(bench_.Upload(kAlice, To(kContacts, entries)).mesh_status() == 201);
  }
  proto::PartitionReply Send() { return bench_.Download(kAlice, ask_); }
  std::vector<int64_t> Indices() { return IndicesOf(Send()); }
  WallMillis SecondsAgo(int seconds) { return bench_.clock.WallNow() - seconds * 1000; }

  Bench bench_;
  proto::DownloadRequest ask_;
  proto::ConstraintsSelect* select_;
  proto::ConstraintsData* data_;
};

// --- ConstraintsSelect -----------------------------------------------------------------

TEST_F(DownloadTest, EverythingComesInOrderWithItsPlaceAndTime) {
  const auto reply = Send();
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_THAT(IndicesOf(reply), ElementsAre(0, 1, 2, 3, 4, 5));
  const auto& update = reply.download().updates(0);
  EXPECT_EQ(update.container(), kContacts);
  EXPECT_EQ(update.index(), 6);
  EXPECT_EQ(update.envelopes(3).payload(), "payload 3");
  EXPECT_EQ(update.envelopes(3).header(), R"({"ContentMetaData":"e30"})");
  EXPECT_EQ(update.envelopes(3).received(), SecondsAgo(2));
  EXPECT_TRUE(update.page_key().empty());
}

TEST_F(DownloadTest, IndexMinAndIndexMaxAreInclusive) {
  select_->set_index_min(2);
  select_->set_index_max(4);
  EXPECT_THAT(Indices(), ElementsAre(2, 3, 4));
}

TEST_F(DownloadTest, ANegativeIndexMinMeansFromFrameZero) {
  select_->set_index_min(-1);
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(DownloadTest, IndexMaxBeyondTheEndIsHarmlessAndBelowZeroMeansNothing) {
  select_->set_index_min(5);
  select_->set_index_max(std::numeric_limits<int64_t>::max());
  EXPECT_THAT(Indices(), ElementsAre(5));
  select_->set_index_min(0);
  select_->set_index_max(-1);
  EXPECT_THAT(Indices(), IsEmpty());
}

TEST_F(DownloadTest, FromTheCountOnThereIsNothing) {
  select_->set_index_min(6);
  EXPECT_THAT(Indices(), IsEmpty());
  select_->set_index_min(1000);
  const auto reply = Send();
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_THAT(IndicesOf(reply), IsEmpty());
  EXPECT_EQ(reply.download().updates(0).index(), 6);
}

TEST_F(DownloadTest, NotBeforeIncludesItsInstantAndBeforeExcludesIt) {
  select_->set_not_before(SecondsAgo(3));
  EXPECT_THAT(Indices(), ElementsAre(2, 3, 4, 5));
  select_->set_before(SecondsAgo(1));
  EXPECT_THAT(Indices(), ElementsAre(2, 3));
  select_->set_not_before(SecondsAgo(3) + 1);
  EXPECT_THAT(Indices(), ElementsAre(3));
}

TEST_F(DownloadTest, EntriesThatArriveTogetherAreFoundTogether) {
  bench_.clock.Advance(std::chrono::seconds(1));
  Upload({New("x", "x"), New("y", "y")});
  Upload({New("z", "z")});
  select_->set_not_before(SecondsAgo(0));
  EXPECT_THAT(Indices(), ElementsAre(6, 7, 8));
  select_->clear_not_before();
  select_->set_before(SecondsAgo(0));
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(DownloadTest, TimesBeyondTheEndsOfTheContainerAreHarmless) {
  select_->set_not_before(-5);
  select_->set_before(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Indices().size(), 6u);
  select_->set_not_before(bench_.clock.WallNow() + 1);
  EXPECT_THAT(Indices(), IsEmpty());
  select_->clear_not_before();
  select_->set_before(0);
  EXPECT_THAT(Indices(), IsEmpty());
}

TEST_F(DownloadTest, AMissingSelectIsAnError) {
  ask_.clear_select();
  EXPECT_EQ(Send().mesh_status(), 400);
}

TEST_F(DownloadTest, TooManySelectionsAreRefused) {
  for (size_t i = 0; i < kUpdatesPerRequestMax; ++i) *ask_.add_select() = *select_;
  EXPECT_EQ(Send().mesh_status(), 413);
}

TEST_F(DownloadTest, AnUnknownContainerIsAnErrorButNotForTheReference) {
  select_->set_container("mmm_Nowhere");
  const auto strict = Send();
  EXPECT_EQ(strict.mesh_status(), 404);
  EXPECT_EQ(strict.mesh_status_description(), "MeshUnknownContainer");
  EXPECT_FALSE(strict.has_download());
  bench_.lenient = true;
  const auto lenient = Send();
  EXPECT_EQ(lenient.mesh_status(), 201);
  EXPECT_EQ(lenient.download().updates(0).container(), "mmm_Nowhere");
  EXPECT_THAT(IndicesOf(lenient), IsEmpty());
}

TEST_F(DownloadTest, AMalformedContainerNameIsAnError) {
  select_->set_container("../escape");
  EXPECT_EQ(Send().mesh_status(), 400);
}

TEST_F(DownloadTest, EachSelectionHasItsUpdateInOrder) {
  ask_.add_select()->set_container(std::string(kInbound));
  ask_.add_select()->set_container(std::string(kContacts));
  ask_.mutable_select(2)->set_index_min(5);
  const auto reply = Send();
  ASSERT_EQ(reply.download().updates_size(), 3);
  EXPECT_EQ(reply.download().updates(1).container(), kInbound);
  EXPECT_THAT(IndicesOf(reply, 2), ElementsAre(5));
}

// --- ConstraintsData ---------------------------------------------------------------------

TEST_F(DownloadTest, PartsThatAreNotWantedAreNotSent) {
  data_->set_header(false);
  data_->set_trailer(false);
  const auto only_payload = Send();
  const auto& one = only_payload.download().updates(0).envelopes(1);
  EXPECT_TRUE(one.without_header() && !one.without_payload() && one.without_trailer());
  EXPECT_EQ(one.header(), "");
  EXPECT_EQ(one.payload(), "payload 1");
  data_->set_payload(false);
  const auto nothing = Send();
  EXPECT_THAT(IndicesOf(nothing), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(nothing.download().updates(0).envelopes(1).payload(), "");
  EXPECT_EQ(nothing.download().updates(0).envelopes(1).tree_digest().size(), 64u);
}

TEST_F(DownloadTest, APayloadCanBeFetchedPieceByPiece) {
  select_->set_index_min(4);
  select_->set_index_max(4);
  data_->set_bytes_max(4);
  std::string joined;
  for (int64_t offset = 0;; offset += 4) {
    data_->set_bytes_offset(offset);
    const std::vector<std::string> piece = PayloadsOf(Send());
    ASSERT_EQ(piece.size(), 1u);
    if (piece[0].empty()) break;
    joined += piece[0];
  }
  EXPECT_EQ(joined, "payload 4");
}

TEST_F(DownloadTest, NegativeConstraintsAreErrors) {
  data_->set_bytes_offset(-1);
  EXPECT_EQ(Send().mesh_status(), 400);
  data_->set_bytes_offset(0);
  data_->set_bytes_max(-1);
  EXPECT_EQ(Send().mesh_status(), 400);
  data_->set_bytes_max(0);
  data_->set_max_entries(-1);
  EXPECT_EQ(Send().mesh_status(), 400);
}

// --- Paging --------------------------------------------------------------------------------

TEST_F(DownloadTest, PagesFollowEachOtherWithoutGapOrRepeat) {
  data_->set_max_entries(4);
  const auto first = Send();
  EXPECT_THAT(IndicesOf(first), ElementsAre(0, 1, 2, 3));
  select_->set_page_key(first.download().updates(0).page_key());
  const auto second = Send();
  EXPECT_THAT(IndicesOf(second), ElementsAre(4, 5));
  EXPECT_TRUE(second.download().updates(0).page_key().empty());
}

TEST_F(DownloadTest, APageThatEndsWithTheContainerHasNoKey) {
  data_->set_max_entries(6);
  EXPECT_TRUE(Send().download().updates(0).page_key().empty());
}

TEST_F(DownloadTest, APageKeyRemembersTheQuestion) {
  select_->set_index_min(1);
  select_->set_index_max(4);
  select_->set_before(SecondsAgo(1));
  data_->set_header(false);
  data_->set_max_entries(2);
  const auto first = Send();
  ask_.clear_select();
  ask_.add_select()->set_page_key(first.download().updates(0).page_key());
  ask_.mutable_constraints()->set_header(true);  // Ignored: it was asked before.
  const auto second = Send();
  EXPECT_THAT(IndicesOf(second), ElementsAre(3));
  EXPECT_TRUE(second.download().updates(0).envelopes(0).without_header());
}

TEST_F(DownloadTest, APageKeySurvivesAppends) {
  data_->set_max_entries(3);
  const auto first = Send();
  Upload({New("late", "late")});
  select_->set_page_key(first.download().updates(0).page_key());
  data_->clear_max_entries();
  EXPECT_THAT(Indices(), ElementsAre(3, 4, 5, 6));
}

TEST_F(DownloadTest, AMangledPageKeyIsRefused) {
  data_->set_max_entries(1);
  const std::string key = Send().download().updates(0).page_key();
  for (size_t i = 0; i < key.size(); ++i) {
    std::string mangled = key;
    mangled[i] = static_cast<char>(mangled[i] ^ 0x10);
    select_->set_page_key(mangled);
    const auto reply = Send();
    EXPECT_EQ(reply.mesh_status(), 400) << i;
    EXPECT_THAT(reply.message(), HasSubstr("PageKey"));
  }
  for (const std::string& cut : {key.substr(0, 1), key.substr(1), key.substr(0, key.size() - 1)}) {
    select_->set_page_key(cut);
    EXPECT_EQ(Send().mesh_status(), 400);
  }
}

TEST_F(DownloadTest, APageKeyIsGoodForItsAccountOnly) {
  data_->set_max_entries(1);
  select_->set_page_key(Send().download().updates(0).page_key());
  bench_.Create(kBob);
  EXPECT_EQ(bench_.Download(kBob, ask_).mesh_status(), 400);
  bench_.Remove(kAlice);
  bench_.Create(kAlice);
  EXPECT_EQ(Send().mesh_status(), 400);
}

TEST_F(DownloadTest, TheLimitIsOverAllSelections) {
  ask_.add_select()->set_container(std::string(kContacts));
  data_->set_max_entries(7);
  const auto reply = Send();
  EXPECT_EQ(IndicesOf(reply, 0).size(), 6u);
  EXPECT_THAT(IndicesOf(reply, 1), ElementsAre(0));
  EXPECT_FALSE(reply.download().updates(1).page_key().empty());
}

TEST_F(DownloadTest, TheServicesOwnLimitsHoldWhateverIsAsked) {
  bench_.policy.page_entries_max = 2;
  data_->set_max_entries(100);
  EXPECT_THAT(Indices(), ElementsAre(0, 1));
}

TEST_F(DownloadTest, APageIsBoundedInOctetsButNeverEmpty) {
  bench_.policy.page_bytes_max = 69;  // Frame zero has 36, each entry 34.
  const auto first = Send();
  EXPECT_THAT(IndicesOf(first), ElementsAre(0));
  select_->set_page_key(first.download().updates(0).page_key());
  EXPECT_THAT(Indices(), ElementsAre(1, 2));
  bench_.policy.page_bytes_max = 1;
  EXPECT_THAT(Indices(), ElementsAre(1));
}

TEST_F(DownloadTest, AskingForNoEntriesTellsTheCount) {
  data_->set_max_entries(0);
  const auto reply = Send();
  EXPECT_THAT(IndicesOf(reply), IsEmpty());
  EXPECT_EQ(reply.download().updates(0).index(), 6);
  EXPECT_FALSE(reply.download().updates(0).page_key().empty());
}

// --- Redaction ------------------------------------------------------------------------------

TEST_F(DownloadTest, UpdatedEntriesCanBeLeftOut) {
  Upload({Update("id2", "newer"), Update("id2", "newest"), Delete("id3")});
  select_->set_exclude_updated(true);
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 3, 4, 5, 7, 8));
}

TEST_F(DownloadTest, DeletedEntriesCanBeLeftOutButNotTheirDeletion) {
  Upload({Update("id2", "newer"), Delete("id3")});
  select_->set_exclude_deleted(true);
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 2, 4, 5, 6, 7));
  select_->set_exclude_updated(true);
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 4, 5, 6, 7));
}

TEST_F(DownloadTest, ReadMessagesCanBeLeftOut) {
  bench_.Upload(kAlice, UploadBuilder()
                            .Self(Message("M1", "1"))
                            .Self(Message("M2", "2"))
                            .Self(Message("M3", "3"))
                            .Self(Marks("M1", proto::SPOOL_STATE_READ))
                            .Self(Marks("M2", proto::SPOOL_STATE_CLOSED)));
  select_->set_container(std::string(kInbound));
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 2, 3, 4, 5));
  select_->set_exclude_deleted(true);
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 3, 4, 5));
  select_->set_exclude_read(true);
  EXPECT_THAT(Indices(), ElementsAre(0, 3, 4, 5));
}

TEST_F(DownloadTest, AMessageCanBecomeUnreadAgain) {
  bench_.Upload(kAlice, UploadBuilder()
                            .Self(Message("M1", "1"))
                            .Self(Marks("M1", proto::SPOOL_STATE_READ))
                            .Self(Marks("M1", proto::SPOOL_STATE_UNREAD)));
  select_->set_container(std::string(kInbound));
  select_->set_exclude_read(true);
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 2, 3));
}

TEST_F(DownloadTest, OfMessagesWithOneIdTheNewestIsMarked) {
  bench_.Upload(kAlice, UploadBuilder()
                            .Self(Message("M1", "old"))
                            .Self(Message("M1", "new"))
                            .Self(Marks("M1", proto::SPOOL_STATE_READ))
                            .Self(Marks("unknown", proto::SPOOL_STATE_READ)));
  select_->set_container(std::string(kInbound));
  select_->set_exclude_read(true);
  EXPECT_THAT(Indices(), ElementsAre(0, 1, 3, 4));
}

TEST_F(DownloadTest, RedactionComposesWithIndicesAndPages) {
  Upload({Update("id2", "newer"), Update("id4", "newer")});
  select_->set_exclude_updated(true);
  select_->set_index_min(1);
  data_->set_max_entries(2);
  const auto first = Send();
  EXPECT_THAT(IndicesOf(first), ElementsAre(1, 3));
  select_->set_page_key(first.download().updates(0).page_key());
  data_->set_max_entries(10);
  EXPECT_THAT(Indices(), ElementsAre(5, 6, 7));
}

}  // namespace
}  // namespace mesh::backend
