#include "backend/model/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/model/container.h"
#include "backend/model/page_key.h"
#include "backend/model/pending_upload.h"
#include "backend/storage/memory_store.h"
#include "common/base/bytes.h"
#include "common/mesh/container_name.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelTest : public ::testing::Test {
 protected:
  ModelTest() : snapshot_(store_.NewSnapshot()), view_(*snapshot_) { view_.Begin(); }

  Account Make(const std::string& address, uint64_t incarnation = 1) {
    proto::AccountRecord record;
    record.set_address(address);
    record.set_incarnation(incarnation);
    return *Account::Create(view_, 7, record);
  }
  static proto::Envelope Message(const std::string& envelope_id) {
    proto::Envelope envelope;
    envelope.set_envelope_id(envelope_id);
    envelope.set_payload_digest(std::string(64, 'd'));
    return envelope;
  }

  MemoryStore store_;
  std::unique_ptr<Reader> snapshot_;
  WriteView view_;
  AccountPolicy policy_;
};

TEST_F(ModelTest, AnAccountIsFoundUnderItsAddress) {
  Make("alice@example.com", 5);
  const Result<Account> account = Account::Load(view_, 7, "alice@example.com");
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account->usage().incarnation, 5u);
  EXPECT_EQ(Account::Load(view_, 7, "bob@example.com").status().code(), Code::kNotFound);
}

TEST_F(ModelTest, AnAddressIsTakenOnce) {
  Make("alice@example.com");
  proto::AccountRecord record;
  record.set_address("alice@example.com");
  EXPECT_EQ(Account::Create(view_, 7, record).status().code(), Code::kAlreadyExists);
}

TEST_F(ModelTest, ARecordOfAnotherAddressIsNotBelieved) {
  const Account account = Make("alice@example.com");
  proto::AccountRecord other;
  other.set_address("mallory@example.com");
  view_.Put(ColumnFamily::kIndex, account.keys().Account(), other.SerializeAsString());
  EXPECT_EQ(account.ReadRecord(view_, &other).code(), Code::kDataLoss);
}

TEST_F(ModelTest, AChargeThatExceedsAQuotaChargesNothing) {
  Account account = Make("alice@example.com");
  policy_.bytes_max = 100;
  policy_.entries_max = 2;
  EXPECT_TRUE(account.Charge(policy_, 1, 100).ok());
  EXPECT_EQ(account.Charge(policy_, 1, 1).code(), Code::kResourceExhausted);
  EXPECT_EQ(account.Charge(policy_, 2, 0).code(), Code::kResourceExhausted);
  EXPECT_EQ(account.usage().entries, 1u);
  EXPECT_EQ(account.usage().bytes, 100u);
}

TEST_F(ModelTest, AnAccountNamesItsContainersInOrder) {
  Account account = Make("alice@example.com");
  EXPECT_EQ(*account.AddContainer(policy_, "mmm_Local", view_), 1u);
  EXPECT_EQ(*account.AddContainer(policy_, "mmm_Contact", view_), 2u);
  proto::AccountRecord record;
  ASSERT_TRUE(account.ReadRecord(view_, &record).ok());
  EXPECT_THAT(record.containers(), ElementsAre("mmm_Contact", "mmm_Local"));
}

TEST_F(ModelTest, AContainerOverTheQuotaIsNotNamed) {
  Account account = Make("alice@example.com");
  policy_.containers_max = 0;
  EXPECT_EQ(account.AddContainer(policy_, "mmm_Local", view_).status().code(),
            Code::kResourceExhausted);
  proto::AccountRecord record;
  ASSERT_TRUE(account.ReadRecord(view_, &record).ok());
  EXPECT_TRUE(record.containers().empty());
  EXPECT_EQ(account.usage().containers, 0u);
}

TEST_F(ModelTest, TheNewestMessageWithAnIdIsFound) {
  Account account = Make("alice@example.com");
  Container spool = *Container::Open(view_, account, kLocal);
  for (const auto id : {"A", "B", "A", "C"}) {
    ASSERT_TRUE(spool.Append(Message(id), policy_, account, 1000, view_).ok());
  }
  EXPECT_EQ(**spool.FindEnvelopeId(view_, "A"), 3u);
  EXPECT_EQ(**spool.FindEnvelopeId(view_, "B"), 2u);
  EXPECT_FALSE(spool.FindEnvelopeId(view_, "D")->has_value());
}

TEST_F(ModelTest, AnEntryThatIsMissingIsDataLoss) {
  Account account = Make("alice@example.com");
  Container spool = *Container::Open(view_, account, kLocal);
  ASSERT_TRUE(spool.Append(Message("A"), policy_, account, 1000, view_).ok());
  EXPECT_TRUE(spool.ReadEntry(view_, 1).ok());
  EXPECT_EQ(spool.ReadEntry(view_, 2).status().code(), Code::kDataLoss);
}

// --- PageKey ------------------------------------------------------------------------

Selection SomeSelection() {
  Selection selection;
  selection.container = "mmm_Contact";
  selection.next = 7;
  selection.index_max = 9;
  selection.before = 1767225600000;
  selection.exclude_updated = true;
  selection.trailer = false;
  selection.bytes_offset = 3;
  return selection;
}

Result<Selection> Read(const std::string& key, const Account& account) {
  proto::ConstraintsSelect select;
  select.set_page_key(key);
  return ReadSelection(select, proto::ConstraintsData(), account);
}

TEST_F(ModelTest, APageKeyHoldsTheWholeQuestion) {
  const Account account = Make("alice@example.com");
  EXPECT_EQ(*Read(MakePageKey(SomeSelection(), account), account), SomeSelection());
}

// Clients may hold a key while the service is updated.
TEST_F(ModelTest, ThePageKeyIsStableAcrossReleases) {
  const Account account = Make("alice@example.com", 1);
  EXPECT_EQ(ToHex(MakePageKey(SomeSelection(), account)),
            "010067000000000000000700000000000000090000019b76daa8000000000000000003"
            "6d6d6d5f436f6e74616374"
            "4e73cbd6147e869d");
}

TEST_F(ModelTest, APageKeyOfAnEarlierAccountOfTheAddressIsRefused) {
  const Account account = Make("alice@example.com", 1);
  Account later = account;
  later.usage().incarnation = 2;
  EXPECT_THAT(Read(MakePageKey(SomeSelection(), account), later).status().message(),
              HasSubstr("PageKey"));
}

// --- Pending uploads -------------------------------------------------------------------

// These ids are in keys on disk.
TEST_F(ModelTest, TheIdOfAPendingUploadIsStableAcrossReleases) {
  const proto::Envelope envelope = Message("A");
  EXPECT_EQ(ToHex(PendingUploadId("MDEV", {{kInbound, &envelope}})),
            "d020d2d7db10268781e276d5237b136d");
}

TEST_F(ModelTest, EverythingThatIdentifiesAnEntryIsInTheId) {
  proto::Envelope envelope = Message("A");
  const std::string id = PendingUploadId("MDEV", {{kInbound, &envelope}});
  EXPECT_NE(PendingUploadId("MDEW", {{kInbound, &envelope}}), id);
  EXPECT_NE(PendingUploadId("MDEV", {{kLocal, &envelope}}), id);
  EXPECT_NE(PendingUploadId("MDEV", {{kInbound, &envelope}, {kInbound, &envelope}}), id);
  envelope.set_unique_id("u");
  EXPECT_NE(PendingUploadId("MDEV", {{kInbound, &envelope}}), id);
  envelope = Message("A");
  envelope.set_event(proto::EVENT_NEW);
  EXPECT_NE(PendingUploadId("MDEV", {{kInbound, &envelope}}), id);
  envelope = Message("A");
  envelope.set_payload_digest(std::string(64, 'e'));
  EXPECT_NE(PendingUploadId("MDEV", {{kInbound, &envelope}}), id);
}

}  // namespace
}  // namespace mesh::backend
