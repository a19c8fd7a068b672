#include "backend/storage/write_view.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "common/base/check.h"

namespace mesh::backend {
namespace {

constexpr size_t kFirstSlots = 64;

uint32_t Hash(ColumnFamily family, std::string_view key) {
  const size_t hash = std::hash<std::string_view>()(key);
  return static_cast<uint32_t>(hash ^ (hash >> 32)) ^ (family == ColumnFamily::kPayload ? ~0u : 0u);
}

size_t SizeOf(const Write& write) { return write.key.size() + write.value.size(); }

bool In(const KeyRange& range, std::string_view key) {
  return key >= range.begin && key < range.end;
}

}  // namespace

// --- WriteSet ---------------------------------------------------------------

size_t WriteSet::Probe(ColumnFamily family, std::string_view key, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.position == 0) return i;
    if (slot.hash != hash) continue;
    const Write& write = writes_[slot.position - 1];
    if (write.family == family && write.key == key) return i;
  }
}

void WriteSet::Grow() {
  std::vector<Slot> old(std::max(kFirstSlots, slots_.size() * 2));
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.position == 0) continue;
    size_t i = slot.hash & mask;
    while (slots_[i].position != 0) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

void WriteSet::Set(Write write) {
  if ((writes_.size() + 1) * 2 > slots_.size()) Grow();
  const uint32_t hash = Hash(write.family, write.key);
  Slot& slot = slots_[Probe(write.family, write.key, hash)];
  if (slot.position != 0) {
    writes_[slot.position - 1] = std::move(write);
    return;
  }
  writes_.push_back(std::move(write));
  slot = {hash, static_cast<uint32_t>(writes_.size())};
}

const Write* WriteSet::Find(ColumnFamily family, std::string_view key) const {
  if (writes_.empty()) return nullptr;
  const Slot& slot = slots_[Probe(family, key, Hash(family, key))];
  return slot.position == 0 ? nullptr : &writes_[slot.position - 1];
}

void WriteSet::Clear() {
  if (writes_.empty()) return;
  writes_.clear();
  std::fill(slots_.begin(), slots_.end(), Slot{});
}

// --- WriteView: the batch -----------------------------------------------------

void WriteView::Begin() {
  MESH_CHECK(!running_ && !closed_);
  running_ = true;
}

void WriteView::Keep() {
  MESH_CHECK(running_);
  running_ = false;
  for (const Write& write : transaction_.writes()) bytes_ += SizeOf(write);
  if (!ranges_.empty()) {  // Take() puts the parts in order.
    closed_ = true;
    return;
  }
  for (Write& write : transaction_.writes()) batch_.Set(std::move(write));
  transaction_.Clear();
}

void WriteView::Drop() {
  MESH_CHECK(running_);
  running_ = false;
  transaction_.Clear();
  ranges_.clear();
}

Writes WriteView::Take() {
  MESH_CHECK(!running_);
  Writes writes = std::move(batch_.writes());
  for (Range& range : ranges_) {
    writes.push_back({Write::Kind::kDeleteRange, range.family, std::move(range.keys.begin),
                      std::move(range.keys.end)});
  }
  // What the last transaction put after it deleted its ranges.
  std::move(transaction_.writes().begin(), transaction_.writes().end(), std::back_inserter(writes));
  return writes;
}

// --- WriteView: the transaction -------------------------------------------------

bool WriteView::InDeletedRange(ColumnFamily family, std::string_view key) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return range.family == family && In(range.keys, key);
  });
}

Result<std::optional<std::string>> WriteView::Get(ColumnFamily family, std::string_view key) const {
  const Write* write = transaction_.Find(family, key);
  if (write == nullptr) {
    if (InDeletedRange(family, key)) return std::optional<std::string>();
    write = batch_.Find(family, key);
  }
  if (write == nullptr) return base_.Get(family, key);
  if (write->kind == Write::Kind::kDelete) return std::optional<std::string>();
  return std::optional<std::string>(write->value);
}

void WriteView::Put(ColumnFamily family, std::string key, std::string value) {
  MESH_CHECK(running_);
  transaction_.Set({Write::Kind::kPut, family, std::move(key), std::move(value)});
}

void WriteView::Delete(ColumnFamily family, std::string key) {
  MESH_CHECK(running_);
  transaction_.Set({Write::Kind::kDelete, family, std::move(key), {}});
}

void WriteView::DeleteRange(ColumnFamily family, const KeyRange& range) {
  MESH_CHECK(running_);
  for (Write& write : transaction_.writes()) {
    if (write.family != family || !In(range, write.key)) continue;
    write.kind = Write::Kind::kDelete;
    write.value.clear();
  }
  ranges_.push_back({family, range});
}

// --- Scan -------------------------------------------------------------------------

// Walks the base and the pending writes side by side; a pending write hides the
// base's key, and a deleted range hides all of the base's keys in it.
class WriteView::MergedCursor final : public Cursor {
 public:
  MergedCursor(std::unique_ptr<Cursor> base, std::vector<Write> pending, std::vector<Range> ranges,
               bool reverse)
      : base_(std::move(base)),
        pending_(std::move(pending)),
        ranges_(std::move(ranges)),
        reverse_(reverse) {
    Settle();
  }

  bool Valid() const override { return valid_; }
  std::string_view key() const override { return on_pending_ ? Pending().key : base_->key(); }
  std::string_view value() const override { return on_pending_ ? Pending().value : base_->value(); }
  Status status() const override { return base_->status(); }

  void Next() override {
    MESH_CHECK(valid_);
    Advance();
    Settle();
  }

 private:
  const Write& Pending() const { return pending_[position_]; }

  void Advance() {
    if (on_pending_) {
      ++position_;
    } else {
      base_->Next();
    }
  }

  bool Hidden(std::string_view key) const {
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const Range& range) { return In(range.keys, key); });
  }

  // Chooses the nearer of the two, until it is one that shows.
  void Settle() {
    valid_ = false;
    while (base_->status().ok()) {
      const bool base = base_->Valid();
      const bool pending = position_ < pending_.size();
      if (!base && !pending) return;
      if (base && pending && base_->key() == Pending().key) {
        base_->Next();
        continue;
      }
      on_pending_ = pending && (!base || (base_->key() < Pending().key) == reverse_);
      valid_ = on_pending_ ? Pending().kind == Write::Kind::kPut : !Hidden(base_->key());
      if (valid_) return;
      Advance();
    }
  }

  std::unique_ptr<Cursor> base_;
  std::vector<Write> pending_;  // In the order of the walk.
  std::vector<Range> ranges_;   // Of this family.
  size_t position_ = 0;
  bool reverse_;
  bool on_pending_ = false;
  bool valid_ = false;
};

std::unique_ptr<Cursor> WriteView::Scan(ColumnFamily family, std::string_view begin,
                                        std::string_view end, bool reverse) const {
  std::vector<Write> pending;
  const auto within = [&](const Write& write) {
    return write.family == family && write.key >= begin && write.key < end;
  };
  for (const Write& write : transaction_.writes()) {
    if (within(write)) pending.push_back(write);
  }
  for (const Write& write : batch_.writes()) {
    if (!within(write) || transaction_.Find(family, write.key) != nullptr) continue;
    if (!InDeletedRange(family, write.key)) pending.push_back(write);
  }
  std::sort(pending.begin(), pending.end(), [reverse](const Write& a, const Write& b) {
    return reverse ? b.key < a.key : a.key < b.key;
  });
  std::vector<Range> ranges;
  for (const Range& range : ranges_) {
    if (range.family == family) ranges.push_back(range);
  }
  return std::make_unique<MergedCursor>(base_.Scan(family, begin, end, reverse), std::move(pending),
                                        std::move(ranges), reverse);
}

}  // namespace mesh::backend
