// The indices of a Container: what an append writes besides the frame, and how
// entries are found again.

#include <limits>
#include <memory>

#include "backend/model/container.h"
#include "proto/mesh.pb.h"

namespace mesh::backend {
namespace {

uint8_t Octet(EntryState state) { return static_cast<uint8_t>(state); }

Status DoesNotFit(std::string_view problem) {
  return Status(Code::kFailedPrecondition, std::string(problem));
}

}  // namespace

// Frames that arrive in the same millisecond share one time key, that of the
// first: the others follow it without a gap.
void Container::Index(const Entry& entry, uint64_t index, bool first_of_its_time,
                      WriteView& view) const {
  const uint32_t number = head_->number;
  const auto put = [&view](std::string key) {
    view.Put(ColumnFamily::kIndex, std::move(key), std::string());
  };
  put(keys_.State(number, Octet(entry.state()), index));
  if (first_of_its_time) put(keys_.Time(number, entry.received, index));
  if (spool_ && !entry.envelope_id.empty()) {
    put(keys_.EnvelopeId(number, entry.envelope_id, index));
  }
}

// Checks a catalog's event against the latest entry with its UniqueID, marks that
// one, and makes `index` the latest. A deleted id is forgotten, so that New may
// bring it back. Returns the entry that was the latest.
Result<std::optional<Entry>> Container::Supersede(const proto::Envelope& envelope, uint64_t index,
                                                  WriteView& view) const {
  const proto::Event event = envelope.event();
  if (event != proto::EVENT_NEW && event != proto::EVENT_UPDATE && event != proto::EVENT_DELETE) {
    return InvalidArgument("an entry of a catalog has the event New, Update or Delete");
  }
  if (envelope.unique_id().empty()) {
    return InvalidArgument("an entry of a catalog has a UniqueID");
  }
  MESH_ASSIGN(const std::optional<uint64_t> previous, FindUniqueId(view, envelope.unique_id()));
  if (event == proto::EVENT_NEW && previous)
    return DoesNotFit("New: the UniqueID is there already");
  if (event == proto::EVENT_DELETE && !previous) return DoesNotFit("Delete: no such UniqueID");
  std::optional<Entry> superseded;
  if (previous) {
    MESH_ASSIGN(superseded, ReadEntry(view, *previous));
    const EntryState before = superseded->state();
    superseded->superseded_by = event;
    ChangeState(*previous, before, *superseded, view);
  }
  std::string key = keys_.UniqueId(head_->number, envelope.unique_id());
  if (event == proto::EVENT_DELETE) {
    view.Delete(ColumnFamily::kIndex, std::move(key));
  } else {
    view.Put(ColumnFamily::kIndex, std::move(key), IndexValue(index));
  }
  return superseded;
}

Status Container::ApplyReferences(const proto::Envelope& envelope, WriteView& view) const {
  for (const proto::Reference& reference : envelope.references()) {
    MESH_ASSIGN(const std::optional<uint64_t> index, FindEnvelopeId(view, reference.envelope_id()));
    if (!index) continue;
    MESH_ASSIGN(Entry entry, ReadEntry(view, *index));
    const EntryState before = entry.state();
    entry.spool_state = reference.state();
    ChangeState(*index, before, entry, view);
  }
  return Status();
}

void Container::ChangeState(uint64_t index, EntryState before, const Entry& after,
                            WriteView& view) const {
  const uint32_t number = head_->number;
  view.Delete(ColumnFamily::kIndex, keys_.State(number, Octet(before), index));
  view.Put(ColumnFamily::kIndex, keys_.State(number, Octet(after.state()), index), std::string());
  view.Put(ColumnFamily::kIndex, keys_.Entry(number, index), after.Encode());
}

Result<Entry> Container::ReadEntry(const Reader& reader, uint64_t index) const {
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kIndex, keys_.Entry(head_->number, index)));
  if (!octets) return Status(Code::kDataLoss, "an entry that must be there is missing");
  return Entry::Decode(*octets);
}

Result<std::optional<uint64_t>> Container::FindUniqueId(const Reader& reader,
                                                        std::string_view unique_id) const {
  MESH_ASSIGN(const std::optional<std::string> value,
              reader.Get(ColumnFamily::kIndex, keys_.UniqueId(head_->number, unique_id)));
  if (!value) return std::optional<uint64_t>();
  MESH_ASSIGN(const uint64_t index, ReadIndexValue(*value));
  return std::optional<uint64_t>(index);
}

Result<std::optional<uint64_t>> Container::FindEnvelopeId(const Reader& reader,
                                                          std::string_view envelope_id) const {
  const KeyRange range = keys_.EnvelopeIds(head_->number, envelope_id);
  const std::unique_ptr<Cursor> cursor = reader.Scan(ColumnFamily::kIndex, range.begin, range.end);
  MESH_RETURN_IF_ERROR(cursor->status());
  if (!cursor->Valid()) return std::optional<uint64_t>();
  return std::optional<uint64_t>(IndexOf(cursor->key()));
}

Result<std::optional<Entry>> Container::FindMessage(const Reader& reader,
                                                    std::string_view envelope_id,
                                                    std::string_view message_type,
                                                    uint64_t* index) const {
  const KeyRange range = keys_.EnvelopeIds(head_->number, envelope_id);
  const std::unique_ptr<Cursor> cursor = reader.Scan(ColumnFamily::kIndex, range.begin, range.end);
  for (int seen = 0; cursor->Valid() && seen < kSameIdMax; cursor->Next(), ++seen) {
    *index = IndexOf(cursor->key());
    MESH_ASSIGN(Entry entry, ReadEntry(reader, *index));
    if (entry.message_type == message_type) return std::optional<Entry>(std::move(entry));
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  return std::optional<Entry>();
}

Result<uint64_t> Container::FindTime(const Reader& reader, WallMillis time) const {
  const KeyRange range = keys_.Times(head_->number, time, std::numeric_limits<WallMillis>::max());
  const std::unique_ptr<Cursor> cursor = reader.Scan(ColumnFamily::kIndex, range.begin, range.end);
  MESH_RETURN_IF_ERROR(cursor->status());
  return cursor->Valid() ? IndexOf(cursor->key()) : next_index();
}

}  // namespace mesh::backend
