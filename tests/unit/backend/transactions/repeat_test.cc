// Repeats of sealed requests: answered as the first time, and applied once
// (docs/AUTHENTICATION.md, "Time, replays, retries").

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "backend/model/kept_reply.h"
#include "proto/record.pb.h"
#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {
namespace {

using ::testing::SizeIs;

constexpr std::string_view kLaptop = "KEY-laptop";
constexpr std::chrono::milliseconds kKept{kTimeWindow + kTimeMargin};

class RepeatTest : public ::testing::Test {
 protected:
  RepeatTest() {
    bench_.Create(kAlice);
    proto::PartitionRequest request = bench_.RequestOf(kAlice);
    *request.mutable_upload() =
        To(kDeviceCatalog, {DeviceEntry(proto::EVENT_NEW, kAlice, kLaptop)});
    EXPECT_EQ(bench_.As(laptop_, request).mesh_status(), 201);
  }

  proto::PartitionRequest Upload(const proto::UploadRequest& upload) {
    proto::PartitionRequest request = bench_.RequestOf(kAlice);
    *request.mutable_upload() = upload;
    return bench_.Sealed(laptop_, request);
  }
  proto::PartitionRequest Remove() {
    proto::PartitionRequest request = bench_.RequestOf(kAlice);
    request.mutable_delete_();
    return bench_.Sealed(laptop_, request);
  }
  proto::PartitionRequest Create(std::string_view account) {
    proto::PartitionRequest request = bench_.RequestOf(account);
    proto::CreateRequest* create = request.mutable_create();
    create->set_account_address(std::string(account));
    create->set_signed_profile_mesh("[mesh]");
    create->set_signed_assertion_account("[account]");
    return bench_.Sealed(CallerOf(proto::Caller::DEVICE, "KEY-profile"), request);
  }
  // Sends it, and again; returns the answer, which is the same.
  proto::PartitionReply Twice(const proto::PartitionRequest& request) {
    const proto::PartitionReply first = bench_.Run(request);
    const auto after = bench_.Everything();
    const proto::PartitionReply second = bench_.Run(request);
    EXPECT_EQ(second.SerializeAsString(), first.SerializeAsString());
    EXPECT_EQ(bench_.Everything(), after);
    return first;
  }
  std::vector<std::string> KeptKeys() const {
    const AccountKeys keys(SlotOf(bench_.slot_key, kAlice), kAlice);
    std::vector<std::string> kept;
    for (const auto& [key, value] : bench_.Everything()) {
      if (key.starts_with("I" + keys.prefix() + "W")) kept.push_back(key);
    }
    return kept;
  }

  Bench bench_;
  const proto::Caller laptop_ = Administering(ByExchange(kAlice, kLaptop));
};

TEST_F(RepeatTest, AnUploadIsAppliedOnce) {
  const auto reply = Twice(Upload(UploadBuilder().Self(Message("M1", "hello"))));
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_EQ(IndicesGiven(reply), std::vector<int64_t>{1});
  EXPECT_NE(reply.incarnation(), 0u);
  EXPECT_EQ(PayloadsOf(bench_.Download(kAlice, Ask(kInbound))),
            (std::vector<std::string>{"", "hello"}));
}

TEST_F(RepeatTest, AnEntryThatIsNewIsNotAConflictTheSecondTime) {
  EXPECT_EQ(Twice(Upload(To(kContacts, {New("c", "contact")}))).mesh_status(), 201);
  EXPECT_EQ(bench_.Run(Upload(To(kContacts, {New("c", "contact")}))).mesh_status(), 409);
}

TEST_F(RepeatTest, AnAccountIsMadeOnce) {
  EXPECT_EQ(Twice(Create(kBob)).mesh_status(), 201);
  EXPECT_EQ(bench_.Run(Create(kBob)).mesh_status_extended(), 1);  // Registered already.
}

TEST_F(RepeatTest, AnAccountIsRemovedOnceWhoeverHasTheAddressNow) {
  const auto remove = Remove();
  const auto first = bench_.Run(remove);
  EXPECT_EQ(first.mesh_status(), 201);
  EXPECT_EQ(bench_.Run(Create(kAlice)).mesh_status(), 201);
  const auto before = bench_.Everything();
  EXPECT_EQ(bench_.Run(remove).SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(RepeatTest, BothRoundsOfAnUploadAreAppliedOnce) {
  const auto first = Twice(Upload(To(kContacts, {Redacted(New("r", "later"))})));
  EXPECT_EQ(first.mesh_status(), 202);
  EXPECT_EQ(Twice(Upload(To(kContacts, {New("r", "later")}))).mesh_status(), 201);
}

TEST_F(RepeatTest, ARefusalIsNotKept) {
  const auto upload = Upload(To(kContacts, {Update("c", "x"), Delete("nothing")}));
  const auto before = bench_.Everything();
  EXPECT_EQ(bench_.Run(upload).mesh_status(), 409);
  EXPECT_EQ(bench_.Everything(), before);
  bench_.Upload(kAlice, To(kContacts, {New("nothing", "now there")}));
  EXPECT_EQ(bench_.Run(upload).mesh_status(), 201);
}

TEST_F(RepeatTest, OtherDevicesAndOtherAccountsHaveRequestIdsOfTheirOwn) {
  bench_.Upload(kAlice, To(kDeviceCatalog, {Delete("PROFILE-KEY-laptop")}));
  proto::PartitionRequest entries =
      Upload(To(kDeviceCatalog, {DeviceEntry(proto::EVENT_NEW, kAlice, kLaptop),
                                 DeviceEntry(proto::EVENT_NEW, kAlice, "KEY-phone")}));
  ASSERT_EQ(bench_.Run(entries).mesh_status(), 201);
  proto::PartitionRequest mine = Upload(UploadBuilder().Self(Message("M1", "mine")));
  proto::PartitionRequest theirs = mine;
  theirs.mutable_caller()->set_device_udf("KEY-phone");
  EXPECT_EQ(IndicesGiven(bench_.Run(mine)), std::vector<int64_t>{1});
  EXPECT_EQ(IndicesGiven(bench_.Run(theirs)), std::vector<int64_t>{2});

  proto::PartitionRequest create = Create(kBob);
  create.mutable_caller()->set_request_id(mine.caller().request_id());
  create.mutable_caller()->set_device_udf(std::string(kLaptop));
  EXPECT_EQ(Twice(create).mesh_status(), 201);
}

TEST_F(RepeatTest, ARequestIdIsOfOneTransaction) {
  const auto upload = Upload(UploadBuilder().Self(Message("M1", "hello")));
  bench_.Run(upload);
  proto::PartitionRequest remove = Remove();
  *remove.mutable_caller() = upload.caller();
  EXPECT_EQ(bench_.Run(remove).mesh_status(), 400);
  EXPECT_EQ(bench_.Status(kAlice).mesh_status(), 201);
}

TEST_F(RepeatTest, ARepeatComesTooLateWhenItsReplyIsForgotten) {
  const auto upload = Upload(UploadBuilder().Self(Message("M1", "hello")));
  const auto first = bench_.Run(upload);
  bench_.clock.Advance(kKept - std::chrono::milliseconds(1));
  EXPECT_EQ(bench_.Run(upload).SerializeAsString(), first.SerializeAsString());

  bench_.clock.Advance(std::chrono::milliseconds(1));
  const auto before = bench_.Everything();
  const auto late = bench_.Run(upload);

  EXPECT_EQ(late.mesh_status(), 401);
  EXPECT_EQ(late.mesh_status_description(), "MeshRequestTime");
  EXPECT_EQ(late.refusal(), proto::REFUSAL_TIME);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(RepeatTest, AnExpiredReplyIsAsIfItWereNotThere) {
  auto upload = Upload(UploadBuilder().Self(Message("M1", "hello")));
  bench_.Run(upload);
  bench_.clock.Advance(kKept);
  upload.mutable_caller()->set_request_time(bench_.clock.WallNow());
  EXPECT_EQ(IndicesGiven(bench_.Run(upload)), std::vector<int64_t>{2});
}

TEST_F(RepeatTest, ARequestOfTheFutureWaitsForItsTime) {
  auto upload = Upload(UploadBuilder().Self(Message("M1", "hello")));
  for (const WallMillis time :
       {bench_.clock.WallNow() + kKept.count(), std::numeric_limits<WallMillis>::max(),
        std::numeric_limits<WallMillis>::min()}) {
    upload.mutable_caller()->set_request_time(time);
    EXPECT_EQ(bench_.Run(upload).refusal(), proto::REFUSAL_TIME);
  }
  upload.mutable_caller()->set_request_time(bench_.clock.WallNow() + kKept.count() - 1);
  EXPECT_EQ(Twice(upload).mesh_status(), 201);
}

TEST_F(RepeatTest, ASealedRequestHasARequestId) {
  auto upload = Upload(UploadBuilder().Self(Message("M1", "hello")));
  for (const char* id : {"", "short"}) {
    upload.mutable_caller()->set_request_id(id);
    EXPECT_EQ(bench_.Run(upload).mesh_status(), 400);
  }
}

TEST_F(RepeatTest, ReadsAndReferenceRequestsAreNotKept) {
  const auto before = KeptKeys();
  bench_.Upload(kAlice, UploadBuilder().Self(Message("M1", "hello")));
  proto::PartitionRequest status = bench_.RequestOf(kAlice);
  status.mutable_status();
  EXPECT_EQ(bench_.As(laptop_, status).mesh_status(), 201);
  EXPECT_EQ(KeptKeys(), before);
}

// What is left then is what the store drops when it has expired.
TEST_F(RepeatTest, ADeletedAccountLeavesTheReplyToItsDeletionAndNothingElse) {
  bench_.Run(Upload(UploadBuilder().Self(Message("M1", "hello"))));
  bench_.Run(Upload(To(kContacts, {Redacted(New("r", "later"))})));
  ASSERT_THAT(KeptKeys(), SizeIs(3));

  bench_.Run(Remove());

  const auto left = bench_.Everything();
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_TRUE(IsKeptReplyKey(std::string_view(left.begin()->first).substr(1)));
  proto::KeptReplyRecord record;
  ASSERT_TRUE(record.ParseFromString(left.begin()->second));
  EXPECT_EQ(record.expires(), bench_.clock.WallNow() + kKept.count());
}

TEST_F(RepeatTest, ADamagedReplyIsAFailureAndNotARepeat) {
  const auto upload = Upload(UploadBuilder().Self(Message("M1", "hello")));
  const AccountKeys keys(SlotOf(bench_.slot_key, kAlice), kAlice);
  const std::string key = keys.KeptReply(kLaptop, upload.caller().request_id());
  ASSERT_TRUE(
      bench_.store.Commit({{Write::Kind::kPut, ColumnFamily::kIndex, key, "\xff\xff"}}, true).ok());
  EXPECT_EQ(bench_.Run(upload).code(), static_cast<int>(Code::kDataLoss));
}

}  // namespace
}  // namespace mesh::backend
