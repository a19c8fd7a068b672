// Post, at the owner of the sender: to itself, to accounts of its partition, to others.

#include <set>

#include "backend/model/outbox.h"
#include "tests/unit/backend/transactions/messages.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PostTest : public MessagesTest {};

// --- To itself -------------------------------------------------------------------------------

TEST_F(PostTest, WithoutAccountsAMessageGoesToTheSendersOwnSpool) {
  proto::PostRequest post = To({}, {From(kAlice, "1", kRespondConnection, "one")});
  *post.add_self() = From(kAlice, "2", kMessagePin, "two");
  const auto reply = Post(kAlice, post);
  EXPECT_EQ(reply.mesh_status(), 201);
  ASSERT_EQ(reply.post().entries_size(), 2);
  EXPECT_EQ(reply.post().entries(1).index_request(), 1);
  EXPECT_EQ(reply.post().entries(1).index_container(), 2);
  EXPECT_EQ(reply.post().entries(1).result(), proto::RESULT_ACCEPT);
  EXPECT_THAT(Spool(kAlice, kLocal), ElementsAre("one", "two"));
  EXPECT_THAT(Spool(kAlice), IsEmpty());
}

TEST_F(PostTest, NoSignatureIsNeededForWhatTheAccountKeeps) {
  proto::Envelope message = From(kAlice, "1");
  message.clear_signer_connection_digest();
  message.clear_signer_profile_digest();
  EXPECT_EQ(Post(kAlice, To({}, {message})).mesh_status(), 201);
}

TEST_F(PostTest, TheSpoolOfItsOwnTakesAMessageTwice) {
  const proto::PostRequest post = To({}, {From(kAlice, "1")});
  EXPECT_EQ(Post(kAlice, post).mesh_status(), 201);
  EXPECT_EQ(Post(kAlice, post).mesh_status(), 201);
  EXPECT_THAT(Spool(kAlice, kLocal), SizeIs(2));
}

TEST_F(PostTest, ACompletionOfItsOwnMarksWhatItReceived) {
  ASSERT_EQ(Post(kBob, To({kAlice}, {From(kBob, "1"), From(kBob, "2")})).mesh_status(), 201);
  proto::PostRequest completion;
  proto::Envelope marks = From(kAlice, "done", kMessageComplete);
  marks.add_references()->set_envelope_id("ENVELOPE-1");
  marks.mutable_references(0)->set_state(proto::SPOOL_STATE_READ);
  *completion.add_self() = marks;
  ASSERT_EQ(Post(kAlice, completion).mesh_status(), 201);

  proto::DownloadRequest unread = Ask(kInbound);
  unread.mutable_select(0)->set_exclude_read(true);
  const auto reply = Run(ByExchange(kAlice, kLaptop), kAlice,
                         [&](proto::PartitionRequest& r) { *r.mutable_download() = unread; });
  EXPECT_THAT(IndicesOf(reply), ElementsAre(0, 2));
}

// --- To accounts of the partition ----------------------------------------------------------------

TEST_F(PostTest, RecipientsHereHaveItInTheSameCommit) {
  const auto reply = Post(kAlice, To({kBob, kCarol}, {From(kAlice, "1")}));
  EXPECT_EQ(reply.mesh_status(), 201);
  ASSERT_EQ(reply.post().entries_size(), 1);
  EXPECT_EQ(reply.post().entries(0).result(), proto::RESULT_ACCEPT);
  EXPECT_FALSE(reply.post().entries(0).has_index_container());
  EXPECT_THAT(Spool(kBob), ElementsAre("what is said"));
  EXPECT_THAT(Spool(kCarol), ElementsAre("what is said"));
  EXPECT_THAT(Lease().entries(), IsEmpty());
  EXPECT_EQ(Counted(DeliveryResult::kDelivered), 2u);
}

TEST_F(PostTest, AMessageAppearsOnceHoweverOftenItIsPosted) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Post(kAlice, To({kBob}, {From(kAlice, "1")})).mesh_status(), 201);
  }
  EXPECT_THAT(Spool(kBob), SizeIs(1));
  EXPECT_EQ(Counted(DeliveryResult::kRepeated), 2u);
}

TEST_F(PostTest, ANameStandsForOnePayload) {
  Post(kAlice, To({kBob}, {From(kAlice, "1")}));
  const auto reply =
      Post(kAlice, To({kBob}, {From(kAlice, "1", kRequestContact, "something else")}));
  EXPECT_EQ(reply.mesh_status(), 400);
  EXPECT_THAT(ErrorsOf(reply), ElementsAre("MeshMessageInvalid"));
  EXPECT_THAT(Spool(kBob), SizeIs(1));
}

TEST_F(PostTest, AMessageToItselfIsDelivered) {
  EXPECT_EQ(Post(kAlice, To({kAlice, kBob}, {From(kAlice, "1")})).mesh_status(), 201);
  EXPECT_THAT(Spool(kAlice), SizeIs(1));
  EXPECT_THAT(Spool(kBob), SizeIs(1));
}

TEST_F(PostTest, SomebodyWhoIsNotThereIsRefusedAtOnce) {
  const auto before = bench_.Everything();
  const auto reply = Post(kAlice, To({"nobody@example.com"}, {From(kAlice, "1")}));
  EXPECT_EQ(reply.mesh_status(), 404);
  EXPECT_EQ(reply.mesh_status_description(), "MeshUnknownAccount");
  EXPECT_THAT(ErrorsOf(reply), ElementsAre("MeshUnknownAccount"));
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(PostTest, WhenOthersGotItTheSenderIsToldOfEachWhoDidNot) {
  const auto reply =
      Post(kAlice, To({"nobody@example.com", kBob, "none@example.com"}, {From(kAlice, "1")}));
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_THAT(ErrorsOf(reply), ElementsAre(""));
  EXPECT_THAT(Errors(kAlice), ElementsAre("MeshUnknownAccount nobody@example.com",
                                          "MeshUnknownAccount none@example.com"));
  EXPECT_THAT(Spool(kBob), SizeIs(1));
}

TEST_F(PostTest, EachMessageHasItsOwnAnswer) {
  const auto reply = Post(kAlice, To({kBob}, {From(kAlice, "1", kRequestConfirmation),
                                              From(kAlice, "2", kRequestContact)}));
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_THAT(ErrorsOf(reply), ElementsAre("MeshMessageInsufficientPrivilege", ""));
  EXPECT_EQ(reply.post().entries(0).result(), proto::RESULT_REJECT);
  EXPECT_EQ(reply.post().entries(1).result(), proto::RESULT_ACCEPT);
  EXPECT_THAT(Spool(kBob), SizeIs(1));
}

TEST_F(PostTest, AnotherWhoMarksMyMessagesMarksNothing) {
  Post(kBob, To({kAlice}, {From(kBob, "1")}));
  proto::Envelope marks = From(kCarol, "2");
  marks.add_references()->set_envelope_id("ENVELOPE-1");
  marks.mutable_references(0)->set_state(proto::SPOOL_STATE_CLOSED);
  ASSERT_EQ(Post(kCarol, To({kAlice}, {marks})).mesh_status(), 201);
  proto::DownloadRequest open = Ask(kInbound);
  open.mutable_select(0)->set_exclude_deleted(true);
  const auto reply = Run(ByExchange(kAlice, kLaptop), kAlice,
                         [&](proto::PartitionRequest& r) { *r.mutable_download() = open; });
  EXPECT_THAT(IndicesOf(reply), ElementsAre(0, 1, 2));
}

// --- To others -----------------------------------------------------------------------------------

TEST_F(PostTest, WhoIsElsewhereIsInTheOutbox) {
  elsewhere_ = {"erin@example.com"};
  const auto reply = Post(kAlice, To({kBob, kFar, "erin@example.com"}, {From(kAlice, "1")}));
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_THAT(Spool(kBob), SizeIs(1));
  const auto leased = Lease();
  ASSERT_EQ(leased.entries_size(), 2);
  std::set<std::string> recipients;
  for (const auto& entry : leased.entries()) {
    recipients.insert(entry.recipient());
    EXPECT_EQ(entry.sender(), kAlice);
    EXPECT_EQ(entry.message().payload(), "what is said");
    EXPECT_EQ(entry.message().signer_profile_digest(), ProfileDigestOf(kAlice));
  }
  EXPECT_THAT(recipients, ElementsAre(kFar, "erin@example.com"));
}

TEST_F(PostTest, WhatIsLeftHereOfAnAccountThatMovedIsNotItsInbox) {
  elsewhere_ = {std::string(kBob)};
  EXPECT_EQ(Post(kAlice, To({kBob}, {From(kAlice, "1")})).mesh_status(), 201);
  EXPECT_THAT(Lease().entries(), SizeIs(1));
  EXPECT_THAT(Spool(kBob), IsEmpty());
}

TEST_F(PostTest, PostedAgainItWaitsOnce) {
  for (int i = 0; i < 2; ++i) Post(kAlice, To({kFar}, {From(kAlice, "1")}));
  EXPECT_THAT(Lease().entries(), SizeIs(1));
}

TEST_F(PostTest, TheOutboxOfAnAccountHasABound) {
  for (uint32_t i = 0; i < kOutboxEntriesMax;) {
    std::vector<proto::Envelope> messages;
    for (int n = 0; n < 25; ++n) messages.push_back(From(kAlice, std::to_string(i++)));
    ASSERT_EQ(Post(kAlice, To({kFar}, messages)).mesh_status(), 201);
  }
  const auto reply = Post(kAlice, To({kFar}, {From(kAlice, "one more")}));
  EXPECT_EQ(reply.mesh_status(), 507);
  EXPECT_THAT(ErrorsOf(reply), ElementsAre("MeshQuotaExceeded"));
  Settle(kAlice, Of(Lease(1).entries(0), proto::Settlement::DELIVERED));
  EXPECT_EQ(Post(kAlice, To({kFar}, {From(kAlice, "one more")})).mesh_status(), 201);
  EXPECT_EQ(Post(kBob, To({kFar}, {From(kBob, "1")})).mesh_status(), 201);
}

TEST_F(PostTest, AFullInboxIsTriedAgain) {
  bench_.policy.entries_max = 6;  // Three spools' frames zero, mmm_Device's two, and one.
  EXPECT_EQ(Post(kAlice, To({kBob}, {From(kAlice, "1")})).mesh_status(), 201);
  EXPECT_THAT(Spool(kBob), IsEmpty());
  EXPECT_THAT(Lease().entries(), IsEmpty());  // Not at once.
  bench_.clock.Advance(std::chrono::minutes(5));
  ASSERT_THAT(Lease().entries(), SizeIs(1));
}

// Its MessageErrors would be filed in spite of that.
TEST_F(PostTest, AFullAccountSendsToNobody) {
  bench_.policy.entries_max = 6;
  const auto before = bench_.Everything();
  const auto reply = Post(kAlice, To({kBob, "nobody@example.com"}, {From(kAlice, "1")}));
  EXPECT_EQ(reply.mesh_status(), 507);
  EXPECT_EQ(bench_.Everything(), before);
  bench_.policy.entries_max = 7;
  EXPECT_EQ(Post(kAlice, To({kBob, "nobody@example.com"}, {From(kAlice, "1")})).mesh_status(), 201);
}

// --- Whose message it is
// ---------------------------------------------------------------------------

TEST_F(PostTest, AMessageOfAnotherSenderIsRefused) {
  const auto before = bench_.Everything();
  for (const auto& post : {To({kBob}, {From(kAlice, "1"), From(kCarol, "2")}),
                           To({}, {From(kAlice, "1"), From(kCarol, "2")})}) {
    const auto reply = Post(kAlice, post);
    EXPECT_EQ(reply.mesh_status(), 403);
    EXPECT_EQ(reply.refusal(), proto::REFUSAL_SENDER);
    ASSERT_EQ(reply.post().entries_size(), 2);
    EXPECT_THAT(reply.post().entries(1).reason(), HasSubstr("Sender"));
  }
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(PostTest, WhoSendsToOthersSigns) {
  const auto before = bench_.Everything();
  proto::Envelope message = From(kAlice, "1");
  message.clear_signer_connection_digest();
  EXPECT_EQ(Post(kAlice, To({kBob}, {message})).refusal(), proto::REFUSAL_SIGNATURE);
  message.set_signer_connection_digest(DigestOf(kPhone));  // Another device's.
  EXPECT_EQ(Post(kAlice, To({kBob}, {message})).refusal(), proto::REFUSAL_SIGNATURE);
  message = From(kAlice, "1");
  message.set_signer_profile_digest(ProfileDigestOf(kBob));
  const auto reply = Post(kAlice, To({kBob}, {message}));
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_SIGNATURE);
  EXPECT_EQ(reply.mesh_status(), 403);
  EXPECT_EQ(bench_.Everything(), before);
}

// As a version wrote it that did not keep the profile's digest with each device.
TEST_F(PostTest, ADeviceFromAnOlderVersionPostsAndSignsAllTheSame) {
  const AccountKeys keys(SlotOf(bench_.slot_key, kAlice), kAlice);
  const std::string key = keys.Member(kLaptop);
  Member member = *Member::Decode(**bench_.store.NewSnapshot()->Get(ColumnFamily::kIndex, key));
  ASSERT_EQ(member.profile_account_digest, ProfileDigestOf(kAlice));
  member.profile_account_digest.clear();
  const Write older{Write::Kind::kPut, ColumnFamily::kIndex, key, member.Encode()};
  ASSERT_TRUE(bench_.store.Commit({older}, true).ok());

  proto::Envelope message = From(kAlice, "1");
  EXPECT_EQ(Post(kAlice, To({kBob}, {message})).mesh_status(), 201);
  message.set_signer_profile_digest(ProfileDigestOf(kBob));
  EXPECT_EQ(Post(kAlice, To({kBob}, {message})).refusal(), proto::REFUSAL_SIGNATURE);
}

TEST_F(PostTest, InReferenceCompatibilityNobodySigns) {
  proto::PartitionRequest request = bench_.RequestOf(kAlice);
  proto::Envelope message = From(kAlice, "1", kReplyContact);
  message.clear_signer_connection_digest();
  message.clear_signer_profile_digest();
  *request.mutable_post() = To({kBob}, {message});
  EXPECT_EQ(bench_.Run(request).mesh_status(), 201);
  EXPECT_THAT(Spool(kBob), SizeIs(1));
}

TEST_F(PostTest, ALimitedDeviceSendsIfItMay) {
  const auto laptop = Administering(ByExchange(kAlice, kLaptop));
  const auto permit = [&](proto::Event event, const std::vector<std::string_view>& containers) {
    proto::Envelope entry = DeviceEntry(event, kAlice, kPhone);
    entry.mutable_members(0)->set_limited(true);
    for (const std::string_view container : containers) {
      proto::Permission* permission = entry.mutable_members(0)->add_permissions();
      permission->set_container(std::string(container));
      permission->set_write(true);
    }
    ASSERT_EQ(UploadDevices(laptop, kAlice, {entry}).mesh_status(), 201);
  };
  proto::Envelope message = From(kAlice, "1");
  message.set_signer_connection_digest(DigestOf(kPhone));
  const auto send = [&](const proto::PostRequest& post) {
    return PostBy(ByExchange(kAlice, kPhone), kAlice, post).refusal();
  };
  permit(proto::EVENT_NEW, {kLocal});
  EXPECT_EQ(send(To({kBob}, {message})), proto::REFUSAL_PERMISSION);
  EXPECT_EQ(send(To({}, {message})), proto::REFUSAL_NONE);
  permit(proto::EVENT_UPDATE, {kOutbound});
  EXPECT_EQ(send(To({kBob}, {message})), proto::REFUSAL_NONE);
  EXPECT_EQ(send(To({}, {message})), proto::REFUSAL_PERMISSION);
}

// --- Limits
// ------------------------------------------------------------------------------------------

TEST_F(PostTest, WhatASenderMayAskAtOnceIsBounded) {
  const auto before = bench_.Everything();
  proto::Envelope large = From(kAlice, "1");
  large.set_payload(std::string(kMessageBytesMax + 1, 'x'));
  EXPECT_EQ(Post(kAlice, To({kBob}, {large})).mesh_status(), 413);

  std::vector<std::string> names;
  for (size_t i = 0; i < kPostAccountsMax; ++i) names.push_back("b" + std::to_string(i) + "@x.org");
  const std::vector<std::string_view> accounts(names.begin(), names.end());
  const std::vector<proto::Envelope> messages(kPostDeliveriesMax / kPostAccountsMax + 1,
                                              From(kAlice, "1"));
  EXPECT_EQ(Post(kAlice, To(accounts, messages)).mesh_status(), 413);
  large.set_payload(std::string(kMessageBytesMax, 'x'));
  EXPECT_EQ(Post(kAlice, To(accounts, {large, large})).mesh_status(), 413);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(PostTest, AMessageHasItsNames) {
  proto::Envelope message = From(kAlice, "1");
  message.clear_envelope_id();
  EXPECT_EQ(Post(kAlice, To({}, {message})).mesh_status(), 400);
  message = From(kAlice, "1");
  message.clear_unique_id();
  EXPECT_EQ(Post(kAlice, To({kBob}, {message})).mesh_status(), 400);
}

TEST_F(PostTest, NothingAtAllIsDoneToNobody) {
  EXPECT_EQ(Post(kAlice, To({kBob}, {})).mesh_status(), 201);
  EXPECT_EQ(Post(kAlice, {}).mesh_status(), 201);
}

// --- Two rounds
// ----------------------------------------------------------------------------------------

TEST_F(PostTest, TheFirstRoundIsAnsweredWithConstraintsAndHasNoEffect) {
  for (const std::vector<std::string_view>& to : {std::vector<std::string_view>{}, {kBob}}) {
    const auto reply = Post(kAlice, To(to, {From(kAlice, "1"), Redacted(From(kAlice, "2"))}));
    EXPECT_EQ(reply.mesh_status(), 202);
    ASSERT_EQ(reply.post().entries_size(), 2);
    EXPECT_TRUE(reply.post().entries(1).has_constraints_data());
    EXPECT_FALSE(reply.post().entries(0).has_constraints_data());
  }
  EXPECT_THAT(Spool(kBob), IsEmpty());
  EXPECT_THAT(Spool(kAlice, kLocal), IsEmpty());
}

TEST_F(PostTest, TheSecondRoundBringsBothRoundsIntoEffect) {
  const auto two = From(kAlice, "2", kRequestContact, "two");
  Post(kAlice, To({kBob}, {From(kAlice, "1", kRequestContact, "one"), Redacted(two)}));
  Post(kAlice, To({}, {From(kAlice, "1", kRequestContact, "one"), Redacted(two)}));
  const auto reply = Post(kAlice, To({kBob}, {two}));
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_EQ(reply.post().entries_size(), 2);
  EXPECT_THAT(Spool(kBob), ElementsAre("one", "two"));
  EXPECT_EQ(Post(kAlice, To({}, {two})).mesh_status(), 201);
  EXPECT_THAT(Spool(kAlice, kLocal), ElementsAre("one", "two"));
}

TEST_F(PostTest, WhoSignedIsLookedAtWhenThePayloadComes) {
  proto::Envelope redacted = Redacted(From(kAlice, "1"));
  redacted.clear_signer_connection_digest();
  redacted.clear_sender();
  EXPECT_EQ(Post(kAlice, To({kBob}, {redacted})).mesh_status(), 202);
  proto::Envelope forged = From(kAlice, "1");
  forged.clear_signer_connection_digest();
  EXPECT_EQ(Post(kAlice, To({kBob}, {forged})).refusal(), proto::REFUSAL_SIGNATURE);
  EXPECT_EQ(Post(kAlice, To({kBob}, {From(kAlice, "1")})).mesh_status(), 201);
}

}  // namespace
}  // namespace mesh::backend
