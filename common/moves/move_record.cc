#include "common/moves/move_record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/account_address.h"
#include "common/mesh/slot.h"

namespace mesh {
namespace {

constexpr std::array<std::string_view, 9> kPhases = {"planned", "copying",  "tailing",
                                                     "frozen",  "verified", "switched",
                                                     "cleaned", "aborting", "aborted"};

Status BadSlots() {
  return InvalidArgument("slots: expected numbers below 16384 and ranges of them: 0-99,200");
}

std::optional<uint32_t> Number(std::string_view text) {
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number >= kSlotCount) return std::nullopt;
  return number;
}

std::optional<std::pair<uint32_t, uint32_t>> Range(std::string_view text) {
  const size_t dash = text.find('-');
  const std::optional<uint32_t> first = Number(text.substr(0, dash));
  const std::optional<uint32_t> last =
      dash == std::string_view::npos ? first : Number(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return std::pair(*first, *last);
}

bool ReadPhase(json::Reader& reader, MovePhase* phase) {
  std::string name;
  if (!reader.String(&name)) return false;
  const auto found = std::find(kPhases.begin(), kPhases.end(), name);
  if (found == kPhases.end()) return reader.Fail("phase: unknown");
  *phase = static_cast<MovePhase>(found - kPhases.begin());
  return true;
}

// What the writer of JSON can write.
bool ReadCount(json::Reader& reader, uint64_t* out) {
  if (!reader.Unsigned(out)) return false;
  if (*out <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return true;
  return reader.Fail("a number is too large");
}

template <typename Small>
bool ReadSmall(json::Reader& reader, Small* out) {
  uint64_t number = 0;
  if (!reader.Unsigned(&number)) return false;
  if (number > std::numeric_limits<Small>::max()) return reader.Fail("a number is too large");
  *out = static_cast<Small>(number);
  return true;
}

bool ReadSlots(json::Reader& reader, MovedSlots* slots) {
  std::string text;
  if (!reader.String(&text)) return false;
  Result<MovedSlots> parsed = ParseSlots(text);
  if (!parsed.ok()) return reader.Fail(parsed.status().message());
  *slots = *std::move(parsed);
  return true;
}

bool ReadMember(json::Reader& reader, std::string_view name, MoveRecord* record) {
  if (name == "phase") return ReadPhase(reader, &record->phase);
  if (name == "source") return ReadSmall(reader, &record->source);
  if (name == "target") return ReadSmall(reader, &record->target);
  if (name == "slots") return ReadSlots(reader, &record->slots);
  if (name == "account") return reader.String(&record->account);
  if (name == "unpin") return reader.Bool(&record->unpin);
  if (name == "attempt") return ReadSmall(reader, &record->attempt);
  if (name == "restarts") return ReadSmall(reader, &record->restarts);
  if (name == "epoch") return ReadCount(reader, &record->epoch);
  if (name == "created") return reader.Int(&record->created);
  if (name == "changed") return reader.Int(&record->changed);
  if (name == "bytes") return ReadCount(reader, &record->bytes);
  if (name == "keys") return ReadCount(reader, &record->keys);
  if (name == "blockedMs") return reader.Int(&record->blocked_ms);
  if (name == "reason") return reader.String(&record->reason);
  return reader.Skip();
}

Status CheckRecord(const MoveRecord& record) {
  MESH_RETURN_IF_ERROR(CheckMoveId(record.id));
  if (record.slots.empty() == record.account.empty()) {
    return InvalidArgument("move: expected slots or an account");
  }
  if (record.source == record.target) return InvalidArgument("move: from a partition to itself");
  if (record.account.empty() && record.unpin) return InvalidArgument("move: no slot is pinned");
  if (record.account.empty()) return {};
  const Result<AccountAddress> address = AccountAddress::Parse(record.account);
  if (address.ok() && address->canonical() == record.account) return {};
  return InvalidArgument("move: the account is no canonical address");
}

}  // namespace

std::string_view MovePhaseName(MovePhase phase) { return kPhases[static_cast<size_t>(phase)]; }

Result<MovedSlots> ParseSlots(std::string_view text) {
  MovedSlots slots;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const auto range = Range(text.substr(begin, end - begin));
    if (!range) return BadSlots();
    slots.push_back(*range);
    begin = end + 1;
  }
  std::sort(slots.begin(), slots.end());
  for (size_t i = 1; i < slots.size(); ++i) {
    if (slots[i].first <= slots[i - 1].second) return InvalidArgument("slots: one is there twice");
  }
  return slots;
}

std::string SlotsText(const MovedSlots& slots) {
  std::string text;
  for (const auto& [first, last] : slots) {
    if (!text.empty()) text.push_back(',');
    text += std::to_string(first);
    if (last != first) text += "-" + std::to_string(last);
  }
  return text;
}

Status CheckMoveId(std::string_view id) {
  const bool good = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (good && !id.empty() && id.size() <= kMoveIdBytesMax) return {};
  return InvalidArgument("a move's name has 1 to 64 lower-case letters, digits and '-'");
}

std::string MoveRecord::Text() const {
  std::string out;
  json::Writer writer(out);
  writer.BeginObject().Member("phase").String(MovePhaseName(phase));
  writer.Member("source").Int(source).Member("target").Int(target);
  if (!slots.empty()) writer.Member("slots").String(SlotsText(slots));
  if (!account.empty()) writer.Member("account").String(account);
  if (unpin) writer.Member("unpin").Bool(true);
  writer.Member("attempt").Int(attempt).Member("restarts").Int(restarts);
  writer.Member("epoch").Int(static_cast<int64_t>(epoch));
  writer.Member("created").Int(created).Member("changed").Int(changed);
  writer.Member("bytes").Int(static_cast<int64_t>(bytes));
  writer.Member("keys").Int(static_cast<int64_t>(keys));
  writer.Member("blockedMs").Int(blocked_ms);
  if (!reason.empty()) writer.Member("reason").String(reason);
  writer.EndObject();
  return out;
}

Result<MoveRecord> MoveRecord::Parse(std::string_view id, std::string_view json) {
  MoveRecord record;
  record.id = id;
  json::Reader reader(json);
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (!ReadMember(reader, name, &record)) break;
  }
  if (!reader.Finish()) return InvalidArgument("move: " + reader.status().message());
  MESH_RETURN_IF_ERROR(CheckRecord(record));
  return record;
}

}  // namespace mesh
