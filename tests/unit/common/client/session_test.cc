#include "common/client/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "tests/support/fake_clock.h"
#include "tests/unit/common/client/fake_service.h"
#include "tests/unit/common/client/temporary_folder.h"

namespace mesh::client {
namespace {

using testing::HasSubstr;

constexpr std::string_view kContacts = "mmm_Contact";

// One device: a folder, keys, an account, and a session with the service.
struct Node {
  Node(FakeService& to, const FakeClock& time, std::string_view name)
      : home(*Home::Open(folder.path() + "/home")),
        device(*MakeDevice(name, crypto::SystemRandom())),
        transport(to),
        clock(time) {}

  void Enter(Account joined) {
    ASSERT_TRUE(home.SaveAccount(joined).ok());
    account.emplace(std::move(joined));
    credentials.emplace(account->address, account->connected.key_authentication.udf,
                        &account->connection);
    client.emplace(transport, *credentials,
                   ServiceClient::Environment{clock, crypto::SystemRandom(), [](Duration) {}});
    session.emplace(home, device, *account, *client, clock, crypto::SystemRandom());
  }

  TemporaryFolder folder;
  Home home;
  Device device;
  FakeService& transport;
  const FakeClock& clock;
  std::optional<Account> account;
  std::optional<ReferenceCredentials> credentials;
  std::optional<ServiceClient> client;
  std::optional<Session> session;
};

class SessionTest : public testing::Test {
 protected:
  void SetUp() override {
    const MeshAdministrator mesh = *MakeMesh(crypto::SystemRandom());
    first_.Enter(*MakeAccount("alice@example.com", {"https://example.com", "", ""}, std::nullopt,
                              mesh, first_.device, crypto::SystemRandom()));
    const CreateRequest request{"alice@example.com", first_.account->profile_mesh,
                                first_.account->profile_account};
    ASSERT_TRUE(first_.client->CreateAccount(request).ok());
    const Status status = first_.session->Initialize();
    ASSERT_TRUE(status.ok()) << status.message();
  }

  void ConnectSecond() {
    const Result<std::string> hand_over =
        first_.session->AddDevice(second_.device.envelope, Reading::kAllowed);
    ASSERT_TRUE(hand_over.ok()) << hand_over.status().message();
    second_.Enter(*ReadHandOver(*hand_over, second_.device));
  }

  static std::vector<NewEntry> Entries(int count, const std::string& payload = "payload ") {
    std::vector<NewEntry> entries;
    for (int i = 0; i < count; ++i) {
      entries.push_back({"id-" + std::to_string(i), payload + std::to_string(i), "", ""});
    }
    return entries;
  }

  Result<std::vector<SyncReport>> Download(Node& node) {
    return node.session->Sync({{std::string(kContacts)}, false}, {});
  }

  FakeService service_;
  FakeClock clock_;
  Node first_{service_, clock_, "desk"};
  Node second_{service_, clock_, "pocket"};
};

TEST_F(SessionTest, ASecondDeviceSeesTheSameTreeDigest) {
  ConnectSecond();
  const Result<UploadReport> upload = first_.session->Upload(kContacts, Entries(5), {});
  ASSERT_TRUE(upload.ok()) << upload.status().message();

  const Result<std::vector<SyncReport>> download = Download(second_);

  ASSERT_TRUE(download.ok()) << download.status().message();
  const SyncReport& report = (*download)[0];
  EXPECT_EQ(report.frames, 6);
  EXPECT_EQ(report.checks.payload_digests, 6u);
  EXPECT_EQ(report.checks.signatures, 5u);
  EXPECT_EQ(report.checks.unknown_signatures, 0u);
  EXPECT_TRUE(report.compared);
  EXPECT_EQ(report.digest, upload->container.digest);
}

TEST_F(SessionTest, UploadingTheSameAgainChangesNothing) {
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(3), {}).ok());

  const UploadReport again = *first_.session->Upload(kContacts, Entries(3), {});

  EXPECT_EQ(again.unchanged, 3u);
  EXPECT_EQ(again.added + again.updated, 0u);
  EXPECT_EQ(service_.frames("mmm_Contact").size(), 4u);
}

TEST_F(SessionTest, AChangedEntryIsAnUpdate) {
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(3), {}).ok());

  const UploadReport changed = *first_.session->Upload(kContacts, Entries(2, "other "), {});

  EXPECT_EQ(changed.updated, 2u);
  EXPECT_THAT(service_.frames("mmm_Contact").back().header, HasSubstr("ContentMetaData"));
}

TEST_F(SessionTest, ADownloadComesInPages) {
  ConnectSecond();
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(20), {}).ok());
  service_.set_page(3);
  std::vector<uint64_t> told;

  const Result<std::vector<SyncReport>> download = second_.session->Sync(
      {{std::string(kContacts)}, false}, [&](uint64_t done, uint64_t) { told.push_back(done); });

  ASSERT_TRUE(download.ok()) << download.status().message();
  EXPECT_EQ((*download)[0].frames, 21);
  EXPECT_EQ(told.back(), 21u);
}

TEST_F(SessionTest, ADroppedFrameIsNoticedAndNothingIsKept) {
  ConnectSecond();
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(5), {}).ok());
  ASSERT_TRUE(second_.session->Sync({{"mmm_Device"}, false}, {}).ok());
  service_.set_tamper([](auto* page) { page->erase(page->begin() + 3); });

  const Result<std::vector<SyncReport>> download = Download(second_);

  EXPECT_EQ(download.status().code(), Code::kDataLoss);
  EXPECT_THAT(download.status().message(), HasSubstr("mmm_Contact: frame 3 is missing"));
  EXPECT_EQ(second_.home.LoadReplica("alice@example.com", kContacts)->frames(), 0);
}

TEST_F(SessionTest, ReorderedFramesAreNoticed) {
  ConnectSecond();
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(5), {}).ok());
  ASSERT_TRUE(second_.session->Sync({{"mmm_Device"}, false}, {}).ok());
  service_.set_tamper([](auto* page) { std::swap((*page)[2], (*page)[3]); });

  EXPECT_EQ(Download(second_).status().code(), Code::kDataLoss);
}

TEST_F(SessionTest, AnAlteredFrameIsNoticed) {
  ConnectSecond();
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(5), {}).ok());
  ASSERT_TRUE(second_.session->Sync({{"mmm_Device"}, false}, {}).ok());
  service_.set_tamper([](auto* page) { (*page)[2].envelope.payload += '!'; });

  EXPECT_THAT(Download(second_).status().message(), HasSubstr("frame 2 was altered"));
}

TEST_F(SessionTest, HistoryThatWasRewrittenIsNoticedByWhoSawItBefore) {
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(3), {}).ok());
  std::vector<dare::Envelope>& frames = service_.frames("mmm_Contact");
  std::swap(frames[1], frames[2]);

  const Result<std::vector<SyncReport>> download = Download(first_);

  EXPECT_EQ(download.status().code(), Code::kDataLoss);
  EXPECT_THAT(download.status().message(), HasSubstr("tree digest"));
}

TEST_F(SessionTest, AServiceThatLostFramesIsNoticed) {
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(3), {}).ok());
  service_.frames("mmm_Contact").pop_back();

  EXPECT_EQ(Download(first_).status().code(), Code::kDataLoss);
}

TEST_F(SessionTest, WithoutADigestOfTheServiceNothingIsCalledCompared) {
  service_.set_digests(false);
  ASSERT_TRUE(first_.session->Upload(kContacts, Entries(3), {}).ok());

  EXPECT_FALSE((*Download(first_))[0].compared);
}

TEST_F(SessionTest, WhenAnotherDeviceWasFasterTheUploadIsDoneOnTopOfIt) {
  ConnectSecond();
  bool first_time = true;
  service_.set_before_upload([&] {
    if (!std::exchange(first_time, false)) return;
    ASSERT_TRUE(second_.session->Upload(kContacts, Entries(2, "theirs "), {}).ok());
  });

  const Result<UploadReport> upload = first_.session->Upload(kContacts, Entries(4), {});

  ASSERT_TRUE(upload.ok()) << upload.status().message();
  EXPECT_EQ(upload->updated, 2u);
  EXPECT_EQ(upload->added, 2u);
  EXPECT_EQ(service_.frames("mmm_Contact").size(), 7u);
}

TEST_F(SessionTest, AnEntryThatIsTooLargeIsRefusedBeforeAnythingIsSent) {
  const int posts = service_.posts();

  const Status status =
      first_.session->Upload(kContacts, {{"id", std::string(64 * 1024 + 1, 'x'), "", ""}}, {})
          .status();

  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("at most 65536"));
  EXPECT_EQ(service_.posts(), posts);
}

TEST_F(SessionTest, ASpoolTakesNoEntries) {
  EXPECT_EQ(first_.session->Upload("mmm_Inbound", Entries(1), {}).status().code(),
            Code::kInvalidArgument);
}

TEST_F(SessionTest, AContainerTheServiceDoesNotHaveIsNotFound) {
  EXPECT_EQ(first_.session->Sync({{"mmm_Nothing"}, false}, {}).status().code(), Code::kNotFound);
}

TEST_F(SessionTest, DevicesOfTheAccountAreListedVerified) {
  ConnectSecond();
  ASSERT_TRUE(second_.session->Sync({}, {}).ok());
  uint64_t refused = 0;

  const std::vector<CatalogedDevice> devices = *second_.session->Devices(&refused);

  EXPECT_EQ(devices.size(), 2u);
  EXPECT_EQ(refused, 0u);
}

TEST_F(SessionTest, ADeviceThatWasRemovedIsListedNoMore) {
  ConnectSecond();
  const std::string second = second_.device.udf();

  ASSERT_TRUE(first_.session->RemoveDevice(second).ok());

  uint64_t refused = 0;
  EXPECT_EQ(first_.session->Devices(&refused)->size(), 1u);
  EXPECT_EQ(refused, 0u);
  EXPECT_TRUE(service_.frames("mmm_Device").back().payload.empty());
  EXPECT_EQ(first_.session->RemoveDevice(second).code(), Code::kNotFound);
}

TEST_F(SessionTest, ADeviceWithoutTheAccountsKeysRemovesNone) {
  ConnectSecond();

  EXPECT_EQ(second_.session->RemoveDevice(first_.device.udf()).code(), Code::kFailedPrecondition);
}

TEST_F(SessionTest, AnEntryOfAStrangersDeviceIsCountedAsRefused) {
  const MeshAdministrator other = *MakeMesh(crypto::SystemRandom());
  const Account stranger =
      *MakeAccount("eve@example.com", {"https://example.com", "", ""}, std::nullopt, other,
                   second_.device, crypto::SystemRandom());
  const CatalogedDevice entry =
      *ConnectDevice(stranger, second_.device.envelope, stranger.activation, Reading::kAllowed,
                     crypto::SystemRandom());
  NewEntry forged{entry.device_udf, "", "", ""};
  WriteCatalogedDevice(entry, forged.payload);
  ASSERT_TRUE(first_.session->Upload("mmm_Device", {forged}, {}).ok());
  uint64_t refused = 0;

  EXPECT_EQ(first_.session->Devices(&refused)->size(), 1u);
  EXPECT_EQ(refused, 1u);
}

}  // namespace
}  // namespace mesh::client
