// Devices that ask for an account, and publications that are claimed: what the owner files, and
// to whom it gives what.

#include <gmock/gmock.h>

#include "common/mesh/message.h"
#include "tests/unit/backend/transactions/who.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConnectTest : public WhoTest {
 protected:
  ConnectTest() { MakeAccount(kAlice); }

  static proto::Caller Device(const std::string& name) {
    proto::Caller device = CallerOf(proto::Caller::DEVICE, "KEY-" + name);
    device.set_profile_device_udf("PROFILE-" + name);
    return device;
  }
  // Asks; returns the EnvelopeID of the answer to come.
  std::string Asked(const std::string& name) {
    const auto reply = AskToConnect(Device(name), kAlice, "PROFILE-" + name);
    EXPECT_EQ(reply.mesh_status(), 201);
    const auto read = ParseAcknowledgeConnection(reply.connect().acknowledge().payload());
    return crypto::EnvelopeId(crypto::ResponseId(read->witness));
  }
  proto::PartitionReply Answer(const proto::Envelope& response) {
    return Upload(laptop_, kAlice, To(kLocal, {response}));
  }

  const proto::Caller laptop_ = ByExchange(kAlice, kLaptop);
};

// --- Connect -----------------------------------------------------------------------------

TEST_F(ConnectTest, ARequestIsFiledWithItsWitness) {
  const auto reply = AskToConnect(Device("tablet"), kAlice, "PROFILE-tablet");

  ASSERT_EQ(reply.mesh_status(), 201);
  EXPECT_EQ(reply.connect().profile_mesh(), "[mesh]");
  EXPECT_EQ(reply.connect().assertion_account(), "[account]");
  const auto read = ParseAcknowledgeConnection(reply.connect().acknowledge().payload());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->witness, ConnectionWitness(std::string(64, 'f'), read->server_nonce,
                                             std::string(64, 'd'), "client nonce 16."));
  EXPECT_EQ(read->head.message_id, read->witness);
  EXPECT_EQ(dare::EnvelopeText(read->request), R"([{"EnvelopeID":"M"},"e30"])");
  const auto inbound = Download(laptop_, kAlice, kInbound);
  EXPECT_EQ(PayloadsOf(inbound).back(), reply.connect().acknowledge().payload());
}

TEST_F(ConnectTest, EveryRequestHasANonceOfItsOwn) { EXPECT_NE(Asked("tablet"), Asked("tablet")); }

TEST_F(ConnectTest, NobodyAsksForAnotherDevice) {
  const auto before = bench_.Everything();
  const auto reply = AskToConnect(Device("tablet"), kAlice, "PROFILE-other");
  EXPECT_EQ(reply.mesh_status(), 403);
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_OTHER_DEVICE);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(ConnectTest, AModeThatProvesNoProfileDeviceAsksForNone) {
  MakeAccount(kBob);
  const proto::Caller bob = Granted(ByExchange(kBob, kLaptop), kAlice);
  const auto before = bench_.Everything();
  for (const proto::Caller& member : {bob, laptop_}) {
    const auto reply = AskToConnect(member, kAlice, "PROFILE-tablet");
    EXPECT_EQ(reply.mesh_status(), 403);
    EXPECT_EQ(reply.refusal(), proto::REFUSAL_OTHER_DEVICE);
  }
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(ConnectTest, StrangersAskSoOftenInAnHourAndNotMore) {
  bench_.policy.connect_requests_per_hour = 2;
  Asked("one");
  Asked("two");
  const auto before = bench_.Everything();
  EXPECT_EQ(AskToConnect(Device("three"), kAlice, "PROFILE-three").mesh_status(), 503);
  EXPECT_EQ(bench_.Everything(), before);
  bench_.clock.Advance(std::chrono::hours(1));
  Asked("three");
}

TEST_F(ConnectTest, AGroupHasNoDevices) {
  ASSERT_EQ(MakeGroup(Granted(laptop_, kGroup), kGroup).mesh_status(), 201);
  EXPECT_EQ(AskToConnect(Device("tablet"), kGroup, "PROFILE-tablet").mesh_status(), 403);
}

TEST_F(ConnectTest, AnAccountThatIsNotThereIsNotFound) {
  EXPECT_EQ(AskToConnect(Device("tablet"), kBob, "PROFILE-tablet").mesh_status(), 404);
}

// --- Complete ----------------------------------------------------------------------------

TEST_F(ConnectTest, TheAnswerIsGivenToTheDeviceThatAsked) {
  const std::string id = Asked("tablet");
  EXPECT_EQ(Complete(Device("tablet"), kAlice, id).mesh_status_extended(), 2);
  ASSERT_EQ(Answer(Response(id, "")).mesh_status(), 201);  // Say a refusal: it names no device.
  const auto reply = Complete(Device("tablet"), kAlice, id);
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_EQ(reply.complete().response().payload(), "answer to " + id);
}

TEST_F(ConnectTest, ForAnyOtherDeviceThereIsNoAnswer) {
  const std::string id = Asked("tablet");
  Answer(Response(id, "PROFILE-tablet"));
  proto::Caller nameless = Device("other");
  nameless.clear_profile_device_udf();
  for (const proto::Caller& other : {Device("other"), nameless}) {
    const auto reply = Complete(other, kAlice, id);
    EXPECT_EQ(reply.mesh_status(), 400);
    EXPECT_EQ(reply.mesh_status_extended(), 2);
    EXPECT_EQ(reply.refusal(), proto::REFUSAL_OTHER_DEVICE);
    EXPECT_FALSE(reply.has_complete());
  }
}

TEST_F(ConnectTest, ADeviceOfAnotherAccountIsAnyOtherDevice) {
  MakeAccount(kBob);
  const std::string id = Asked("tablet");
  Answer(Response(id, "PROFILE-tablet"));
  const auto reply = Complete(Granted(ByExchange(kBob, kLaptop), kAlice), kAlice, id);
  EXPECT_EQ(reply.mesh_status(), 400);
  EXPECT_EQ(reply.mesh_status_extended(), 2);
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_OTHER_DEVICE);
  EXPECT_FALSE(reply.has_complete());
}

TEST_F(ConnectTest, ADeviceOfTheAccountSeesAnswersIfItMayReadThem) {
  const std::string id = Asked("tablet");
  Answer(Response(id, "PROFILE-tablet"));
  proto::Envelope phone = DeviceEntry(proto::EVENT_NEW, kAlice, kPhone);
  phone.mutable_members(0)->set_limited(true);
  ASSERT_EQ(UploadDevices(Administering(laptop_), kAlice, {phone}).mesh_status(), 201);
  EXPECT_EQ(Complete(laptop_, kAlice, id).mesh_status(), 201);
  const auto reply = Complete(ByExchange(kAlice, kPhone), kAlice, id);
  EXPECT_EQ(reply.mesh_status(), 400);
  EXPECT_FALSE(reply.has_complete());
}

TEST_F(ConnectTest, TheDeviceThatAnAnswerConnectsNeedNotHaveAsked) {
  Answer(Response("PUBLISHED", "PROFILE-tablet"));
  EXPECT_EQ(Complete(Device("tablet"), kAlice, "PUBLISHED").mesh_status(), 201);
}

TEST_F(ConnectTest, NothingElseOfTheLocalSpoolIsAnAnswer) {
  proto::Envelope pin = Message("PIN", "salted pin");
  pin.set_message_type(std::string(kMessagePin));
  pin.set_profile_device_udf("PROFILE-tablet");
  Answer(pin);
  EXPECT_EQ(Complete(Device("tablet"), kAlice, "PIN").mesh_status(), 400);
  EXPECT_EQ(Complete(laptop_, kAlice, "PIN").mesh_status(), 400);
}

TEST_F(ConnectTest, TheNewestAnswerCounts) {
  const std::string id = Asked("tablet");
  Answer(Response(id, "PROFILE-tablet"));
  proto::Envelope second = Response(id, "PROFILE-tablet");
  second.set_payload("changed my mind");
  second.set_payload_digest(DigestOf("changed my mind"));
  Answer(second);
  EXPECT_EQ(Complete(Device("tablet"), kAlice, id).complete().response().payload(),
            "changed my mind");
}

// --- Claim, PollClaim ----------------------------------------------------------------------

class ClaimTest : public ConnectTest {
 protected:
  ClaimTest() {
    MakeAccount(kBob);
    Publish(PublicationEntry("P"));
  }
  void Publish(const proto::Envelope& entry) {
    ASSERT_EQ(Upload(laptop_, kAlice, To(kPublicationCatalog, {entry})).mesh_status(), 201);
  }
  proto::Caller Bob() { return Granted(ByExchange(kBob, kLaptop), kAlice); }
  // The one answer to every claim that is not good; nothing is filed.
  void ExpectUnknown(const proto::ClaimRequest& claim) {
    const proto::Caller bob = Bob();
    const auto before = bench_.Everything();
    const auto reply = Claim(bob, kAlice, claim);
    EXPECT_EQ(reply.mesh_status(), 404);
    EXPECT_EQ(reply.mesh_status_description(), "MeshPublicationUnknown");
    EXPECT_EQ(reply.refusal(), proto::REFUSAL_CLAIM);
    EXPECT_EQ(bench_.Everything(), before);
  }

  const std::string bob_{kBob};
};

TEST_F(ClaimTest, WhoKnowsTheSecretGetsThePublicationAndIsSeen) {
  const auto reply = Claim(Bob(), kAlice, ClaimOf(PublicationEntry("P"), bob_));
  ASSERT_EQ(reply.mesh_status(), 201);
  EXPECT_EQ(reply.claim().publication(), "data of P");
  const auto polled = PollClaim(Device("any"), kAlice, "CLAIM-P");
  EXPECT_EQ(polled.mesh_status(), 201);
  EXPECT_EQ(polled.poll_claim().claim().payload(), "claim by " + bob_);
}

TEST_F(ClaimTest, BeforeThereIsAClaimThereIsNone) {
  const auto polled = PollClaim(Device("any"), kAlice, "CLAIM-P");
  EXPECT_EQ(polled.mesh_status(), 201);
  EXPECT_FALSE(polled.poll_claim().has_claim());
}

TEST_F(ClaimTest, PollingGivesClaimsAndNothingElse) {
  Answer(Response("SECRET", "PROFILE-tablet"));
  EXPECT_FALSE(PollClaim(Device("any"), kAlice, "SECRET").poll_claim().has_claim());
}

TEST_F(ClaimTest, AWrongAuthenticatorIsAsGoodAsNoPublication) {
  proto::ClaimRequest wrong = ClaimOf(PublicationEntry("P"), bob_);
  wrong.set_service_authenticate(ClaimOf(PublicationEntry("Q"), bob_).service_authenticate());
  ExpectUnknown(wrong);
  ExpectUnknown(ClaimOf(PublicationEntry("Q"), bob_));
}

TEST_F(ClaimTest, AnotherSendersAuthenticatorIsWrong) {
  proto::ClaimRequest claim = ClaimOf(PublicationEntry("P"), std::string(kAlice));
  claim.set_sender(bob_);
  claim.mutable_claim()->set_sender(bob_);
  ExpectUnknown(claim);
}

TEST_F(ClaimTest, NobodyClaimsInAnothersName) {
  const auto reply = Claim(Bob(), kAlice, ClaimOf(PublicationEntry("P"), "eve@example.com"));
  EXPECT_EQ(reply.mesh_status(), 403);
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_SENDER);
}

TEST_F(ClaimTest, AServiceClaimsForItsOwnDomainOnly) {
  proto::Caller service = CallerOf(proto::Caller::SERVICE, "KEY-host");
  service.set_domain("elsewhere.org");
  const auto claim = [&](const char* sender) {
    return Claim(service, kAlice, ClaimOf(PublicationEntry("P"), sender)).mesh_status();
  };
  EXPECT_EQ(claim("carl@elsewhere.org"), 201);
  EXPECT_EQ(claim("bob@example.com"), 403);
}

TEST_F(ClaimTest, APublicationEndsWithItsTime) {
  proto::Envelope entry = PublicationEntry("T");
  entry.mutable_publication()->set_not_on_or_after(bench_.clock.WallNow() + 1000);
  Publish(entry);
  EXPECT_EQ(Claim(Bob(), kAlice, ClaimOf(entry, bob_)).mesh_status(), 201);
  bench_.clock.Advance(std::chrono::seconds(1));
  ExpectUnknown(ClaimOf(entry, bob_));
}

TEST_F(ClaimTest, AWithdrawnPublicationIsGone) {
  Publish(Delete("P"));
  ExpectUnknown(ClaimOf(PublicationEntry("P"), bob_));
}

TEST_F(ClaimTest, AnEntryThatTheEdgeCouldNotReadCannotBeClaimed) {
  Publish(New("X", "not a publication"));
  ExpectUnknown(ClaimOf(PublicationEntry("X"), bob_));
}

TEST_F(ClaimTest, AClaimWhoseTimeIsOverIsRefused) {
  proto::ClaimRequest claim = ClaimOf(PublicationEntry("P"), bob_);
  claim.set_expires(bench_.clock.WallNow());
  EXPECT_EQ(Claim(Bob(), kAlice, claim).mesh_status(), 400);
}

TEST_F(ClaimTest, TheNewestOfSeveralClaimsIsSeen) {
  Claim(Bob(), kAlice, ClaimOf(PublicationEntry("P"), bob_));
  Claim(laptop_, kAlice, ClaimOf(PublicationEntry("P"), std::string(kAlice)));
  EXPECT_EQ(PollClaim(Device("any"), kAlice, "CLAIM-P").poll_claim().claim().payload(),
            "claim by " + std::string(kAlice));
}

}  // namespace
}  // namespace mesh::backend
