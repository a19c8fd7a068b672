#include "backend/storage/key_schema.h"

#include <algorithm>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/crypto/digest.h"

namespace mesh::backend {
namespace {

// PERSISTENT: the kinds of docs/STORAGE_FORMAT.md.
constexpr char kAccount = 'A';
constexpr char kUsage = 'Q';
constexpr char kMember = 'K';
constexpr char kContainer = 'C';
constexpr char kEntry = 'E';
constexpr char kPayload = 'P';
constexpr char kUniqueId = 'U';
constexpr char kEnvelopeId = 'I';
constexpr char kTime = 'T';
constexpr char kState = 'S';
constexpr char kPendingUpload = 'R';
constexpr char kKeptReply = 'W';
constexpr char kAsked = 'J';
constexpr char kDelivery = 'D';
constexpr char kContact = 'N';
constexpr char kInquiry = 'G';
constexpr char kOutbox = 'O';

constexpr char kPartitionRecord = 'V';
constexpr char kLogIndex = 'L';
constexpr char kPendingExpiry = 'X';
constexpr char kOutboxDue = 'O';
constexpr char kIncident = 'N';
constexpr char kIncidentSpool = 'J';

// PERSISTENT: octets of SHA-512 that stand for an address or identifier.
constexpr size_t kHashBytes = 16;
// Longer than any key without a container name, so that making one allocates once.
constexpr size_t kKeyBytes = 56;

void AppendHash(std::string& key, std::string_view text) {
  key.append(crypto::Sha512(text).view().substr(0, kHashBytes));
}

uint64_t Millis(WallMillis time) { return time < 0 ? 0 : static_cast<uint64_t>(time); }

std::string PartitionKey(char kind) {
  std::string key;
  AppendBigEndian16(key, kPartitionSlot);
  key.push_back(kind);
  return key;
}

// The range from `prefix` + `first` to `prefix` + `last`.
KeyRange NumberRange(std::string prefix, uint64_t first, uint64_t last) {
  KeyRange range{prefix, std::move(prefix)};
  AppendBigEndian64(range.begin, first);
  AppendBigEndian64(range.end, std::max(first, last));
  return range;
}

// Whether `key` is an account's, of `kind`, and ends in a hash.
bool IsHashKey(std::string_view key, char kind) {
  return key.size() == kAccountPrefixBytes + 1 + kHashBytes && key[kAccountPrefixBytes] == kind &&
         ReadBigEndian16(key) != kPartitionSlot;
}

// A key of the partition: a time, an account's prefix and an id.
std::string TimedKey(char kind, WallMillis time, std::string_view account_prefix,
                     std::string_view id) {
  MESH_CHECK(account_prefix.size() == kAccountPrefixBytes);
  std::string key = PartitionKey(kind);
  AppendBigEndian64(key, Millis(time));
  key.append(account_prefix).append(id);
  return key;
}

struct TimedParts {
  WallMillis time;
  std::string_view account_prefix;
  std::string_view id;
};

TimedParts ReadTimedKey(std::string_view key, size_t id_bytes) {
  constexpr size_t kStart = 3;  // Slot and kind.
  MESH_CHECK(key.size() == kStart + sizeof(uint64_t) + kAccountPrefixBytes + id_bytes);
  return {static_cast<WallMillis>(ReadBigEndian64(key.substr(kStart))),
          key.substr(kStart + sizeof(uint64_t), kAccountPrefixBytes),
          key.substr(key.size() - id_bytes)};
}

}  // namespace

KeyRange PrefixRange(std::string_view prefix) {
  KeyRange range{std::string(prefix), std::string(prefix)};
  while (!range.end.empty() && range.end.back() == '\xFF') range.end.pop_back();
  MESH_CHECK(!range.end.empty());
  ++range.end.back();
  return range;
}

AccountKeys::AccountKeys(uint32_t slot, std::string_view canonical_address) {
  MESH_CHECK(slot < kPartitionSlot);
  AppendBigEndian16(prefix_, static_cast<uint16_t>(slot));
  AppendHash(prefix_, canonical_address);
}

AccountKeys::AccountKeys(std::string prefix) : prefix_(std::move(prefix)) {
  MESH_CHECK(prefix_.size() == kAccountPrefixBytes);
}

std::string AccountKeys::Kind(char kind) const {
  std::string key;
  key.reserve(kKeyBytes);
  key.append(prefix_).push_back(kind);
  return key;
}

std::string AccountKeys::Numbered(char kind, uint32_t number) const {
  std::string key = Kind(kind);
  AppendBigEndian32(key, number);
  return key;
}

std::string AccountKeys::Account() const { return Kind(kAccount); }
std::string AccountKeys::Usage() const { return Kind(kUsage); }

std::string AccountKeys::Member(std::string_view device_udf) const {
  std::string key = Kind(kMember);
  AppendHash(key, device_udf);
  return key;
}

KeyRange AccountKeys::Members() const { return PrefixRange(Kind(kMember)); }

std::string AccountKeys::Container(std::string_view name) const {
  return Kind(kContainer).append(name);
}

std::string AccountKeys::Entry(uint32_t number, uint64_t index) const {
  std::string key = Numbered(kEntry, number);
  AppendBigEndian64(key, index);
  return key;
}

std::string AccountKeys::Payload(uint32_t number, uint64_t index) const {
  std::string key = Numbered(kPayload, number);
  AppendBigEndian64(key, index);
  return key;
}

KeyRange AccountKeys::Entries(uint32_t number, uint64_t first, uint64_t last) const {
  return NumberRange(Numbered(kEntry, number), first, last);
}

KeyRange AccountKeys::Payloads(uint32_t number, uint64_t first, uint64_t last) const {
  return NumberRange(Numbered(kPayload, number), first, last);
}

std::string AccountKeys::UniqueId(uint32_t number, std::string_view unique_id) const {
  std::string key = Numbered(kUniqueId, number);
  AppendHash(key, unique_id);
  return key;
}

KeyRange AccountKeys::UniqueIds(uint32_t number) const {
  return PrefixRange(Numbered(kUniqueId, number));
}

std::string AccountKeys::EnvelopeId(uint32_t number, std::string_view envelope_id,
                                    uint64_t index) const {
  std::string key = Numbered(kEnvelopeId, number);
  AppendHash(key, envelope_id);
  AppendBigEndian64(key, ~index);
  return key;
}

KeyRange AccountKeys::EnvelopeIds(uint32_t number, std::string_view envelope_id) const {
  std::string key = Numbered(kEnvelopeId, number);
  AppendHash(key, envelope_id);
  return PrefixRange(key);
}

std::string AccountKeys::Time(uint32_t number, WallMillis received, uint64_t index) const {
  std::string key = Numbered(kTime, number);
  AppendBigEndian64(key, Millis(received));
  AppendBigEndian64(key, index);
  return key;
}

KeyRange AccountKeys::Times(uint32_t number, WallMillis from, WallMillis before) const {
  return NumberRange(Numbered(kTime, number), Millis(from), Millis(before));
}

std::string AccountKeys::State(uint32_t number, uint8_t state, uint64_t index) const {
  std::string key = Numbered(kState, number);
  key.push_back(static_cast<char>(state));
  AppendBigEndian64(key, index);
  return key;
}

KeyRange AccountKeys::States(uint32_t number, uint8_t state) const {
  std::string key = Numbered(kState, number);
  key.push_back(static_cast<char>(state));
  return PrefixRange(key);
}

std::string AccountKeys::KeptReply(std::string_view device_udf, std::string_view request_id) const {
  MESH_CHECK(request_id.size() == kRequestIdBytes);
  std::string key = Kind(kKeptReply);
  key.append(crypto::Sha512(device_udf, request_id).view().substr(0, kHashBytes));
  return key;
}

KeyRange AccountKeys::KeptReplies() const { return PrefixRange(Kind(kKeptReply)); }

std::string AccountKeys::Asked(std::string_view envelope_id) const {
  std::string key = Kind(kAsked);
  AppendHash(key, envelope_id);
  return key;
}

// No address holds the octet 0, so nothing else has this name.
std::string AccountKeys::Delivery(std::string_view sender, std::string_view envelope_id) const {
  std::string name(sender);
  name.push_back('\0');
  std::string key = Kind(kDelivery);
  AppendHash(key, name.append(envelope_id));
  return key;
}

std::string AccountKeys::Contact(std::string_view address) const {
  std::string key = Kind(kContact);
  AppendHash(key, address);
  return key;
}

std::string AccountKeys::Inquiry(std::string_view address) const {
  std::string key = Kind(kInquiry);
  AppendHash(key, address);
  return key;
}

std::string AccountKeys::Outbox(std::string_view id) const {
  MESH_CHECK(id.size() == kOutboxIdBytes);
  return Kind(kOutbox).append(id);
}

KeyRange AccountKeys::Outboxes() const { return PrefixRange(Kind(kOutbox)); }

std::string AccountKeys::PendingUpload(std::string_view id) const {
  MESH_CHECK(id.size() == kPendingIdBytes);
  return Kind(kPendingUpload).append(id);
}

KeyRange AccountKeys::PendingUploads() const { return PrefixRange(Kind(kPendingUpload)); }

uint64_t IndexOf(std::string_view key) {
  MESH_CHECK(key.size() > kAccountPrefixBytes + sizeof(uint64_t));
  const uint64_t number = ReadBigEndian64(key.substr(key.size() - sizeof(uint64_t)));
  return key[kAccountPrefixBytes] == kEnvelopeId ? ~number : number;
}

bool IsHeadKey(std::string_view key) {
  if (key.size() <= kAccountPrefixBytes || ReadBigEndian16(key) == kPartitionSlot) return false;
  const char kind = key[kAccountPrefixBytes];
  return kind == kUsage || kind == kContainer || kind == kMember;
}

bool IsKeptReplyKey(std::string_view key) { return IsHashKey(key, kKeptReply); }
bool IsAskedKey(std::string_view key) { return IsHashKey(key, kAsked); }
bool IsDeliveryKey(std::string_view key) { return IsHashKey(key, kDelivery); }
bool IsInquiryKey(std::string_view key) { return IsHashKey(key, kInquiry); }

bool IsAppendKey(std::string_view key) {
  if (key.size() <= kAppendPrefixBytes || ReadBigEndian16(key) == kPartitionSlot) return false;
  const size_t rest = key.size() - kAppendPrefixBytes;
  switch (key[kAccountPrefixBytes]) {
    case kEntry:
    case kPayload:
      return rest == sizeof(uint64_t);
    case kUniqueId:
      return rest == kHashBytes;
    case kEnvelopeId:
      return rest == kHashBytes + sizeof(uint64_t);
    case kTime:
      return rest == 2 * sizeof(uint64_t);
    case kState:
      return rest == 1 + sizeof(uint64_t);
    default:
      return false;
  }
}

std::string_view PendingIdOf(std::string_view key) {
  MESH_CHECK(key.size() == kAccountPrefixBytes + 1 + kPendingIdBytes);
  return key.substr(kAccountPrefixBytes + 1);
}

std::string_view OutboxIdOf(std::string_view key) {
  MESH_CHECK(key.size() == kAccountPrefixBytes + 1 + kOutboxIdBytes);
  return key.substr(kAccountPrefixBytes + 1);
}

std::string IndexValue(uint64_t index) {
  std::string value;
  AppendBigEndian64(value, index);
  return value;
}

Result<uint64_t> ReadIndexValue(std::string_view value) {
  if (value.size() == sizeof(uint64_t)) return ReadBigEndian64(value);
  return Status(Code::kDataLoss,
                "an index value has " + std::to_string(value.size()) + " octets instead of 8");
}

std::string PartitionRecordKey() { return PartitionKey(kPartitionRecord); }
std::string LogIndexKey() { return PartitionKey(kLogIndex); }

std::string PendingExpiryKey(WallMillis expires, std::string_view account_prefix,
                             std::string_view id) {
  MESH_CHECK(id.size() == kPendingIdBytes);
  return TimedKey(kPendingExpiry, expires, account_prefix, id);
}

KeyRange PendingExpiries(WallMillis now) {
  return NumberRange(PartitionKey(kPendingExpiry), 0, Millis(now) + 1);
}

PendingExpiry ReadPendingExpiry(std::string_view key) {
  const TimedParts parts = ReadTimedKey(key, kPendingIdBytes);
  return {parts.time, parts.account_prefix, parts.id};
}

std::string OutboxDueKey(WallMillis due, std::string_view account_prefix, std::string_view id) {
  MESH_CHECK(id.size() == kOutboxIdBytes);
  return TimedKey(kOutboxDue, due, account_prefix, id);
}

KeyRange OutboxDues(WallMillis from) {
  KeyRange range = PrefixRange(PartitionKey(kOutboxDue));
  AppendBigEndian64(range.begin, Millis(from));
  return range;
}

OutboxDue ReadOutboxDue(std::string_view key) {
  const TimedParts parts = ReadTimedKey(key, kOutboxIdBytes);
  return {parts.time, parts.account_prefix, parts.id};
}

std::string IncidentRecordKey(uint32_t hour, std::string_view id) {
  MESH_CHECK(id.size() == kIncidentIdBytes);
  std::string key = PartitionKey(kIncident);
  AppendBigEndian32(key, hour);
  return key.append(id);
}

KeyRange IncidentRecords(uint32_t from, uint32_t before) {
  KeyRange range{PartitionKey(kIncident), PartitionKey(kIncident)};
  AppendBigEndian32(range.begin, from);
  AppendBigEndian32(range.end, std::max(from, before));
  return range;
}

bool IsIncidentRecordKey(std::string_view key) {
  const std::string prefix = PartitionKey(kIncident);
  return key.starts_with(prefix) &&
         key.size() == prefix.size() + sizeof(uint32_t) + kIncidentIdBytes;
}

std::string IncidentSpoolKey() { return PartitionKey(kIncidentSpool); }

}  // namespace mesh::backend
