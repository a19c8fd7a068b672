#include "backend/storage/format.h"

#include <gtest/gtest.h>

#include "backend/storage/key_schema.h"
#include "backend/storage/memory_store.h"
#include "common/base/bytes.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

void SetRecord(MemoryStore& store, const std::string& value) {
  ASSERT_TRUE(
      store.Commit({{Write::Kind::kPut, ColumnFamily::kIndex, PartitionRecordKey(), value}}, true)
          .ok());
}

// These octets are on disk.
TEST(FormatTest, ThePartitionRecordIsStableAcrossReleases) {
  MemoryStore store;
  ASSERT_TRUE(PrepareStore(store, 7).ok());
  const auto value = store.NewSnapshot()->Get(ColumnFamily::kIndex, PartitionRecordKey());
  EXPECT_EQ(ToHex(**value), "08031007");
}

TEST(FormatTest, RefusesAnotherVersion) {
  MemoryStore store;
  proto::PartitionRecord record;
  record.set_format_version(1);
  record.set_partition(7);
  SetRecord(store, record.SerializeAsString());
  const Status refused = PrepareStore(store, 7);
  EXPECT_EQ(refused.code(), Code::kFailedPrecondition);
  EXPECT_EQ(refused.message(),
            "the database has format version 1; this program reads version 3: run the release "
            "that wrote it, or begin with an empty folder");
}

TEST(FormatTest, ARecordThatCannotBeReadIsDataLoss) {
  MemoryStore store;
  SetRecord(store, "\xFF\xFF\xFF");
  EXPECT_EQ(PrepareStore(store, 7).code(), Code::kDataLoss);
}

}  // namespace
}  // namespace mesh::backend
