#include "common/client/home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/client/private_files.h"
#include "common/dare/seal.h"
#include "tests/unit/common/client/temporary_folder.h"

namespace mesh::client {
namespace {

using testing::HasSubstr;

class HomeTest : public testing::Test {
 protected:
  HomeTest() {
    const Device device = *MakeDevice("desk", crypto::SystemRandom());
    const MeshAdministrator mesh = *MakeMesh(crypto::SystemRandom());
    EXPECT_TRUE(home_
                    .SaveAccount(*MakeAccount(kAddress, {"https://example.com", "", ""},
                                              std::nullopt, mesh, device, crypto::SystemRandom()))
                    .ok());
  }

  static Replica Copy(int entries) {
    Replica replica;
    EXPECT_TRUE(replica.Append(dare::FrameZero("application/mmm-catalog")).ok());
    for (int i = 0; i < entries; ++i) {
      dare::SealOptions options;
      options.digest = true;
      dare::ContentMeta& meta = options.content_meta.emplace();
      meta.unique_id = "id-" + std::to_string(i % 3);
      meta.event = i < 3 ? "New" : "Update";
      EXPECT_TRUE(replica.Append(*dare::Seal("payload " + std::to_string(i), options)).ok());
    }
    return replica;
  }

  static constexpr std::string_view kAddress = "alice@example.com";
  TemporaryFolder folder_;
  Home home_ = *Home::Open(folder_.path() + "/home");
};

TEST_F(HomeTest, ADeviceIsNotFoundUntilItIsSaved) {
  EXPECT_EQ(home_.LoadDevice().status().code(), Code::kNotFound);

  ASSERT_TRUE(home_.SaveDevice(*MakeDevice("desk", crypto::SystemRandom())).ok());

  EXPECT_TRUE(home_.LoadDevice().ok());
}

TEST_F(HomeTest, AHomeThatIsOpenToOthersIsRefused) {
  const std::string open = folder_.path() + "/open";
  ASSERT_EQ(::mkdir(open.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(open.c_str(), 0755), 0);

  EXPECT_EQ(Home::Open(open).status().code(), Code::kFailedPrecondition);
}

TEST_F(HomeTest, ADeviceFileThatOthersMayReadIsRefused) {
  ASSERT_TRUE(home_.SaveDevice(*MakeDevice("desk", crypto::SystemRandom())).ok());
  ASSERT_EQ(::chmod((home_.folder() + "/device.json").c_str(), 0604), 0);

  EXPECT_EQ(home_.LoadDevice().status().code(), Code::kFailedPrecondition);
}

TEST_F(HomeTest, ACopyIsReadBackWithItsIndexOfEntries) {
  const Replica written = Copy(5);
  ASSERT_TRUE(home_.SaveReplica(kAddress, "mmm_Contact", written).ok());

  const Result<Replica> read = home_.LoadReplica(kAddress, "mmm_Contact");

  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->frames(), 6);
  EXPECT_EQ(read->frontier().digest(), written.frontier().digest());
  EXPECT_EQ(read->entries().size(), 3u);
  EXPECT_EQ(read->entries().find("id-1")->second.index, 5);
  EXPECT_EQ(home_.Replicas(kAddress), std::vector<std::string>{"mmm_Contact"});
}

TEST_F(HomeTest, ACopyThatIsNotThereIsEmpty) {
  EXPECT_EQ(home_.LoadReplica(kAddress, "mmm_Contact")->frames(), 0);
}

// Every octet matters: wherever one is changed, the copy is refused or the change
// is in a part that no digest covers and the entries are as before.
TEST_F(HomeTest, ADamagedCopyIsRefusedWithTheNextStep) {
  const std::string path = home_.ReplicaPath(kAddress, "mmm_Contact");
  const std::string good = *Copy(3).Octets();
  std::string bad = good;
  bad[good.find("payload 1")] ^= 1;
  ASSERT_TRUE(WritePrivateFile(path, bad).ok());

  const Result<Replica> read = home_.LoadReplica(kAddress, "mmm_Contact");

  EXPECT_EQ(read.status().code(), Code::kDataLoss);
  EXPECT_THAT(read.status().message(), HasSubstr("remove the file and download again"));
}

TEST_F(HomeTest, ACopyThatWasCutAnywhereIsRefused) {
  const std::string path = home_.ReplicaPath(kAddress, "mmm_Contact");
  const std::string good = *Copy(3).Octets();
  for (size_t length = 1; length < good.size(); length += 97) {
    ASSERT_TRUE(WritePrivateFile(path, good.substr(0, length)).ok());
    const Result<Replica> read = home_.LoadReplica(kAddress, "mmm_Contact");
    // A cut between two frames leaves a shorter container that is whole.
    EXPECT_TRUE(!read.ok() || read->frames() < 4) << length;
  }
}

TEST_F(HomeTest, ASessionIsKeptPrivateAndGoesWithItsAccount) {
  CachedSession session;
  session.service_udf = "MSER-VICE";
  session.ticket = "ticket";
  session.master_key = std::string(32, 'k');
  ASSERT_TRUE(home_.SaveSession(kAddress, session).ok());
  const std::string path = home_.folder() + "/accounts/" + std::string(kAddress) + "/session.json";
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(home_.LoadSession(kAddress)->ticket, "ticket");

  ASSERT_TRUE(home_.RemoveAccount(kAddress).ok());

  EXPECT_TRUE(home_.LoadSession(kAddress)->ticket.empty());
  EXPECT_TRUE(home_.SaveSession(kAddress, session).ok());
  EXPECT_TRUE(home_.LoadSession(kAddress)->ticket.empty());
}

TEST_F(HomeTest, ADamagedSessionIsNone) {
  ASSERT_TRUE(
      WritePrivateFile(home_.folder() + "/accounts/" + std::string(kAddress) + "/session.json", "{")
          .ok());

  EXPECT_TRUE(home_.LoadSession(kAddress)->ticket.empty());
}

TEST_F(HomeTest, ASessionThatOthersMayReadIsRefused) {
  const std::string path = home_.folder() + "/accounts/" + std::string(kAddress) + "/session.json";
  ASSERT_TRUE(home_.SaveSession(kAddress, {}).ok());
  ASSERT_EQ(::chmod(path.c_str(), 0604), 0);

  EXPECT_EQ(home_.LoadSession(kAddress).status().code(), Code::kFailedPrecondition);
}

TEST_F(HomeTest, KnownServicesAreKeptAndADamagedListIsNotForgotten) {
  EXPECT_TRUE(home_.LoadServices()->empty());
  KnownServices services;
  services["https://example.com"].udf = "MSER-VICE";
  ASSERT_TRUE(home_.SaveServices(services).ok());
  EXPECT_EQ(home_.LoadServices()->at("https://example.com").udf, "MSER-VICE");

  ASSERT_TRUE(WritePrivateFile(home_.folder() + "/services.json", "{").ok());

  EXPECT_EQ(home_.LoadServices().status().code(), Code::kDataLoss);
  EXPECT_THAT(home_.LoadServices().status().message(), HasSubstr("services.json"));
}

TEST_F(HomeTest, AccountsAreListedAndRemoved) {
  EXPECT_EQ(home_.Accounts(), std::vector<std::string>{std::string(kAddress)});

  ASSERT_TRUE(home_.RemoveAccount(kAddress).ok());

  EXPECT_TRUE(home_.Accounts().empty());
  EXPECT_EQ(home_.LoadAccount(kAddress).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace mesh::client
