// CreateAccount, DeleteAccount and Status.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/record.pb.h"
#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AccountTest : public ::testing::Test {
 protected:
  std::vector<std::string> ListedFor(const proto::StatusRequest& status) {
    std::vector<std::string> names;
    const auto reply = bench_.Status(kAlice, status);
    for (const auto& container : reply.status().container_status()) {
      names.push_back(container.container() + ":" + std::to_string(container.index()));
    }
    return names;
  }

  Bench bench_;
};

// --- CreateAccount ---------------------------------------------------------------

TEST_F(AccountTest, ANewAccountHasItsSpoolsWithFrameZero) {
  EXPECT_EQ(bench_.Create(kAlice).mesh_status(), 201);

  EXPECT_THAT(ListedFor({}), ElementsAre("mmm_Inbound:1", "mmm_Local:1", "mmm_Outbound:1"));
  const auto reply = bench_.Download(kAlice, Ask(kInbound));
  EXPECT_THAT(IndicesOf(reply), ElementsAre(0));
  EXPECT_THAT(PayloadsOf(reply), ElementsAre(""));
  EXPECT_THAT(reply.download().updates(0).envelopes(0).header(), HasSubstr("ContentMetaData"));
}

TEST_F(AccountTest, AnAddressIsRegisteredOnce) {
  bench_.Create(kAlice);
  const auto before = bench_.Everything();

  const auto reply = bench_.Create(kAlice);

  EXPECT_EQ(reply.mesh_status(), 400);
  EXPECT_EQ(reply.mesh_status_extended(), 1);
  EXPECT_THAT(reply.create().reason(), HasSubstr("registered already"));
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(AccountTest, AClosedServiceSaysWhereToGoOn) {
  bench_.policy.registration_open = false;
  bench_.policy.registration_url = "https://example.com/register";

  const auto reply = bench_.Create(kAlice);

  EXPECT_EQ(reply.mesh_status(), 403);
  EXPECT_FALSE(reply.create().reason().empty());
  EXPECT_EQ(reply.create().url(), "https://example.com/register");
  EXPECT_THAT(bench_.Everything(), IsEmpty());
}

TEST_F(AccountTest, AReservedNameIsRefusedWhateverItsCase) {
  bench_.policy.reserved_names = {"postmaster"};
  const auto reply = bench_.Create("PostMaster@example.com");
  EXPECT_EQ(reply.mesh_status(), 403);
  EXPECT_THAT(reply.create().reason(), HasSubstr("reserved"));
  EXPECT_EQ(bench_.Create("post@example.com").mesh_status(), 201);
}

TEST_F(AccountTest, AnAccountNeedsBothItsProfiles) {
  proto::PartitionRequest request = bench_.RequestOf(kAlice);
  request.mutable_create()->set_account_address(std::string(kAlice));
  request.mutable_create()->set_signed_profile_mesh("[p]");
  EXPECT_EQ(bench_.Run(request).mesh_status(), 400);
  EXPECT_THAT(bench_.Everything(), IsEmpty());
}

TEST_F(AccountTest, TheAddressIsTheOneThatTheRequestWasSentTo) {
  proto::PartitionRequest request = bench_.RequestOf(kAlice);
  request.mutable_create()->set_account_address(std::string(kBob));
  request.mutable_create()->set_signed_profile_mesh("[p]");
  request.mutable_create()->set_signed_assertion_account("[a]");
  EXPECT_EQ(bench_.Run(request).mesh_status(), 400);
}

// --- Who may ----------------------------------------------------------------------

TEST_F(AccountTest, NobodyIsLetIn) {
  bench_.Create(kAlice);
  const auto before = bench_.Everything();
  bench_.mode = proto::Caller::NOBODY;
  EXPECT_EQ(bench_.Create(kBob).mesh_status(), 401);
  EXPECT_EQ(bench_.Status(kAlice).mesh_status(), 401);
  EXPECT_EQ(bench_.Download(kAlice, Ask(kInbound)).mesh_status(), 401);
  EXPECT_EQ(bench_.Upload(kAlice, To(kContacts, {New("a", "1")})).mesh_status(), 401);
  EXPECT_EQ(bench_.Remove(kAlice).mesh_status(), 401);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(AccountTest, AnotherAccountIsNotLetIn) {
  bench_.Create(kAlice);
  proto::PartitionRequest request = bench_.RequestOf(kAlice);
  request.mutable_caller()->set_account(std::string(kBob));
  request.mutable_delete_();
  EXPECT_EQ(bench_.Run(request).mesh_status(), 403);
  EXPECT_EQ(bench_.Status(kAlice).mesh_status(), 201);
}

TEST_F(AccountTest, AnUnknownAccountGetsAClearAnswer) {
  for (const auto& reply :
       {bench_.Status(kBob), bench_.Download(kBob, Ask(kInbound)),
        bench_.Upload(kBob, To(kContacts, {New("a", "1")})), bench_.Remove(kBob)}) {
    EXPECT_EQ(reply.mesh_status(), 404);
    EXPECT_EQ(reply.mesh_status_description(), "MeshUnknownAccount");
    EXPECT_EQ(reply.code(), 0);
  }
  EXPECT_THAT(bench_.Everything(), IsEmpty());
}

TEST_F(AccountTest, ARequestWithoutATransactionIsNotServed) {
  EXPECT_EQ(bench_.Run(bench_.RequestOf(kAlice)).mesh_status(), 501);
}

TEST_F(AccountTest, AnUnreadableStoreIsAFailureAndNotAnAnswer) {
  bench_.Create(kAlice);
  const AccountKeys keys(SlotOf(bench_.slot_key, kAlice), kAlice);
  ASSERT_TRUE(
      bench_.store
          .Commit({{Write::Kind::kPut, ColumnFamily::kIndex, keys.Usage(), "\xff\xff\xff"}}, true)
          .ok());
  const auto reply = bench_.Status(kAlice);
  EXPECT_EQ(reply.code(), static_cast<int>(Code::kDataLoss));
  EXPECT_EQ(reply.mesh_status(), 0);
}

// --- DeleteAccount ------------------------------------------------------------------

TEST_F(AccountTest, DeletingAnAccountLeavesNoKeyInAnyFamily) {
  bench_.Create(kBob);
  const auto without_alice = bench_.Everything();
  bench_.Create(kAlice);
  bench_.Upload(kAlice, To(kContacts, {FrameZero(), New("a", "1"), Update("a", "2"), New("b", "3"),
                                       Delete("b")})
                            .Self(Message("M1", "hello"))
                            .Self(Marks("M1", proto::SPOOL_STATE_READ)));
  bench_.Upload(kAlice, To(kContacts, {Redacted(New("r", "later"))}));
  ASSERT_GT(bench_.Everything().size(), without_alice.size() + 20);

  EXPECT_EQ(bench_.Remove(kAlice).mesh_status(), 201);

  EXPECT_EQ(bench_.Everything(), without_alice);
  EXPECT_EQ(bench_.Status(kAlice).mesh_status(), 404);
  EXPECT_EQ(bench_.Remove(kAlice).mesh_status(), 404);
}

TEST_F(AccountTest, AnAddressThatIsTakenAgainInheritsNothing) {
  bench_.Create(kAlice);
  bench_.Upload(kAlice, To(kContacts, {New("a", "1")}).Self(Message("M1", "hello")));
  const AccountKeys keys(SlotOf(bench_.slot_key, kAlice), kAlice);
  const auto usage = [&] {
    return *bench_.store.NewSnapshot()->Get(ColumnFamily::kIndex, keys.Usage());
  };
  proto::UsageRecord before;
  proto::UsageRecord after;
  ASSERT_TRUE(before.ParseFromString(*usage()));
  bench_.Remove(kAlice);
  bench_.Create(kAlice);
  ASSERT_TRUE(after.ParseFromString(*usage()));

  EXPECT_NE(before.incarnation(), after.incarnation());
  EXPECT_EQ(after.entries(), 3u);
  EXPECT_THAT(ListedFor({}), ElementsAre("mmm_Inbound:1", "mmm_Local:1", "mmm_Outbound:1"));
}

// --- Status ---------------------------------------------------------------------------

TEST_F(AccountTest, StatusCountsTheFramesOfEachContainer) {
  bench_.Create(kAlice);
  bench_.Upload(kAlice,
                To(kContacts, {FrameZero(), New("a", "1")}).To("mmm_Bookmark", {FrameZero()}));
  EXPECT_THAT(ListedFor({}), ElementsAre("mmm_Bookmark:1", "mmm_Contact:2", "mmm_Inbound:1",
                                         "mmm_Local:1", "mmm_Outbound:1"));
}

TEST_F(AccountTest, StatusAndDownloadAgreeOnTheTreeDigest) {
  bench_.Create(kAlice);
  bench_.Upload(kAlice, To(kContacts, {FrameZero(), New("a", "1"), New("b", "2")}));
  proto::StatusRequest only;
  only.add_catalogs(std::string(kContacts));
  const auto status = bench_.Status(kAlice, only);
  const auto download = bench_.Download(kAlice, Ask(kContacts));
  const auto& update = download.download().updates(0);
  EXPECT_EQ(status.status().container_status(0).digest(), update.digest());
  EXPECT_EQ(update.envelopes(2).tree_digest(), update.digest());
  EXPECT_EQ(update.digest().size(), 64u);
}

TEST_F(AccountTest, StatusListsWhatIsNamedAndOfItsKind) {
  bench_.Create(kAlice);
  bench_.Upload(kAlice, To(kContacts, {FrameZero()}).To("mmm_Bookmark", {FrameZero()}));
  proto::StatusRequest status;
  status.add_catalogs("mmm_Bookmark");
  status.add_catalogs("mmm_Nowhere");
  status.add_catalogs("mmm_Inbound");  // A spool.
  EXPECT_THAT(ListedFor(status), ElementsAre("mmm_Bookmark:1"));
  status.Clear();
  status.add_spools("mmm_Inbound");
  EXPECT_THAT(ListedFor(status), ElementsAre("mmm_Inbound:1"));
}

TEST_F(AccountTest, StatusNeverListsPublications) {
  bench_.Create(kAlice);
  bench_.Upload(kAlice, To(kPublicationCatalog, {New("p", "secret")}));
  proto::StatusRequest status;
  EXPECT_THAT(ListedFor(status), ElementsAre("mmm_Inbound:1", "mmm_Local:1", "mmm_Outbound:1"));
  status.add_catalogs(std::string(kPublicationCatalog));
  EXPECT_THAT(ListedFor(status), IsEmpty());
}

TEST_F(AccountTest, AListedContainerWithoutAHeadIsAFailure) {
  bench_.Create(kAlice);
  const AccountKeys keys(SlotOf(bench_.slot_key, kAlice), kAlice);
  ASSERT_TRUE(
      bench_.store
          .Commit({{Write::Kind::kDelete, ColumnFamily::kIndex, keys.Container(kLocal), {}}}, true)
          .ok());
  EXPECT_EQ(bench_.Status(kAlice).code(), static_cast<int>(Code::kDataLoss));
}

TEST_F(AccountTest, TheProfileIsSentUnlessTheCallerHasIt) {
  bench_.Create(kAlice);
  proto::StatusRequest status;
  EXPECT_EQ(bench_.Status(kAlice).status().enveloped_profile_master(),
            "[profile of alice@example.com]");
  status.set_profile_master_digest(DigestOf(kAlice));
  EXPECT_TRUE(bench_.Status(kAlice, status).status().enveloped_profile_master().empty());
  status.set_profile_master_digest(DigestOf("another"));
  EXPECT_FALSE(bench_.Status(kAlice, status).status().enveloped_profile_master().empty());
}

class DeviceTest : public AccountTest {
 protected:
  DeviceTest() {
    bench_.Create(kAlice);
    proto::Envelope entry = New("MDEV", "device entry");
    entry.add_connection_digests(DigestOf("connection 1"));
    bench_.Upload(kAlice, To(kDeviceCatalog, {FrameZero(), entry}));
    status_.set_device_udf("MDEV");
  }
  std::string EntrySent() {
    const auto reply = bench_.Status(kAlice, status_);
    return reply.status().has_enveloped_catalog_entry_device()
               ? reply.status().enveloped_catalog_entry_device().payload()
               : "none";
  }

  proto::StatusRequest status_;
};

TEST_F(DeviceTest, ADeviceThatPresentsNothingGetsItsEntry) {
  EXPECT_EQ(EntrySent(), "device entry");
}

TEST_F(DeviceTest, ADeviceWithTheLatestConnectionIsNotSentItsEntry) {
  bench_.connection_digest = DigestOf("connection 1");
  EXPECT_EQ(EntrySent(), "none");
}

TEST_F(DeviceTest, ADeviceWhoseConnectionChangedGetsItsEntry) {
  bench_.connection_digest = DigestOf("connection 1");
  proto::Envelope entry = Update("MDEV", "new entry");
  entry.add_connection_digests(DigestOf("connection 2"));
  bench_.Upload(kAlice, To(kDeviceCatalog, {entry}));
  EXPECT_EQ(EntrySent(), "new entry");
}

TEST_F(DeviceTest, ADeletedOrUnknownDeviceHasNoEntry) {
  status_.set_device_udf("MOTHER");
  EXPECT_EQ(EntrySent(), "none");
  status_.set_device_udf("MDEV");
  bench_.Upload(kAlice, To(kDeviceCatalog, {Delete("MDEV")}));
  EXPECT_EQ(EntrySent(), "none");
}

TEST_F(DeviceTest, ALargeEntryIsSentWhole) {
  bench_.Upload(kAlice, To(kDeviceCatalog, {Update("MDEV", std::string(60000, 'x'))}));
  EXPECT_EQ(EntrySent().size(), 60000u);
}

}  // namespace
}  // namespace mesh::backend
