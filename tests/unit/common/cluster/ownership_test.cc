#include "common/cluster/ownership.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "common/cluster/records.h"
#include "common/cluster/registration.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_cluster_store.h"

namespace mesh::cluster {
namespace {

constexpr int64_t kLease = 100;
constexpr const char* kOwner = "/mesh/c/owners/b1";

// Follows the test's clock.
class FakeBootClock final : public BootClock {
 public:
  explicit FakeBootClock(const Clock& clock) : clock_(clock) {}
  int64_t NowNanos() const override { return clock_.Now().time_since_epoch().count(); }
  std::string BootId() const override { return boot_id; }

  std::string boot_id = "first-boot";

 private:
  const Clock& clock_;
};

class OwnershipTest : public ::testing::Test {
 protected:
  OwnershipTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("mesh-owner-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
  }
  ~OwnershipTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Ownership> Open(const std::string& data = "one") {
    OwnershipOptions options;
    options.cluster = "c";
    options.name = "b1";
    options.lease_seconds = kLease;
    return std::make_unique<Ownership>(options, *DataDir::Open(folder_ / data), store_, clock_,
                                       boot_clock_);
  }
  void Advance(int64_t seconds) { clock_.Advance(std::chrono::seconds(seconds)); }

  std::filesystem::path folder_;
  FakeClock clock_;
  FakeBootClock boot_clock_{clock_};
  mesh::testing::FakeClusterStore store_{clock_};
};

TEST_F(OwnershipTest, ANameThatIsFreeIsTaken) {
  const auto owner = Open();
  EXPECT_FALSE(owner->Owned());
  ASSERT_TRUE(owner->Renew().ok());
  EXPECT_TRUE(owner->Owned());
  EXPECT_TRUE(store_.Value(kOwner).has_value());
}

TEST_F(OwnershipTest, TheOwnerStopsBeforeTheLeaseEnds) {
  const auto owner = Open();
  ASSERT_TRUE(owner->Renew().ok());
  store_.SetFrozen(true);
  Advance(kLease - 6);
  EXPECT_TRUE(owner->Owned());
  Advance(1);
  EXPECT_FALSE(owner->Owned());
  store_.SetFrozen(false);
  store_.ExpireLeases();
  EXPECT_TRUE(store_.Value(kOwner).has_value()) << "the lease must outlast the owner";
}

TEST_F(OwnershipTest, NobodyElseCanHaveItBefore) {
  const auto owner = Open();
  const auto other = Open("two");
  ASSERT_TRUE(owner->Renew().ok());
  for (int64_t second = 0; second < kLease; ++second) {
    EXPECT_EQ(other->Renew().code(), Code::kFailedPrecondition);
    EXPECT_FALSE(other->Owned());
    Advance(1);
  }
  EXPECT_TRUE(other->Renew().ok());
  EXPECT_TRUE(other->Owned());
  EXPECT_FALSE(owner->Owned());
}

TEST_F(OwnershipTest, ARenewalGivesTheFullTimeAgain) {
  const auto owner = Open();
  const auto other = Open("two");
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(owner->Renew().ok());
    Advance(90);
    EXPECT_TRUE(owner->Owned());
    EXPECT_EQ(other->Renew().code(), Code::kFailedPrecondition);
  }
}

TEST_F(OwnershipTest, ARenewalWhoseReplyWasLostDoesNotEndTheName) {
  const auto owner = Open();
  ASSERT_TRUE(owner->Renew().ok());
  Advance(50);
  store_.LoseNextReply();
  EXPECT_EQ(owner->Renew().code(), Code::kUnavailable);
  EXPECT_TRUE(store_.Value(kOwner).has_value());
  EXPECT_TRUE(owner->Owned());
  Advance(45);
  EXPECT_FALSE(owner->Owned()) << "what is not confirmed does not count";
  EXPECT_TRUE(owner->Renew().ok());
  EXPECT_TRUE(owner->Owned());
}

TEST_F(OwnershipTest, TheFirstTakingWhoseReplyWasLostIsFoundAgain) {
  const auto owner = Open();
  store_.LoseNextReply();
  EXPECT_EQ(owner->Renew().code(), Code::kUnavailable);
  EXPECT_FALSE(owner->Owned());
  EXPECT_TRUE(owner->Renew().ok());
}

TEST_F(OwnershipTest, AProcessGoesOnFromTheOneBeforeWhileTheStoreIsAway) {
  ASSERT_TRUE(Open()->Renew().ok());
  store_.SetDown(true);
  Advance(50);
  const auto next = Open();
  next->Resume();
  EXPECT_TRUE(next->Owned());
  Advance(45);
  EXPECT_FALSE(next->Owned());
}

TEST_F(OwnershipTest, AProcessAfterARestartOfTheMachineWaits) {
  ASSERT_TRUE(Open()->Renew().ok());
  boot_clock_.boot_id = "second-boot";
  const auto next = Open();
  next->Resume();
  EXPECT_FALSE(next->Owned());
}

TEST_F(OwnershipTest, AnotherDirectoryDoesNotGoOn) {
  ASSERT_TRUE(Open()->Renew().ok());
  const auto other = Open("two");
  other->Resume();
  EXPECT_FALSE(other->Owned());
}

TEST_F(OwnershipTest, TheSameDirectoryTakesItsNameAtOnce) {
  ASSERT_TRUE(Open()->Renew().ok());
  const auto next = Open();
  EXPECT_TRUE(next->Renew().ok());
  EXPECT_TRUE(next->Owned());
}

TEST_F(OwnershipTest, AnOwnerMakesItsKeyAgainAfterTheStoreWasWiped) {
  const auto owner = Open();
  ASSERT_TRUE(owner->Renew().ok());
  store_.Wipe();
  store_.Put("/mesh/c/hold", "restored");
  EXPECT_TRUE(owner->Renew().ok());
  EXPECT_TRUE(store_.Value(kOwner).has_value());
}

TEST_F(OwnershipTest, NobodyElseTakesANameWhileAHoldStands) {
  store_.Put("/mesh/c/hold", "restored");
  const auto other = Open("two");
  EXPECT_EQ(other->Renew().code(), Code::kFailedPrecondition);
  EXPECT_FALSE(other->Owned());
  store_.Delete("/mesh/c/hold");
  EXPECT_TRUE(other->Renew().ok());
}

TEST_F(OwnershipTest, AnOwnerStopsAtOnceWhenTheStoreNamesAnother) {
  const auto owner = Open();
  ASSERT_TRUE(owner->Renew().ok());
  store_.Put(kOwner, OwnerRecord{"ffffffffffffffffffffffffffffffff", "x"}.Text());
  EXPECT_EQ(owner->Renew().code(), Code::kFailedPrecondition);
  EXPECT_FALSE(owner->Owned());
}

TEST(GoodUntil, LeavesFivePerCentAndAtLeastASecond) {
  constexpr int64_t kSecond = 1'000'000'000;
  EXPECT_EQ(GoodUntil(0, 3600), 3420 * kSecond);
  EXPECT_EQ(GoodUntil(7, 5), 4 * kSecond + 7);
}

class RegistrationTest : public OwnershipTest {
 protected:
  std::unique_ptr<Registration> Register(const std::string& data_dir_id) {
    return std::make_unique<Registration>(
        "c", "b1",
        [data_dir_id] {
          NodeRecord record;
          record.address = "127.0.0.1:9201";
          record.data_dir_id = data_dir_id;
          return record;
        },
        store_, clock_, std::chrono::seconds(1));
  }
};

TEST_F(RegistrationTest, StandsAsLongAsItIsKept) {
  const auto node = Register("one");
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(node->Keep().ok());
    Advance(kNodeLeaseSeconds - 1);
  }
  Advance(1);
  store_.ExpireLeases();
  EXPECT_FALSE(store_.Value("/mesh/c/nodes/b1").has_value());
  EXPECT_TRUE(node->Keep().ok());
  EXPECT_TRUE(store_.Value("/mesh/c/nodes/b1").has_value());
  node->Leave();
  EXPECT_FALSE(store_.Value("/mesh/c/nodes/b1").has_value());
}

TEST_F(RegistrationTest, OfANameThatAnotherDirectoryHasIsRefused) {
  const auto node = Register("one");
  const auto other = Register("two");
  ASSERT_TRUE(node->Keep().ok());
  const Status refused = other->Keep();
  EXPECT_EQ(refused.code(), Code::kFailedPrecondition);
  EXPECT_NE(refused.message().find("one"), std::string::npos);
  Advance(kNodeLeaseSeconds);
  EXPECT_TRUE(other->Keep().ok());
}

TEST(DataDirTest, KeepsItsIdentityAndItsLease) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("mesh-data-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  const KeptLease lease{"b1", "boot", 12, 3600};
  const std::string id = DataDir::Open(folder)->id();
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(DataDir::Open(folder)->ReadLease(), std::nullopt);
  ASSERT_TRUE(DataDir::Open(folder)->WriteLease(lease).ok());
  EXPECT_EQ(DataDir::Open(folder)->id(), id);
  EXPECT_EQ(DataDir::Open(folder)->ReadLease(), lease);
  std::filesystem::remove_all(folder);
}

// PERSISTENT.
TEST(KeptLeaseTest, ItsTextIsGolden) {
  EXPECT_EQ((KeptLease{"b1", "boot", 12, 3600}.Text()),
            "{\"name\":\"b1\",\"bootId\":\"boot\",\"sentNanos\":12,\"seconds\":3600}\n");
}

}  // namespace
}  // namespace mesh::cluster
