// Container is one catalog or spool: numbered frames, a head that fixes them all,
// and the indices that find them.
//
// An append reads the head once, never another frame (but the one entry that it
// supersedes), so its cost does not grow with the container. Frame zero describes
// the container; a client may bring it, or else the service makes it.
//
// Spools hold messages: found by EnvelopeID, time and state. Catalogs hold events
// on unique ids: New requires absence, Update overwrites, Delete requires presence.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "backend/model/account.h"
#include "backend/model/records.h"
#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class ContainerRecord;
class Envelope;
}  // namespace mesh::proto

namespace mesh::backend {

// Whether `envelope` is a client's frame zero: index 0, no event, no payload.
bool IsFrameZero(const proto::Envelope& envelope);

// Messages with one EnvelopeID that are looked at: ids are a sender's to choose, so a sender may
// repeat one for ever.
inline constexpr int kSameIdMax = 64;

// Bound to the Account it was opened on, which must outlive it.
class Container {
 public:
  // The container called `name`, which need not exist. One read.
  static Result<Container> Open(const Reader& reader, const Account& account,
                                std::string_view name);

  bool exists() const { return head_.has_value(); }
  // Requires exists().
  const ContainerHead& head() const { return *head_; }
  const std::string& name() const { return name_; }
  bool spool() const { return spool_; }

  // The index that the next entry gets, as a client counts: 0 when there is no
  // container yet.
  uint64_t next_index() const { return head_ ? head_->next_index() : 0; }

  // Makes the container with a frame zero of our own. Requires !exists(). Charges
  // the account: kResourceExhausted.
  Status Make(const AccountPolicy& policy, Account& account, WallMillis now, WriteView& view);

  // Appends `envelope` and returns its index. An entry of mmm_Device brings the index of
  // the account's devices in step (members.h). Frame zero becomes frame zero, and any
  // other entry of a container that does not exist follows one of our own.
  //   kFailedPrecondition  a catalog event that does not fit, or a frame zero where
  //                        there are other frames
  //   kInvalidArgument     a catalog entry without event or UniqueID
  //   kResourceExhausted   a quota
  // After a failure the container and what the view holds of it are undefined: drop
  // the transaction.
  Result<uint64_t> Append(const proto::Envelope& envelope, const AccountPolicy& policy,
                          Account& account, WallMillis now, WriteView& view);

  // Gives messages of this spool the state that `envelope`, a message of its account's own, says
  // they have. Messages that are not here (any more) are none of its business.
  Status ApplyReferences(const proto::Envelope& envelope, WriteView& view) const;

  // Writes the head. Call once, after the last append.
  void Save(WriteView& view) const;

  // --- Finding entries -----------------------------------------------------------------

  // kDataLoss when `index` is not there.
  Result<Entry> ReadEntry(const Reader& reader, uint64_t index) const;
  // The latest entry of a catalog with `unique_id`, unless that deleted it.
  Result<std::optional<uint64_t>> FindUniqueId(const Reader& reader,
                                               std::string_view unique_id) const;
  // The newest message of a spool with `envelope_id`.
  Result<std::optional<uint64_t>> FindEnvelopeId(const Reader& reader,
                                                 std::string_view envelope_id) const;
  // The newest message of a spool with `envelope_id` that is of the class `message_type`, among
  // the kSameIdMax newest with that id.
  Result<std::optional<Entry>> FindMessage(const Reader& reader, std::string_view envelope_id,
                                           std::string_view message_type, uint64_t* index) const;
  // The lowest index whose entry was received at or after `time`; next_index() when
  // there is none. Times never decrease along a container. One seek.
  Result<uint64_t> FindTime(const Reader& reader, WallMillis time) const;

 private:
  Container(const Account& account, std::string_view name);

  Status AppendFrame(Entry entry, const proto::Envelope& envelope, const AccountPolicy& policy,
                     Account& account, WallMillis now, WriteView& view);
  Status PrepareFrameZero(const AccountPolicy& policy, Account& account, WriteView& view);
  void Index(const Entry& entry, uint64_t index, bool first_of_its_time, WriteView& view) const;
  Result<std::optional<Entry>> Supersede(const proto::Envelope& envelope, uint64_t index,
                                         WriteView& view) const;
  void ChangeState(uint64_t index, EntryState before, const Entry& after, WriteView& view) const;

  std::string name_;
  bool spool_;
  AccountKeys keys_;
  std::optional<ContainerHead> head_;
};

// The number of frames and tree digest of a ContainerRecord, for listings: less work
// than Open.
struct ContainerListing {
  uint64_t frames;
  std::string tree_digest;
};
Result<ContainerListing> ReadListing(std::string_view value);

}  // namespace mesh::backend
