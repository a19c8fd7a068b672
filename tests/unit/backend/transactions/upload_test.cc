#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/dare/merkle_tree.h"
#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kYes = proto::RESULT_ACCEPT;
constexpr auto kNo = proto::RESULT_REJECT;
constexpr auto kClash = proto::RESULT_CONFLICT;

class UploadTest : public ::testing::Test {
 protected:
  UploadTest() { bench_.Create(kAlice); }

  proto::PartitionReply Upload(const proto::UploadRequest& upload) {
    return bench_.Upload(kAlice, upload);
  }
  std::vector<std::string> Payloads(std::string_view container) {
    return PayloadsOf(bench_.Download(kAlice, Ask(container)));
  }
  // Sends what must be refused with `status`, and sees that nothing changed.
  proto::PartitionReply Refused(const proto::UploadRequest& upload, int status) {
    const auto before = bench_.Everything();
    const auto reply = Upload(upload);
    EXPECT_EQ(reply.mesh_status(), status) << reply.message();
    EXPECT_FALSE(reply.message().empty());
    EXPECT_EQ(bench_.Everything(), before);
    return reply;
  }

  Bench bench_;
};

// --- Frame zero ---------------------------------------------------------------------

TEST_F(UploadTest, TheFirstUploadBringsFrameZeroAndTheRestFollows) {
  const auto reply = Upload(To(kContacts, {FrameZero(), New("a", "1"), Update("a", "2")}));
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_THAT(ResultsOf(reply), ElementsAre(kYes, kYes, kYes));
  EXPECT_THAT(IndicesGiven(reply), ElementsAre(0, 1, 2));
  EXPECT_THAT(Payloads(kContacts), ElementsAre("", "1", "2"));
}

TEST_F(UploadTest, TheServiceMakesFrameZeroWhenTheClientDoesNot) {
  EXPECT_THAT(IndicesGiven(Upload(To(kContacts, {New("a", "1")}))), ElementsAre(1));
  EXPECT_THAT(Payloads(kContacts), ElementsAre("", "1"));
}

TEST_F(UploadTest, AClientsFrameZeroReplacesOurs) {
  EXPECT_THAT(IndicesGiven(Upload(To(kInbound, {FrameZero(), Message("M", "1")}))),
              ElementsAre(0, 1));
  const auto reply = bench_.Download(kAlice, Ask(kInbound));
  EXPECT_THAT(PayloadsOf(reply), ElementsAre("", "1"));
  EXPECT_EQ(reply.download().updates(0).envelopes(0).header(), FrameZero().header());
}

TEST_F(UploadTest, ReplacingFrameZeroLeavesNoTraceOfTheFirst) {
  bench_.Create(kBob);
  bench_.clock.Advance(std::chrono::seconds(5));
  bench_.Upload(kBob, To(kInbound, {FrameZero()}));
  const size_t replaced = bench_.Everything().size();
  bench_.Create("carol@example.com");
  EXPECT_EQ(bench_.Everything().size() - replaced, replaced / 2);
}

TEST_F(UploadTest, AContainerWithEntriesTakesNoFrameZeroInEitherMode) {
  Upload(To(kContacts, {New("a", "1")}));
  EXPECT_THAT(ResultsOf(Refused(To(kContacts, {FrameZero(), New("b", "2")}), 409)),
              ElementsAre(kClash, kNo));
  bench_.lenient = true;
  Refused(To(kContacts, {FrameZero(), New("b", "2")}), 409);
}

TEST_F(UploadTest, AClientsOwnFrameZeroIsNotReplaced) {
  Upload(To(kContacts, {FrameZero()}));
  Refused(To(kContacts, {FrameZero()}), 409);
}

TEST_F(UploadTest, NamingAContainerWithoutEntriesMakesNone) {
  EXPECT_EQ(Upload(To(kContacts, {})).mesh_status(), 201);
  EXPECT_EQ(bench_.Download(kAlice, Ask(kContacts)).mesh_status(), 404);
}

// --- Many containers --------------------------------------------------------------------

TEST_F(UploadTest, SelfGoesToTheInboundSpoolAfterTheUpdates) {
  const auto reply = Upload(To(kContacts, {New("a", "1")}).Self(Message("M", "hello")));
  EXPECT_THAT(IndicesGiven(reply), ElementsAre(1, 1));
  EXPECT_EQ(reply.upload().entries(1).index_request(), 1);
  EXPECT_THAT(Payloads(kInbound), ElementsAre("", "hello"));
}

TEST_F(UploadTest, OneContainerMayBeNamedTwice) {
  Upload(To(kContacts, {New("a", "1")}).If(0).To(kContacts, {Update("a", "2")}).If(2));
  EXPECT_THAT(Payloads(kContacts), ElementsAre("", "1", "2"));
}

TEST_F(UploadTest, OneBadEntryUndoesTheWholeRequest) {
  const auto reply = Refused(To(kContacts, {New("a", "1"), New("b", "2")})
                                 .To("mmm_Bookmark", {New("x", "3"), New("x", "4")})
                                 .Self(Message("M", "hello")),
                             409);
  EXPECT_THAT(ResultsOf(reply), ElementsAre(kNo, kNo, kNo, kClash, kNo));
  EXPECT_THAT(reply.upload().entries(3).reason(), HasSubstr("New"));
}

TEST_F(UploadTest, AnEmptyUploadSucceeds) {
  const auto reply = Upload({});
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_THAT(ResultsOf(reply), IsEmpty());
}

// --- Catalog events -----------------------------------------------------------------------

TEST_F(UploadTest, NewRequiresAbsenceAndDeletionAllowsItAgain) {
  Upload(To(kContacts, {New("a", "1")}));
  Refused(To(kContacts, {New("a", "2")}), 409);
  EXPECT_EQ(Upload(To(kContacts, {Delete("a"), New("a", "3")})).mesh_status(), 201);
}

TEST_F(UploadTest, UpdateOverwritesWhateverIsThere) {
  EXPECT_EQ(Upload(To(kContacts, {Update("a", "1"), Update("a", "2")})).mesh_status(), 201);
}

TEST_F(UploadTest, DeleteRequiresPresence) {
  Refused(To(kContacts, {Delete("a")}), 409);
  Upload(To(kContacts, {New("a", "1"), Delete("a")}));
  Refused(To(kContacts, {Delete("a")}), 409);
}

TEST_F(UploadTest, UniqueIdsOfDifferentCatalogsDoNotMeet) {
  Upload(To(kContacts, {New("a", "1")}));
  EXPECT_EQ(Upload(To("mmm_Bookmark", {New("a", "1")})).mesh_status(), 201);
}

TEST_F(UploadTest, ACatalogEntryNeedsAKnownEventAndAUniqueId) {
  Refused(To(kContacts, {Plain("no event")}), 400);
  Refused(To(kContacts, {EventEntry(proto::EVENT_UNKNOWN, "a", "1")}), 400);
  Refused(To(kContacts, {New("", "1")}), 400);
  bench_.lenient = true;
  Refused(To(kContacts, {Plain("no event")}), 400);
}

TEST_F(UploadTest, ASpoolTakesMessagesWithoutEventsEvenTwice) {
  EXPECT_EQ(Upload(To(kLocal, {Message("M", "1"), Message("M", "1"), Plain("2")})).mesh_status(),
            201);
  EXPECT_THAT(Payloads(kLocal), ElementsAre("", "1", "1", "2"));
}

// --- Preconditions -------------------------------------------------------------------------

TEST_F(UploadTest, TheRightIndexAndDigestLetAnEntryIn) {
  Upload(To(kContacts, {FrameZero(), New("a", "1")}));
  const std::string digest = bench_.Download(kAlice, Ask(kContacts)).download().updates(0).digest();
  EXPECT_EQ(Upload(To(kContacts, {New("b", "2")}).If(2, digest)).mesh_status(), 201);
}

TEST_F(UploadTest, AStaleIndexConflictsForEveryEntryOfTheRequest) {
  Upload(To(kContacts, {FrameZero(), New("a", "1")}));
  const auto reply = Refused(
      To("mmm_Bookmark", {New("x", "0")}).To(kContacts, {New("b", "2"), New("c", "3")}).If(1), 409);
  EXPECT_THAT(ResultsOf(reply), ElementsAre(kClash, kClash, kClash));
}

TEST_F(UploadTest, AStaleDigestConflicts) {
  Upload(To(kContacts, {FrameZero(), New("a", "1")}));
  Refused(To(kContacts, {New("b", "2")}).If(2, DigestOf("old")), 409);
}

TEST_F(UploadTest, ANewContainerIsAtIndexZero) {
  Refused(To(kContacts, {New("a", "1")}).If(2), 409);
  Refused(To(kContacts, {FrameZero()}).If(1), 409);
  Refused(To(kContacts, {New("a", "1")}).If(0, DigestOf("x")), 409);
  EXPECT_EQ(Upload(To(kContacts, {New("a", "1")}).If(0)).mesh_status(), 201);
  EXPECT_EQ(Upload(To("mmm_Bookmark", {New("a", "1")}).If(1)).mesh_status(), 201);
}

TEST_F(UploadTest, FrameZeroOverOursIsAtIndexZeroOrOne) {
  EXPECT_EQ(Upload(To(kInbound, {FrameZero()}).If(0)).mesh_status(), 201);
}

TEST_F(UploadTest, TheReferencesIndicesAreNotPreconditions) {
  bench_.lenient = true;
  Upload(To(kContacts, {FrameZero(), New("a", "1")}));
  EXPECT_THAT(IndicesGiven(Upload(To(kContacts, {New("b", "2")}).If(7, DigestOf("wrong")))),
              ElementsAre(2));
}

TEST_F(UploadTest, ANegativeIndexConflicts) { Refused(To(kContacts, {New("a", "1")}).If(-1), 409); }

// --- Digests and times -----------------------------------------------------------------------

TEST_F(UploadTest, TheTreeDigestIsThatOfThePayloadsInOrder) {
  Upload(To(kContacts, {FrameZero(), New("a", "1"), New("b", "2"), New("c", "3")}));
  dare::MerkleFrontier expected;
  for (const auto payload : {"", "1", "2", "3"}) expected.Append(DigestOf(payload));
  EXPECT_EQ(bench_.Download(kAlice, Ask(kContacts)).download().updates(0).digest(),
            expected.digest());
}

TEST_F(UploadTest, TimesOfArrivalNeverDecreaseInAContainer) {
  Upload(To(kContacts, {New("a", "1")}));
  bench_.clock.Advance(std::chrono::seconds(-10));  // The machine's clock was set back.
  Upload(To(kContacts, {New("b", "2")}));
  const auto reply = bench_.Download(kAlice, Ask(kContacts));
  const auto& update = reply.download().updates(0);
  EXPECT_EQ(update.envelopes(2).received(), update.envelopes(1).received());
}

// --- Limits ------------------------------------------------------------------------------------

TEST_F(UploadTest, AMessageOfTheLargestSizePassesAndOneOctetMoreDoesNot) {
  EXPECT_EQ(Upload(To(kContacts, {New("a", std::string(kMessageBytesMax, 'x'))})).mesh_status(),
            201);
  const auto reply = Refused(
      To(kContacts, {New("b", "1"), New("c", std::string(kMessageBytesMax + 1, 'x'))}), 413);
  EXPECT_THAT(ResultsOf(reply), ElementsAre(kNo, kNo));
  EXPECT_THAT(reply.message(), HasSubstr("65536"));
}

TEST_F(UploadTest, LongHeadersTrailersAndIdentifiersAreRefused) {
  proto::Envelope entry = New("a", "1");
  entry.set_header(std::string(kEnvelopeHeaderBytesMax + 1, 'x'));
  Refused(To(kContacts, {entry}), 413);
  entry = New("a", "1");
  entry.set_trailer(std::string(kEnvelopeHeaderBytesMax + 1, 'x'));
  Refused(To(kContacts, {entry}), 413);
  Refused(To(kContacts, {New(std::string(kIdentifierBytesMax + 1, 'x'), "1")}), 400);
  Refused(To(kInbound, {Message(std::string(kIdentifierBytesMax + 1, 'x'), "1")}), 400);
}

TEST_F(UploadTest, TooManyEntriesOrContainersAreRefused) {
  Refused(To(kLocal, std::vector<proto::Envelope>(kEntriesPerRequestMax + 1, Plain("x"))), 413);
  UploadBuilder many;
  for (size_t i = 0; i <= kUpdatesPerRequestMax; ++i) many.To(kLocal, {});
  Refused(many, 413);
}

TEST_F(UploadTest, AContainerNameIsNeverAPath) {
  Refused(To("../escape", {FrameZero()}), 400);
  Refused(To("", {FrameZero()}), 400);
  Refused(To("../escape", {}), 400);
}

TEST_F(UploadTest, AnEntryWithoutDigestIsRefused) {
  proto::Envelope entry = New("a", "1");
  entry.set_payload_digest("short");
  Refused(To(kContacts, {entry}), 400);
}

// --- Quotas
// ---------------------------------------------------------------------------------------

TEST_F(UploadTest, TheQuotaOfEntriesIsKept) {
  bench_.policy.entries_max = 6;  // The first three are the spools' frames zero.
  EXPECT_EQ(Upload(To(kContacts, {New("a", "1"), New("b", "2")})).mesh_status(), 201);
  const auto reply = Refused(To(kContacts, {New("c", "3")}), 507);
  EXPECT_THAT(reply.message(), HasSubstr("6 entries"));
}

TEST_F(UploadTest, TheQuotaOfOctetsIsKept) {
  bench_.policy.bytes_max = 1000;
  EXPECT_EQ(Upload(To(kContacts, {New("a", std::string(500, 'x'))})).mesh_status(), 201);
  EXPECT_THAT(Refused(To(kContacts, {New("b", std::string(500, 'x'))}), 507).message(),
              HasSubstr("1000 octets"));
}

TEST_F(UploadTest, TheQuotaOfContainersIsKept) {
  bench_.policy.containers_max = 4;  // Three are the spools that every account has.
  EXPECT_EQ(Upload(To(kContacts, {FrameZero()})).mesh_status(), 201);
  Refused(To("mmm_Bookmark", {FrameZero()}), 507);
  EXPECT_EQ(Upload(To(kContacts, {New("a", "1")})).mesh_status(), 201);
}

TEST_F(UploadTest, ReplacingFrameZeroIsNotChargedTwice) {
  bench_.policy.entries_max = 3;
  EXPECT_EQ(Upload(To(kInbound, {FrameZero()})).mesh_status(), 201);
}

}  // namespace
}  // namespace mesh::backend
