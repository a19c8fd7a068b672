// Which capabilities Operate gives to whom. Nothing here can open one.

#include "tests/unit/backend/transactions/who.h"

namespace mesh::backend {
namespace {

using ::testing::HasSubstr;

// An entry as the edge describes it: sealed, and for the account of that UDF.
proto::Envelope Sealed(std::string_view key_id, std::string_view authentication_id) {
  proto::Envelope entry = New(key_id, "sealed by the edge");
  entry.set_payload_sealed(true);
  entry.set_authentication_id(std::string(authentication_id));
  entry.set_payload_digest(DigestOf("what is in it"));
  return entry;
}

class OperateTest : public WhoTest {
 protected:
  OperateTest() {
    MakeAccount(kAlice);
    MakeAccount(kBob);
    MakeGroup(Alice(), kGroup);
    Put({Sealed("bobs", AccountUdfOf(kBob)), Sealed("alices", AccountUdfOf(kAlice))});
  }

  proto::Caller Alice() { return Granted(ByExchange(kAlice, kLaptop), kGroup); }
  proto::Caller Bob() { return Granted(ByExchange(kBob, kLaptop), kGroup); }
  void Put(const std::vector<proto::Envelope>& entries) {
    ASSERT_EQ(Upload(Alice(), kGroup, To(kCapabilityCatalog, entries)).mesh_status(), 201);
  }
  // "bobs" -> the payload that was given, or "" when it was refused.
  std::string Given(const proto::Caller& caller, const std::string& key_id) {
    const auto reply = Operate(caller, kGroup, {key_id});
    EXPECT_EQ(reply.mesh_status(), 201);
    EXPECT_EQ(reply.operate().grants_size(), 1);
    return reply.operate().grants(0).entry().payload();
  }
};

TEST_F(OperateTest, AMemberIsGivenItsOwnCapability) {
  const auto before = bench_.Everything();
  const auto reply = Operate(Bob(), kGroup, {"bobs"});
  EXPECT_EQ(reply.mesh_status(), 201);
  const proto::OperateGrant& grant = reply.operate().grants(0);
  EXPECT_EQ(grant.entry().payload(), "sealed by the edge");
  EXPECT_TRUE(grant.entry().has_sealed());
  EXPECT_FALSE(grant.foreign());
  EXPECT_EQ(reply.incarnation(), 0u);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(OperateTest, AnothersOrNoneMakesOneAnswer) {
  const auto anothers = Operate(Bob(), kGroup, {"alices"});
  const auto none = Operate(Bob(), kGroup, {"nobodys"});
  EXPECT_EQ(anothers.SerializeAsString(), none.SerializeAsString());
  EXPECT_FALSE(none.operate().grants(0).has_entry());
}

TEST_F(OperateTest, WhoMadeTheGroupHasNoMoreThanItsOwn) {
  EXPECT_EQ(Given(Alice(), "bobs"), "");
  EXPECT_NE(Given(Alice(), "alices"), "");
}

TEST_F(OperateTest, AnAccountUsesItsOwnToo) {
  const proto::Caller bob = ByExchange(kBob, kLaptop);
  Upload(bob, kBob, To(kCapabilityCatalog, {Sealed("own", AccountUdfOf(kBob))}));
  EXPECT_TRUE(Operate(bob, kBob, {"own"}).operate().grants(0).has_entry());
  EXPECT_FALSE(Operate(Granted(ByExchange(kAlice, kLaptop), kBob), kBob, {"own"})
                   .operate()
                   .grants(0)
                   .has_entry());
}

TEST_F(OperateTest, ALaterAccountOfTheAddressHasNothing) {
  Remove(Administering(ByExchange(kBob, kLaptop)), kBob);
  MakeAccount(kBob, "ANOTHER-bob");
  EXPECT_EQ(Given(Bob(), "bobs"), "");
}

TEST_F(OperateTest, ACapabilityThatWasTakenAwayIsGone) {
  Put({Delete("bobs")});
  EXPECT_EQ(Given(Bob(), "bobs"), "");
}

TEST_F(OperateTest, AnUpdateMovesItToAnother) {
  proto::Envelope entry = Sealed("bobs", AccountUdfOf(kAlice));
  entry.set_event(proto::EVENT_UPDATE);
  Put({entry});
  EXPECT_EQ(Given(Bob(), "bobs"), "");
  EXPECT_NE(Given(Alice(), "bobs"), "");
}

TEST_F(OperateTest, WhatTheEdgeCouldNotReadIsNobodys) {
  Put({New("opaque", "encrypted to somebody")});
  EXPECT_EQ(Given(Bob(), "opaque"), "");
  EXPECT_EQ(Given(CallerOf(proto::Caller::REFERENCE, ""), "opaque"), "");
}

TEST_F(OperateTest, ItTakesADeviceOfTheAccount) {
  EXPECT_EQ(Operate(CallerOf(proto::Caller::NOBODY, ""), kGroup, {"bobs"}).mesh_status(), 401);
  EXPECT_EQ(Operate(CallerOf(proto::Caller::DEVICE, "KEY"), kGroup, {"bobs"}).mesh_status(), 403);
  EXPECT_EQ(Operate(ByExchange(kBob, kLaptop), kGroup, {"bobs"}).refusal(), proto::REFUSAL_GRANT);
  proto::Caller late = Bob();
  bench_.clock.Advance(std::chrono::seconds(6));
  EXPECT_EQ(Operate(late, kGroup, {"bobs"}).refusal(), proto::REFUSAL_GRANT_EXPIRED);
}

TEST_F(OperateTest, ALimitedDeviceNeedsTheCatalog) {
  proto::Envelope phone = DeviceEntry(proto::EVENT_NEW, kBob, kPhone);
  phone.mutable_members(0)->set_limited(true);
  UploadDevices(Administering(ByExchange(kBob, kLaptop)), kBob, {phone});
  EXPECT_EQ(Operate(ByExchange(kBob, kPhone), kBob, {"own"}).refusal(), proto::REFUSAL_PERMISSION);
}

TEST_F(OperateTest, AnotherServiceAsksForTheAccountsOfItsDomain) {
  Put({Sealed("carls", "ACCOUNT-carl")});
  proto::Caller service = CallerOf(proto::Caller::SERVICE, "KEY-host");
  service.set_domain("elsewhere.org");
  const auto ask = [&](std::string_view account, std::string_view udf) {
    return Run(service, kGroup, [&](proto::PartitionRequest& request) {
      request.mutable_operate()->add_key_ids("carls");
      request.mutable_operate()->set_caller_account(std::string(account));
      request.mutable_operate()->set_caller_udf(std::string(udf));
    });
  };
  EXPECT_TRUE(ask("carl@elsewhere.org", "ACCOUNT-carl").operate().grants(0).has_entry());
  EXPECT_FALSE(ask("carl@elsewhere.org", "ACCOUNT-dora").operate().grants(0).has_entry());
  EXPECT_EQ(ask("bob@example.com", "ACCOUNT-carl").refusal(), proto::REFUSAL_SENDER);
  EXPECT_EQ(ask("carl@very.elsewhere.org", "ACCOUNT-carl").refusal(), proto::REFUSAL_SENDER);
  EXPECT_EQ(ask("", "ACCOUNT-carl").refusal(), proto::REFUSAL_SENDER);
}

// The recordings have one AuthenticationId for all members.
TEST_F(OperateTest, TheReferenceIsLetPassAndThatIsSaid) {
  const auto reply = Operate(CallerOf(proto::Caller::REFERENCE, ""), kGroup, {"bobs"});
  EXPECT_TRUE(reply.operate().grants(0).has_entry());
  EXPECT_TRUE(reply.operate().grants(0).foreign());
  EXPECT_FALSE(Operate(CallerOf(proto::Caller::REFERENCE, ""), kGroup, {"nobodys"})
                   .operate()
                   .grants(0)
                   .has_entry());
}

TEST_F(OperateTest, SoManyOperationsAtMost) {
  EXPECT_EQ(Operate(Bob(), kGroup, std::vector<std::string>(16, "bobs")).operate().grants_size(),
            16);
  EXPECT_EQ(Operate(Bob(), kGroup, std::vector<std::string>(17, "bobs")).mesh_status(), 413);
}

TEST_F(OperateTest, AnAccountThatIsNotThere) {
  const std::string_view nobody = "nobody@example.com";
  EXPECT_EQ(Operate(Granted(ByExchange(kBob, kLaptop), nobody), nobody, {"bobs"}).mesh_status(),
            404);
}

// --- What is kept --------------------------------------------------------------------

// Only the edge can cut what it has sealed.
TEST_F(OperateTest, ASealedPayloadIsGivenWhole) {
  proto::DownloadRequest download = Ask(kCapabilityCatalog);
  download.mutable_constraints()->set_bytes_offset(3);
  download.mutable_constraints()->set_bytes_max(2);
  const auto reply = Run(Alice(), kGroup, [&](proto::PartitionRequest& request) {
    *request.mutable_download() = download;
  });
  const proto::StoredEnvelope& entry = reply.download().updates(0).envelopes(1);
  EXPECT_EQ(entry.payload(), "sealed by the edge");
  EXPECT_EQ(entry.sealed().bytes_offset(), 3u);
  EXPECT_EQ(entry.sealed().bytes_max(), 2u);
}

TEST_F(OperateTest, WhatIsNotSealedIsNotSaidToBe) {
  Upload(Alice(), kGroup, To("mmm_Member", {New("m", "member")}));
  const auto reply = Download(Alice(), kGroup, "mmm_Member");
  EXPECT_FALSE(reply.download().updates(0).envelopes(1).has_sealed());
}

TEST_F(OperateTest, ASealMayMakeAPayloadLongerThanOneMayBe) {
  bench_.policy.message_bytes_max = 100;
  proto::Envelope entry = Sealed("long", AccountUdfOf(kBob));
  entry.set_payload(std::string(100 + kPayloadSealBytesMax, 'x'));
  Put({entry});
  entry.set_unique_id("longer");
  entry.mutable_payload()->push_back('x');
  EXPECT_EQ(Upload(Alice(), kGroup, To(kCapabilityCatalog, {entry})).mesh_status(), 413);
}

}  // namespace
}  // namespace mesh::backend
