// Deliver, at the owner of the recipient.

#include "backend/model/correspondents.h"
#include "tests/unit/backend/transactions/messages.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DeliverTest : public MessagesTest {
 protected:
  // "" for what was delivered.
  static std::vector<std::string> ErrorsIn(const proto::PartitionReply& reply) {
    std::vector<std::string> errors;
    for (const auto& delivery : reply.deliver().deliveries()) errors.push_back(delivery.error());
    return errors;
  }
  proto::PartitionReply DeliverFor(const std::string& domain, const proto::Caller& caller,
                                   std::string_view sender, const proto::Envelope& message) {
    return Run(caller, kAlice, [&](proto::PartitionRequest& request) {
      request.mutable_deliver()->set_sender(std::string(sender));
      request.mutable_deliver()->set_domain(domain);
      *request.mutable_deliver()->add_messages() = message;
    });
  }
  static proto::Caller Service(const std::string& domain) {
    proto::Caller caller = CallerOf(proto::Caller::SERVICE, "KEY-host");
    caller.set_domain(domain);
    return caller;
  }
};

// --- Exactly once ---------------------------------------------------------------------------

TEST_F(DeliverTest, AMessageIsInTheInboxOnce) {
  for (int i = 0; i < 3; ++i) {
    const auto reply = Deliver(kAlice, kBob, {From(kBob, "1")});
    EXPECT_EQ(reply.mesh_status(), 201);
    EXPECT_THAT(ErrorsIn(reply), ElementsAre(""));
  }
  EXPECT_THAT(Spool(kAlice), SizeIs(1));
}

TEST_F(DeliverTest, OfTwoThatShareANameInOneRequestTheFirstCounts) {
  const auto reply = Deliver(
      kAlice, kBob, {From(kBob, "1"), From(kBob, "1"), From(kBob, "1", kRequestContact, "else")});
  EXPECT_THAT(ErrorsIn(reply), ElementsAre("", "", "MeshMessageInvalid"));
  EXPECT_THAT(Spool(kAlice), SizeIs(1));
}

TEST_F(DeliverTest, TheSameNameOfAnotherSenderIsAnother) {
  Deliver(kAlice, kBob, {From(kBob, "1")});
  Deliver(kAlice, kCarol, {From(kCarol, "1")});
  EXPECT_THAT(Spool(kAlice), SizeIs(2));
}

TEST_F(DeliverTest, ADeliveryIsRememberedForThreeDays) {
  Deliver(kAlice, kBob, {From(kBob, "1")});
  bench_.clock.Advance(std::chrono::hours(72) - std::chrono::seconds(1));
  Deliver(kAlice, kBob, {From(kBob, "1")});
  EXPECT_THAT(Spool(kAlice), SizeIs(1));
  bench_.clock.Advance(std::chrono::seconds(1));
  Deliver(kAlice, kBob, {From(kBob, "1")});
  EXPECT_THAT(Spool(kAlice), SizeIs(2));
}

TEST_F(DeliverTest, WhatWasRefusedIsNotRemembered) {
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "1", kGroupInvitation)})),
              ElementsAre("MeshMessageInsufficientPrivilege"));
  Know(kAlice, kBob);
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "1", kGroupInvitation)})),
              ElementsAre(""));
}

// --- Who is not there, who is full -------------------------------------------------------------

TEST_F(DeliverTest, SomebodyWhoIsNotThereGetsNothing) {
  const auto before = bench_.Everything();
  const auto reply = Deliver("nobody@example.com", kBob, {From(kBob, "1"), From(kBob, "2")});
  EXPECT_EQ(reply.mesh_status(), 404);
  EXPECT_THAT(ErrorsIn(reply), ElementsAre("MeshUnknownAccount", "MeshUnknownAccount"));
  EXPECT_FALSE(reply.deliver().deliveries(0).again());
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(DeliverTest, AFullAccountIsForLater) {
  bench_.policy.entries_max = 5;
  const auto reply = Deliver(kAlice, kBob, {From(kBob, "1")});
  EXPECT_THAT(ErrorsIn(reply), ElementsAre("MeshQuotaExceeded"));
  EXPECT_TRUE(reply.deliver().deliveries(0).again());
}

TEST_F(DeliverTest, StrangersAreTakenAsManyAsThereMayBeInAnHour) {
  SetSite("stranger-messages-per-hour 2");
  Know(kAlice, kCarol);
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "1"), From(kBob, "2"), From(kBob, "3")})),
              ElementsAre("", "", "MeshServiceUnavailable"));
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kCarol, {From(kCarol, "1")})), ElementsAre(""));
  bench_.clock.Advance(std::chrono::hours(1));
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "3")})), ElementsAre(""));
}

TEST_F(DeliverTest, WhatIsUnsoundIsInvalid) {
  proto::Envelope nameless = From(kBob, "1");
  nameless.clear_envelope_id();
  const auto reply =
      Deliver(kAlice, kBob, {nameless, From(kCarol, "2"), Redacted(From(kBob, "3"))});
  EXPECT_THAT(ErrorsIn(reply),
              ElementsAre("MeshMessageInvalid", "MeshMessageInvalid", "MeshMessageInvalid"));
  EXPECT_EQ(Counted(DeliveryResult::kInvalid), 3u);
  EXPECT_THAT(Spool(kAlice), IsEmpty());
}

// --- What accounts say of each other -------------------------------------------------------------

TEST_F(DeliverTest, ContactsComeAndGo) {
  const auto send = [&](const std::string& id) {
    return ErrorsIn(Deliver(kAlice, kBob, {From(kBob, id, kGroupInvitation)})).front();
  };
  EXPECT_NE(send("1"), "");
  Know(kAlice, kBob);
  EXPECT_EQ(send("1"), "");
  proto::Envelope second = New("second", "x");
  second.add_contact_addresses(std::string(kBob));
  const auto laptop = ByExchange(kAlice, kLaptop);
  Upload(laptop, kAlice, backend::To(kContacts, {second}));
  Upload(laptop, kAlice, backend::To(kContacts, {Delete("second")}));
  EXPECT_EQ(send("2"), "");  // The first entry names him still.
  Upload(laptop, kAlice, backend::To(kContacts, {Update("contact bob@example.com", "nobody")}));
  EXPECT_NE(send("3"), "");
}

TEST_F(DeliverTest, WhoWasAskedMayAnswerForAMonth) {
  const auto answer = [&](const std::string& id) {
    return ErrorsIn(Deliver(kAlice, kBob, {From(kBob, id, kReplyContact)})).front();
  };
  EXPECT_NE(answer("1"), "");
  ASSERT_EQ(Post(kAlice, To({kBob}, {From(kAlice, "ask")})).mesh_status(), 201);
  EXPECT_EQ(answer("1"), "");
  EXPECT_NE(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "2", kGroupInvitation)})).front(), "");
  EXPECT_NE(ErrorsIn(Deliver(kAlice, kCarol, {From(kCarol, "3", kReplyContact)})).front(), "");
  bench_.clock.Advance(std::chrono::hours(24 * 30));
  EXPECT_NE(answer("4"), "");
}

TEST_F(DeliverTest, TheStoryOfContactExchangeWorks) {
  EXPECT_EQ(Post(kAlice, To({kBob}, {From(kAlice, "ask")})).mesh_status(), 201);
  Know(kBob, kAlice);
  EXPECT_EQ(Post(kBob, To({kAlice}, {From(kBob, "answer", kReplyContact)})).mesh_status(), 201);
  Know(kAlice, kBob);
  EXPECT_EQ(Post(kBob, To({kAlice}, {From(kBob, "really?", kRequestConfirmation)})).mesh_status(),
            201);
  EXPECT_EQ(Post(kAlice, To({kBob}, {From(kAlice, "yes", kResponseConfirmation)})).mesh_status(),
            201);
}

TEST_F(DeliverTest, WhomAnAccountBlocksItDoesNotHear) {
  Know(kAlice, kBob);
  const auto laptop = ByExchange(kAlice, kLaptop);
  Upload(laptop, kAlice, backend::To(kBlockCatalog, {New(kBob, "enough")}));
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "1")})),
              ElementsAre("MeshRecipientBlockedSender"));
  Upload(laptop, kAlice, backend::To(kBlockCatalog, {Delete(kBob)}));
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "1")})), ElementsAre(""));
  Upload(laptop, kAlice, backend::To(kBlockCatalog, {New("example.com", "all of them")}));
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "2")})),
              ElementsAre("MeshRecipientBlockedService"));
  EXPECT_EQ(Counted(DeliveryResult::kRecipientBlockedService), 1u);
}

TEST_F(DeliverTest, WhatTheOperatorBlocksNobodyHears) {
  SetSite("block-sender bob@example.com\nblock-service example.org");
  EXPECT_THAT(ErrorsIn(Deliver(kAlice, kBob, {From(kBob, "1")})),
              ElementsAre("MeshServiceBlockedSender"));
  const auto far = DeliverFor("example.org", Service("example.org"), kFar, From(kFar, "1"));
  EXPECT_THAT(ErrorsIn(far), ElementsAre("MeshServiceBlockedService"));
}

// --- Who may ask --------------------------------------------------------------------------------

TEST_F(DeliverTest, AnotherServiceSpeaksForItsOwnDomain) {
  EXPECT_THAT(ErrorsIn(DeliverFor("example.org", Service("example.org"), kFar, From(kFar, "1"))),
              ElementsAre(""));
  const auto before = bench_.Everything();
  for (const auto& [domain, caller] : {std::pair("example.net", "example.net"),
                                       {"example.org", "example.net"},
                                       {"", "example.net"}}) {
    const auto reply = DeliverFor(domain, Service(caller), kFar, From(kFar, "2"));
    EXPECT_EQ(reply.mesh_status(), 403);
    EXPECT_EQ(reply.refusal(), proto::REFUSAL_SENDER);
  }
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(DeliverTest, WhatAnotherServiceBringsIsSigned) {
  proto::Envelope message = From(kFar, "1");
  message.clear_signer_profile_digest();
  EXPECT_THAT(ErrorsIn(DeliverFor("example.org", Service("example.org"), kFar, message)),
              ElementsAre("MeshMessageInsufficientPrivilege"));
}

TEST_F(DeliverTest, WhatOurForwarderBringsIsOurs) {
  const auto reply = Forward(kAlice, [&](proto::PartitionRequest& request) {
    request.mutable_deliver()->set_sender(std::string(kFar));
    request.mutable_deliver()->set_domain("example.org");
    *request.mutable_deliver()->add_messages() = From(kFar, "1");
  });
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_SENDER);
}

TEST_F(DeliverTest, NoClientAsksOwnersWhatFrontEndsAsk) {
  const std::vector<std::function<void(proto::PartitionRequest&)>> asks = {
      [](proto::PartitionRequest& request) {
        request.mutable_deliver()->set_sender(std::string(kAlice));
        *request.mutable_deliver()->add_messages() = From(kAlice, "1");
      },
      [](proto::PartitionRequest& request) { request.mutable_lease_outbox(); },
      [](proto::PartitionRequest& request) {
        request.mutable_settle_outbox()->add_settlements()->set_id(std::string(16, 'i'));
      }};
  proto::Caller reference = CallerOf(proto::Caller::REFERENCE, "MDEV");
  reference.set_account(std::string(kAlice));
  const auto before = bench_.Everything();
  for (const auto& ask : asks) {
    EXPECT_EQ(Run(CallerOf(proto::Caller::NOBODY, ""), kAlice, ask).mesh_status(), 401);
    for (const proto::Caller& caller :
         {CallerOf(proto::Caller::DEVICE, "KEY-new"), ByExchange(kAlice, kLaptop),
          Administering(ByExchange(kAlice, kLaptop)), reference}) {
      const auto reply = Run(caller, kAlice, ask);
      EXPECT_EQ(reply.mesh_status(), 403);
      EXPECT_EQ(reply.refusal(), proto::REFUSAL_MODE);
    }
  }
  for (size_t i = 1; i < asks.size(); ++i) {
    EXPECT_EQ(Run(Service("example.org"), kAlice, asks[i]).refusal(), proto::REFUSAL_MODE);
  }
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(DeliverTest, AForwarderDoesNothingElse) {
  const auto before = bench_.Everything();
  const std::vector<std::function<void(proto::PartitionRequest&)>> asks = {
      [](proto::PartitionRequest& request) { request.mutable_status(); },
      [](proto::PartitionRequest& request) { *request.mutable_download() = Ask(kInbound); },
      [](proto::PartitionRequest& request) { request.mutable_delete_(); },
      [](proto::PartitionRequest& request) {
        *request.mutable_upload() = backend::To(kContacts, {New("a", "x")});
      },
      [](proto::PartitionRequest& request) {
        *request.mutable_post() = To({}, {From(kAlice, "1")});
      },
      [](proto::PartitionRequest& request) { request.mutable_grant()->set_account("x@y.zz"); }};
  for (const auto& ask : asks) {
    EXPECT_EQ(Forward(kAlice, ask).refusal(), proto::REFUSAL_MODE);
  }
  EXPECT_EQ(bench_.Everything(), before);
}

}  // namespace
}  // namespace mesh::backend
