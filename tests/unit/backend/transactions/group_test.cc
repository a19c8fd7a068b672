// Groups: an account makes one and acts on it, and the owner of the account vouches for
// its devices (docs/AUTHENTICATION.md, "Groups").

#include "tests/unit/backend/transactions/who.h"

namespace mesh::backend {
namespace {

using ::testing::HasSubstr;

class GroupTest : public WhoTest {
 protected:
  GroupTest() {
    MakeAccount(kAlice);
    MakeAccount(kBob);
  }

  // Alice's laptop, with a grant for the group.
  proto::Caller Alice() { return Granted(ByExchange(kAlice, kLaptop), kGroup); }
  proto::Caller Bob() { return Granted(ByExchange(kBob, kLaptop), kGroup); }
};

// --- Grants ----------------------------------------------------------------------------------

TEST_F(GroupTest, AGrantSaysWhatTheCallersOwnerKnows) {
  const auto reply = AskGrant(Administering(ByExchange(kAlice, kLaptop)), kGroup);
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_NE(reply.incarnation(), 0u);
  const proto::Grant& grant = reply.grant().grant();
  EXPECT_EQ(grant.account(), kAlice);
  EXPECT_EQ(grant.account_udf(), AccountUdfOf(kAlice));
  EXPECT_EQ(grant.device_udf(), kLaptop);
  EXPECT_EQ(grant.target(), kGroup);
  EXPECT_EQ(grant.incarnation(), reply.incarnation());
  EXPECT_EQ(grant.expires(), bench_.clock.WallNow() + 5000);
  EXPECT_TRUE(grant.administrator());
  EXPECT_FALSE(AskGrant(ByExchange(kAlice, kLaptop), kGroup).grant().grant().administrator());
}

TEST_F(GroupTest, NobodyIsGrantedWhatIsNotItsOwn) {
  EXPECT_EQ(AskGrant(ByExchange(kAlice, kPhone), kGroup).refusal(), proto::REFUSAL_NOT_IN_ACCOUNT);
  EXPECT_EQ(AskGrant(ByTicket(kAlice, kLaptop, 1), kGroup).refusal(), proto::REFUSAL_INCARNATION);
  EXPECT_EQ(AskGrant(CallerOf(proto::Caller::NOBODY, ""), kGroup).mesh_status(), 401);
  EXPECT_EQ(AskGrant(ByExchange(kAlice, kLaptop), "no address").mesh_status(), 400);
}

TEST_F(GroupTest, ALimitedDeviceActsOnNoOtherAccount) {
  proto::Envelope entry = DeviceEntry(proto::EVENT_NEW, kAlice, kPhone);
  entry.mutable_members(0)->set_limited(true);
  UploadDevices(Administering(ByExchange(kAlice, kLaptop)), kAlice, {entry});
  const auto reply = AskGrant(ByExchange(kAlice, kPhone), kGroup);
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_PERMISSION);
  EXPECT_FALSE(reply.has_grant());
}

// --- Making a group -----------------------------------------------------------------------------

TEST_F(GroupTest, WhoMakesAGroupActsOnIt) {
  EXPECT_EQ(MakeGroup(Alice(), kGroup).mesh_status(), 201);
  const auto status = Status(Alice(), kGroup);
  EXPECT_EQ(status.mesh_status(), 201);
  EXPECT_EQ(status.incarnation(), 0u);  // No ticket is for the group.
  EXPECT_EQ(status.status().enveloped_profile_master(), "");
  EXPECT_EQ(status.status().container_status_size(), 3);
  EXPECT_EQ(Upload(Alice(), kGroup, To("mmm_Member", {New("m", "member")})).mesh_status(), 201);
  EXPECT_EQ(Download(Alice(), kGroup, "mmm_Member").mesh_status(), 201);
}

TEST_F(GroupTest, AnotherDeviceOfTheOwnerActsOnItToo) {
  MakeGroup(Alice(), kGroup);
  UploadDevices(Administering(ByExchange(kAlice, kLaptop)), kAlice,
                {DeviceEntry(proto::EVENT_NEW, kAlice, kPhone)});
  EXPECT_EQ(Status(Granted(ByExchange(kAlice, kPhone), kGroup), kGroup).mesh_status(), 201);
}

TEST_F(GroupTest, AStrangersGrantIsGoodForNothing) {
  MakeGroup(Alice(), kGroup);
  const auto before = bench_.Everything();
  EXPECT_EQ(Status(Bob(), kGroup).refusal(), proto::REFUSAL_GRANT);
  EXPECT_EQ(Status(Bob(), kGroup).mesh_status(), 403);
  EXPECT_EQ(Upload(Bob(), kGroup, To(kContacts, {New("c", "x")})).mesh_status(), 403);
  EXPECT_EQ(Remove(Granted(Administering(ByExchange(kBob, kLaptop)), kGroup), kGroup).mesh_status(),
            403);
  EXPECT_EQ(Status(Granted(ByExchange(kBob, kLaptop), kAlice), kAlice).mesh_status(), 403);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(GroupTest, AGroupHasNoDevices) {
  MakeGroup(Alice(), kGroup);
  proto::Caller own = Administering(ByExchange(kGroup, kLaptop));
  EXPECT_EQ(Status(own, kGroup).mesh_status(), 401);
  own = Administering(ByTicket(kGroup, kLaptop, IncarnationOf(kGroup)));
  EXPECT_EQ(Status(own, kGroup).mesh_status(), 403);
  const auto entry = UploadDevices(Granted(Administering(ByExchange(kAlice, kLaptop)), kGroup),
                                   kGroup, {DeviceEntry(proto::EVENT_NEW, kGroup, kPhone)});
  EXPECT_EQ(entry.refusal(), proto::REFUSAL_DEVICE_ENTRY);
}

TEST_F(GroupTest, AGroupTakesOnlyAnAddressThatIsFree) {
  EXPECT_EQ(MakeGroup(Granted(ByExchange(kAlice, kLaptop), kBob), kBob).mesh_status_extended(), 1);
  MakeGroup(Alice(), kGroup);
  const auto again = MakeGroup(Bob(), kGroup);
  EXPECT_EQ(again.mesh_status(), 400);
  EXPECT_THAT(again.create_group().reason(), HasSubstr("registered already"));
  EXPECT_EQ(Status(Alice(), kGroup).mesh_status(), 201);
}

TEST_F(GroupTest, TheServicesPolicyIsForGroupsToo) {
  bench_.policy.reserved_names = {"group"};
  const auto reply = MakeGroup(Alice(), kGroup);
  EXPECT_EQ(reply.mesh_status(), 403);
  EXPECT_THAT(reply.create_group().reason(), HasSubstr("reserved"));
}

TEST_F(GroupTest, AGroupNeedsAProfile) {
  proto::PartitionRequest request = bench_.RequestOf(kGroup);
  request.mutable_create_group()->set_account_address(std::string(kGroup));
  EXPECT_EQ(bench_.As(Alice(), request).mesh_status(), 400);
}

TEST_F(GroupTest, InReferenceCompatibilityAGroupIsItsOwn) {
  proto::Caller group = CallerOf(proto::Caller::REFERENCE, "");
  group.set_account(std::string(kGroup));
  EXPECT_EQ(MakeGroup(group, kGroup).mesh_status(), 201);
  EXPECT_EQ(Status(group, kGroup).mesh_status(), 201);
  EXPECT_EQ(Status(Alice(), kGroup).mesh_status(), 403);
}

// --- What a grant is good for
// ---------------------------------------------------------------------

TEST_F(GroupTest, AGrantIsForOneAccountOneDeviceAndAFewSeconds) {
  MakeGroup(Alice(), kGroup);
  proto::Caller caller = Granted(ByExchange(kAlice, kLaptop), "other@example.com");
  EXPECT_EQ(Status(caller, kGroup).refusal(), proto::REFUSAL_GRANT);
  caller = Alice();
  caller.set_device_udf(std::string(kPhone));
  EXPECT_EQ(Status(caller, kGroup).refusal(), proto::REFUSAL_GRANT);
  caller = Alice();
  caller.set_account(std::string(kBob));
  EXPECT_EQ(Status(caller, kGroup).refusal(), proto::REFUSAL_GRANT);
  caller = Alice();
  caller.clear_grant();
  EXPECT_EQ(Status(caller, kGroup).refusal(), proto::REFUSAL_GRANT);

  caller = Alice();
  bench_.clock.Advance(std::chrono::milliseconds(4999));
  EXPECT_EQ(Status(caller, kGroup).mesh_status(), 201);
  bench_.clock.Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(Status(caller, kGroup).refusal(), proto::REFUSAL_GRANT_EXPIRED);
  EXPECT_EQ(Status(caller, kGroup).mesh_status(), 503);
}

TEST_F(GroupTest, NoGroupIsMadeWithoutAGrantForIt) {
  const auto before = bench_.Everything();
  EXPECT_EQ(MakeGroup(ByExchange(kAlice, kLaptop), kGroup).mesh_status(), 403);
  EXPECT_EQ(
      MakeGroup(Granted(ByExchange(kAlice, kLaptop), "other@example.com"), kGroup).mesh_status(),
      403);
  const proto::Caller alice = Alice();
  bench_.clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(MakeGroup(alice, kGroup).mesh_status(), 503);
  EXPECT_EQ(bench_.Everything(), before);
}

// The address is the same, the account is not.
TEST_F(GroupTest, WhoTakesTheOwnersAddressDoesNotGetItsGroups) {
  MakeGroup(Alice(), kGroup);
  Remove(Administering(ByExchange(kAlice, kLaptop)), kAlice);
  MakeAccount(kAlice, "another ProfileAccount");
  EXPECT_EQ(Status(Alice(), kGroup).refusal(), proto::REFUSAL_GRANT);
}

TEST_F(GroupTest, TheOwnersAdministratorDeletesAGroup) {
  MakeGroup(Alice(), kGroup);
  EXPECT_EQ(Remove(Alice(), kGroup).refusal(), proto::REFUSAL_ADMINISTRATOR);
  const proto::Caller administrator = Granted(Administering(ByExchange(kAlice, kLaptop)), kGroup);
  EXPECT_EQ(Remove(administrator, kGroup).mesh_status(), 201);
  EXPECT_EQ(Status(Alice(), kGroup).mesh_status(), 404);
}

TEST_F(GroupTest, AGroupIsMadeOnceHoweverOftenItIsAskedFor) {
  proto::PartitionRequest request = bench_.RequestOf(kGroup);
  request.mutable_create_group()->set_account_address(std::string(kGroup));
  request.mutable_create_group()->set_signed_profile_group("[group]");
  request = bench_.Sealed(Alice(), request);
  const auto first = bench_.Run(request);
  EXPECT_EQ(first.mesh_status(), 201);
  *request.mutable_caller()->mutable_grant() = Alice().grant();  // A repeat has a new grant.
  EXPECT_EQ(bench_.Run(request).SerializeAsString(), first.SerializeAsString());
}

}  // namespace
}  // namespace mesh::backend
