// PERSISTENT: the keys in RocksDB. docs/STORAGE_FORMAT.md is their grammar and
// says which value each one holds; golden tests pin the octets.
//
// All of an account shares one prefix, so deleting or moving it is a matter of
// one range. Slots come first, so that moving a slot is one range, too. Names and
// identifiers are hashed: keys stay short and strangers cannot shape them.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::backend {

// The keys in [begin, end).
struct KeyRange {
  std::string begin;
  std::string end;
};

// Every key that starts with `prefix`, whose octets must not all be 0xFF.
KeyRange PrefixRange(std::string_view prefix);

// Octets of an account's prefix: slot and hash.
inline constexpr size_t kAccountPrefixBytes = 18;
// Octets of a PendingUploadRecord's id, a digest.
inline constexpr size_t kPendingIdBytes = 16;
// Octets of the id of a message in the outbox, a digest.
inline constexpr size_t kOutboxIdBytes = 16;
// The slot number under which what belongs to the partition itself is kept.
inline constexpr uint32_t kPartitionSlot = 0xFFFF;

// Makes the keys of one account. A value: copy it, share it as const. `number` is
// always ContainerRecord.number. [I] and [P] name the column family.
class AccountKeys {
 public:
  // `slot` is that of the canonical address.
  AccountKeys(uint32_t slot, std::string_view canonical_address);
  // From a prefix taken out of another key; it must have kAccountPrefixBytes.
  explicit AccountKeys(std::string prefix);

  const std::string& prefix() const { return prefix_; }
  // Everything the account has, in either family.
  KeyRange Everything() const { return PrefixRange(prefix_); }

  std::string Account() const;  // [I] AccountRecord
  std::string Usage() const;    // [I] UsageRecord

  std::string Member(std::string_view device_udf) const;  // [I] MemberRecord
  KeyRange Members() const;

  std::string Container(std::string_view name) const;  // [I] ContainerRecord

  std::string Entry(uint32_t number, uint64_t index) const;    // [I] EntryRecord
  std::string Payload(uint32_t number, uint64_t index) const;  // [P] PayloadRecord
  // The entries [first, last) of a container: of Entry keys, of Payload keys.
  KeyRange Entries(uint32_t number, uint64_t first, uint64_t last) const;
  KeyRange Payloads(uint32_t number, uint64_t first, uint64_t last) const;

  // [I] Of catalogs: the index of the latest entry with this UniqueID (IndexValue).
  std::string UniqueId(uint32_t number, std::string_view unique_id) const;
  KeyRange UniqueIds(uint32_t number) const;

  // [I] Of spools: one key for each entry with this EnvelopeID, empty value; a
  // forward scan meets the newest first. The index is IndexOf(key).
  std::string EnvelopeId(uint32_t number, std::string_view envelope_id, uint64_t index) const;
  KeyRange EnvelopeIds(uint32_t number, std::string_view envelope_id) const;

  // [I] By time of arrival, empty value: one for the first entry of a millisecond. The
  // index is IndexOf(key).
  std::string Time(uint32_t number, WallMillis received, uint64_t index) const;
  // Received in [from, before); times before 1970 count as 1970.
  KeyRange Times(uint32_t number, WallMillis from, WallMillis before) const;

  // [I] By state (EntryState), empty value. The index is IndexOf(key).
  std::string State(uint32_t number, uint8_t state, uint64_t index) const;
  KeyRange States(uint32_t number, uint8_t state) const;

  // [I] KeptReplyRecord: of the device key's request with this RequestID.
  std::string KeptReply(std::string_view device_udf, std::string_view request_id) const;
  KeyRange KeptReplies() const;

  // [I] AskedRecord: of the device that waits for the answer with this EnvelopeID.
  std::string Asked(std::string_view envelope_id) const;

  // [I] DeliveryRecord: of the message with this EnvelopeID that `sender` sent.
  std::string Delivery(std::string_view sender, std::string_view envelope_id) const;
  // [I] How many entries of mmm_Contact name the address (IndexValue).
  std::string Contact(std::string_view address) const;
  // [I] InquiryRecord: the account asked the address something.
  std::string Inquiry(std::string_view address) const;

  // [I] OutboxRecord, and [P] the Envelope it is about.
  std::string Outbox(std::string_view id) const;
  KeyRange Outboxes() const;

  // [P] PendingUploadRecord
  std::string PendingUpload(std::string_view id) const;
  KeyRange PendingUploads() const;

 private:
  std::string Kind(char kind) const;
  std::string Numbered(char kind, uint32_t number) const;

  std::string prefix_;
};

// The container index at the end of an Entry, Payload, EnvelopeId, Time or State
// key, which must be one that AccountKeys made.
uint64_t IndexOf(std::string_view key);
// Whether `key` is a Usage, Container or Member key: what every transaction on an account
// reads, and every one that writes replaces, or hardly any.
bool IsHeadKey(std::string_view key);
// Whether `key` has exactly the form of an Entry, Payload, UniqueId, EnvelopeId, Time or
// State key; those of one kind in one container share kAppendPrefixBytes.
bool IsAppendKey(std::string_view key);
inline constexpr size_t kAppendPrefixBytes = kAccountPrefixBytes + 1 + sizeof(uint32_t);
// Whether `key` is a KeptReply or an Asked key, whose records expire.
bool IsKeptReplyKey(std::string_view key);
bool IsAskedKey(std::string_view key);
bool IsDeliveryKey(std::string_view key);
bool IsInquiryKey(std::string_view key);
// The id in an Outbox key.
std::string_view OutboxIdOf(std::string_view key);
// The id in a PendingUpload key.
std::string_view PendingIdOf(std::string_view key);

// The value of a UniqueId key, and what it says: kDataLoss unless it has 8 octets.
std::string IndexValue(uint64_t index);
Result<uint64_t> ReadIndexValue(std::string_view value);

// Keys of the partition itself, all [I].
std::string PartitionRecordKey();  // PartitionRecord
std::string LogIndexKey();         // Log index of the last commit (IndexValue).
// One key for each pending upload, in order of expiry; the value is empty.
std::string PendingExpiryKey(WallMillis expires, std::string_view account_prefix,
                             std::string_view id);
// Those that expire at or before `now`.
KeyRange PendingExpiries(WallMillis now);
// What a PendingExpiryKey says. Views into `key`.
struct PendingExpiry {
  WallMillis expires;
  std::string_view account_prefix;
  std::string_view id;
};
PendingExpiry ReadPendingExpiry(std::string_view key);
// One key for each message in an outbox, in order of the time when it is due; the value is the
// time when it was sent (IndexValue).
std::string OutboxDueKey(WallMillis due, std::string_view account_prefix, std::string_view id);
// Those that are due at `from` or later.
KeyRange OutboxDues(WallMillis from);
// What an OutboxDueKey says. Views into `key`.
struct OutboxDue {
  WallMillis due;
  std::string_view account_prefix;
  std::string_view id;
};
OutboxDue ReadOutboxDue(std::string_view key);

// [I] IncidentRecord: what happened within `hour` (hours since 1970) and has this id, of
// kIncidentIdBytes; and those of the hours [from, before).
inline constexpr size_t kIncidentIdBytes = 16;
std::string IncidentRecordKey(uint32_t hour, std::string_view id);
KeyRange IncidentRecords(uint32_t from, uint32_t before);
// Whether `key` has the form of one.
bool IsIncidentRecordKey(std::string_view key);
// [I] IncidentSpoolRecord.
std::string IncidentSpoolKey();

}  // namespace mesh::backend
