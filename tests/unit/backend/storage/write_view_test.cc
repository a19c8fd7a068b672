#include "backend/storage/write_view.h"

#include <gtest/gtest.h>

#include "backend/storage/memory_store.h"

namespace mesh::backend {
namespace {

constexpr ColumnFamily kI = ColumnFamily::kIndex;
constexpr ColumnFamily kP = ColumnFamily::kPayload;

class WriteViewTest : public testing::Test {
 protected:
  WriteViewTest() {
    const Status committed = store_.Commit({{Write::Kind::kPut, kI, "base", "old"},
                                            {Write::Kind::kPut, kI, "range1", "x"},
                                            {Write::Kind::kPut, kI, "range2", "y"}},
                                           true);
    EXPECT_TRUE(committed.ok());
    snapshot_ = store_.NewSnapshot();
    view_ = std::make_unique<WriteView>(*snapshot_);
  }

  std::optional<std::string> Get(std::string_view key) { return *view_->Get(kI, key); }

  std::string Keys(const Reader& reader, bool reverse = false) {
    std::string keys;
    for (auto cursor = reader.Scan(kI, "", "~", reverse); cursor->Valid(); cursor->Next()) {
      keys.append(cursor->key()).append("=").append(cursor->value()).append(" ");
    }
    return keys;
  }

  // What the store holds once the batch is committed.
  std::string Committed() {
    EXPECT_TRUE(store_.Commit(view_->Take(), true).ok());
    return Keys(*store_.NewSnapshot());
  }

  MemoryStore store_;
  std::unique_ptr<Reader> snapshot_;
  std::unique_ptr<WriteView> view_;
};

using WriteViewDeathTest = WriteViewTest;  // Runs before tests that have threads.

TEST_F(WriteViewTest, ATransactionSeesItsOwnWrites) {
  view_->Begin();
  view_->Put(kI, "base", "new");
  view_->Put(kI, "more", "1");
  EXPECT_EQ(Get("base"), "new");
  EXPECT_EQ(Get("more"), "1");
  view_->Delete(kI, "base");
  EXPECT_EQ(Get("base"), std::nullopt);
  EXPECT_EQ(*view_->Get(kP, "more"), std::nullopt);
}

TEST_F(WriteViewTest, ManyKeysAreReadThroughItsWrites) {
  view_->Begin();
  view_->Put(kI, "more", "1");
  view_->Delete(kI, "range1");
  const std::vector<std::string> keys = {"base", "more", "range1"};
  EXPECT_EQ(*view_->MultiGet(kI, keys),
            (std::vector<std::optional<std::string>>{"old", "1", std::nullopt}));
}

TEST_F(WriteViewTest, TheNextTransactionSeesWhatWasKept) {
  view_->Begin();
  view_->Put(kI, "base", "first");
  view_->Keep();
  view_->Begin();
  EXPECT_EQ(Get("base"), "first");
  view_->Put(kI, "base", "second");
  view_->Keep();
  EXPECT_EQ(Committed(), "base=second range1=x range2=y ");
}

TEST_F(WriteViewTest, ADroppedTransactionLeavesNoTrace) {
  view_->Begin();
  view_->Put(kI, "kept", "1");
  view_->Keep();
  const size_t bytes = view_->bytes();
  view_->Begin();
  view_->Put(kI, "kept", "2");
  view_->Put(kI, "lost", "3");
  view_->DeleteRange(kI, {"range", "rangf"});
  view_->Drop();

  EXPECT_EQ(view_->bytes(), bytes);
  EXPECT_FALSE(view_->closed());
  EXPECT_EQ(Get("kept"), "1");
  EXPECT_EQ(Get("lost"), std::nullopt);
  EXPECT_EQ(Get("range1"), "x");
  EXPECT_EQ(Committed(), "base=old kept=1 range1=x range2=y ");
}

TEST_F(WriteViewTest, ADeletedRangeHidesTheBaseTheBatchAndEarlierWrites) {
  view_->Begin();
  view_->Put(kI, "range3", "of the batch");
  view_->Keep();
  view_->Begin();
  view_->Put(kI, "range4", "before");
  view_->DeleteRange(kI, {"range", "rangf"});
  view_->Put(kI, "range5", "after");
  EXPECT_EQ(Get("range1"), std::nullopt);
  EXPECT_EQ(Get("range3"), std::nullopt);
  EXPECT_EQ(Get("range4"), std::nullopt);
  EXPECT_EQ(Keys(*view_), "base=old range5=after ");
  view_->Keep();
  EXPECT_EQ(Committed(), "base=old range5=after ");
}

TEST_F(WriteViewDeathTest, ADeletedRangeClosesTheBatch) {
  view_->Begin();
  view_->DeleteRange(kI, {"range", "rangf"});
  EXPECT_FALSE(view_->closed());
  view_->Keep();
  EXPECT_TRUE(view_->closed());
  EXPECT_DEATH(view_->Begin(), "closed_");
}

TEST_F(WriteViewTest, AScanMergesAndIsNotDisturbedByLaterWrites) {
  view_->Begin();
  view_->Put(kI, "aaa", "first");
  view_->Put(kI, "base", "new");
  view_->Delete(kI, "range1");
  view_->Put(kI, "zzz", "last");
  EXPECT_EQ(Keys(*view_), "aaa=first base=new range2=y zzz=last ");
  EXPECT_EQ(Keys(*view_, true), "zzz=last range2=y base=new aaa=first ");

  const auto cursor = view_->Scan(kI, "", "~");
  view_->Put(kI, "bbb", "too late");
  cursor->Next();
  cursor->Next();
  EXPECT_EQ(cursor->key(), "range2");
}

TEST_F(WriteViewTest, AKeyIsInTheBatchOnce) {
  for (int i = 0; i < 100; ++i) {
    view_->Begin();
    view_->Put(kI, "head", std::to_string(i));
    view_->Put(kI, "entry" + std::to_string(i), "");
    view_->Keep();
  }
  EXPECT_EQ(view_->Take().size(), 101u);
}

TEST_F(WriteViewDeathTest, WritesNeedATransaction) {
  EXPECT_DEATH(view_->Put(kI, "k", "v"), "running_");
  EXPECT_DEATH(view_->Keep(), "running_");
}

}  // namespace
}  // namespace mesh::backend
