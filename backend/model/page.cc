#include "backend/model/page.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// Below this many entries, looking each up is cheaper than setting up a cursor.
constexpr uint64_t kLookUpMax = 4;

// The indices [first, last) whose entries are in none of the excluded states.
class IndexWalk {
 public:
  // Every index.
  IndexWalk(uint64_t first, uint64_t last) : next_(first), last_(std::max(first, last)) {}
  // The indices under which `states` are filed.
  IndexWalk(const Reader& reader, const AccountKeys& keys, uint32_t number, uint64_t first,
            uint64_t last, const std::vector<EntryState>& states)
      : next_(first), last_(std::max(first, last)) {
    for (const EntryState state : states) {
      const uint8_t octet = static_cast<uint8_t>(state);
      cursors_.push_back(reader.Scan(ColumnFamily::kIndex, keys.State(number, octet, next_),
                                     keys.State(number, octet, last_)));
    }
    FindLowest();
  }

  bool Valid() const { return next_ < last_; }
  uint64_t index() const { return next_; }
  void Next() {
    ++next_;
    if (cursors_.empty()) return;
    lowest_->Next();
    FindLowest();
  }
  Status status() const {
    for (const auto& cursor : cursors_) MESH_RETURN_IF_ERROR(cursor->status());
    return Status();
  }

 private:
  void FindLowest() {
    next_ = last_;
    for (const auto& cursor : cursors_) {
      if (!cursor->Valid() || IndexOf(cursor->key()) >= next_) continue;
      next_ = IndexOf(cursor->key());
      lowest_ = cursor.get();
    }
  }

  uint64_t next_;
  uint64_t last_;
  std::vector<std::unique_ptr<Cursor>> cursors_;  // Empty: every index.
  Cursor* lowest_ = nullptr;                      // One of cursors_.
};

// Gets the values of one family for rising indices: from a cursor that moves along
// when they lie side by side, one by one otherwise.
class FrameReader {
 public:
  FrameReader(const Reader& reader, ColumnFamily family) : reader_(reader), family_(family) {}
  void Follow(const KeyRange& range) { cursor_ = reader_.Scan(family_, range.begin, range.end); }

  template <typename Record>
  Status Read(const std::string& key, Record* record);

 private:
  const Reader& reader_;
  ColumnFamily family_;
  std::unique_ptr<Cursor> cursor_;
};

Status Missing() { return Status(Code::kDataLoss, "an entry that must be there is missing"); }

template <typename Record>
Status FrameReader::Read(const std::string& key, Record* record) {
  if (cursor_ == nullptr) {
    MESH_ASSIGN(const std::optional<std::string> value, reader_.Get(family_, key));
    if (!value || !record->ParseFromString(*value)) return Missing();
    return Status();
  }
  MESH_RETURN_IF_ERROR(cursor_->status());
  if (!cursor_->Valid() || cursor_->key() != key) return Missing();
  const std::string_view value = cursor_->value();
  if (!record->ParseFromArray(value.data(), static_cast<int>(value.size()))) return Missing();
  cursor_->Next();
  return Status();
}

// The states that are left; all of them when nothing is to be left out.
std::vector<EntryState> StatesOf(const Selection& selection, bool spool) {
  const bool passed = spool ? selection.exclude_read : selection.exclude_updated;
  const bool gone = selection.exclude_deleted || (spool && selection.exclude_read);
  std::vector<EntryState> states = {EntryState::kCurrent};
  if (!passed) states.push_back(EntryState::kPassed);
  if (!gone) states.push_back(EntryState::kGone);
  return states;
}

struct Bounds {
  uint64_t first;
  uint64_t last;  // One past.
};

Result<Bounds> BoundsOf(const Reader& reader, const Container& container,
                        const Selection& selection) {
  Bounds bounds{selection.next, container.next_index()};
  if (selection.index_max && *selection.index_max < bounds.last) {
    bounds.last = *selection.index_max + 1;
  }
  bounds.last = std::min(bounds.last, container.next_index());
  if (selection.not_before) {
    MESH_ASSIGN(const uint64_t first, container.FindTime(reader, *selection.not_before));
    bounds.first = std::max(bounds.first, first);
  }
  if (selection.before) {
    MESH_ASSIGN(const uint64_t last, container.FindTime(reader, *selection.before));
    bounds.last = std::min(bounds.last, last);
  }
  return bounds;
}

// Moves the wanted parts of `record` over and returns how many octets they have.
uint64_t FillParts(const Selection& selection, std::optional<uint64_t> bytes_max,
                   proto::PayloadRecord* record, proto::StoredEnvelope* envelope) {
  envelope->set_without_header(!selection.header);
  envelope->set_without_payload(!selection.payload);
  envelope->set_without_trailer(!selection.trailer);
  if (selection.header) envelope->mutable_header()->swap(*record->mutable_header());
  if (selection.trailer) envelope->mutable_trailer()->swap(*record->mutable_trailer());
  if (selection.payload && record->sealed()) {
    proto::SealedPayload* sealed = envelope->mutable_sealed();
    sealed->set_bytes_offset(selection.bytes_offset);
    if (bytes_max) sealed->set_bytes_max(*bytes_max);
    envelope->mutable_payload()->swap(*record->mutable_payload());
  } else if (selection.payload) {
    std::string& payload = *record->mutable_payload();
    payload.erase(0, std::min<uint64_t>(selection.bytes_offset, payload.size()));
    if (bytes_max && *bytes_max < payload.size()) payload.resize(*bytes_max);
    envelope->mutable_payload()->swap(payload);
  }
  return envelope->header().size() + envelope->payload().size() + envelope->trailer().size();
}

// Reads frames and puts them into one update.
class PageFiller {
 public:
  PageFiller(const Reader& reader, const Account& account, const Container& container,
             const Selection& selection, std::optional<uint64_t> bytes_max)
      : keys_(account.keys()),
        number_(container.head().number),
        selection_(selection),
        bytes_max_(bytes_max),
        entries_(reader, ColumnFamily::kIndex),
        payloads_(reader, ColumnFamily::kPayload) {}

  void Follow(const Bounds& bounds) {
    entries_.Follow(keys_.Entries(number_, bounds.first, bounds.last));
    if (WantsParts()) payloads_.Follow(keys_.Payloads(number_, bounds.first, bounds.last));
  }

  // Fills `envelope`; `*bytes` is its size as sent.
  Status Fill(uint64_t index, proto::StoredEnvelope* envelope, uint64_t* bytes) {
    proto::EntryRecord entry;
    MESH_RETURN_IF_ERROR(entries_.Read(keys_.Entry(number_, index), &entry));
    proto::PayloadRecord payload;
    if (WantsParts()) {
      MESH_RETURN_IF_ERROR(payloads_.Read(keys_.Payload(number_, index), &payload));
    }
    envelope->set_index(static_cast<int64_t>(index));
    envelope->set_received(entry.received());
    envelope->mutable_tree_digest()->swap(*entry.mutable_tree_digest());
    *bytes = FillParts(selection_, bytes_max_, &payload, envelope);
    return Status();
  }

 private:
  bool WantsParts() const { return selection_.header || selection_.payload || selection_.trailer; }

  const AccountKeys& keys_;
  const uint32_t number_;
  const Selection& selection_;
  const std::optional<uint64_t> bytes_max_;
  FrameReader entries_;
  FrameReader payloads_;
};

IndexWalk WalkOf(const Reader& reader, const Account& account, const Container& container,
                 const Bounds& bounds, const std::vector<EntryState>& states) {
  if (states.size() == 3) return IndexWalk(bounds.first, bounds.last);
  return IndexWalk(reader, account.keys(), container.head().number, bounds.first, bounds.last,
                   states);
}

}  // namespace

Status ReadPage(const Reader& reader, const Account& account, const Container& container,
                Selection selection, std::optional<uint64_t> bytes_max, PageBudget* budget,
                proto::DownloadUpdate* update) {
  update->set_container(container.name());
  update->set_index(static_cast<int64_t>(container.next_index()));
  update->set_digest(std::string(container.head().frontier.digest()));
  MESH_ASSIGN(const Bounds bounds, BoundsOf(reader, container, selection));
  if (bounds.first >= bounds.last) return Status();
  const std::vector<EntryState> states = StatesOf(selection, container.spool());
  IndexWalk walk = WalkOf(reader, account, container, bounds, states);
  PageFiller filler(reader, account, container, selection, bytes_max);
  const uint64_t most = std::min(bounds.last - bounds.first, budget->entries);
  if (states.size() == 3 && most > kLookUpMax) filler.Follow(bounds);

  for (; walk.Valid() && budget->entries > 0; walk.Next()) {
    uint64_t bytes = 0;
    proto::StoredEnvelope* envelope = update->add_envelopes();
    MESH_RETURN_IF_ERROR(filler.Fill(walk.index(), envelope, &bytes));
    if (budget->started && bytes > budget->bytes) {
      update->mutable_envelopes()->RemoveLast();
      break;
    }
    budget->started = true;
    --budget->entries;
    budget->bytes -= std::min(bytes, budget->bytes);
  }
  MESH_RETURN_IF_ERROR(walk.status());
  if (walk.Valid()) {
    selection.next = walk.index();
    update->set_page_key(MakePageKey(selection, account));
  }
  return Status();
}

Status ReadWhole(const Reader& reader, const Account& account, const Container& container,
                 uint64_t index, proto::StoredEnvelope* envelope) {
  const Selection whole;
  uint64_t bytes = 0;
  return PageFiller(reader, account, container, whole, std::nullopt).Fill(index, envelope, &bytes);
}

}  // namespace mesh::backend
