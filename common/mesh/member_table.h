// The tables that transactions are decoded and encoded by: one per structure of
// draft -06 §10, one row per member. Internal to the codec.

#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/transaction_codec.h"

namespace mesh {

// What decoding one request carries along. For one thread, one request.
struct DecodeContext {
  json::Reader& reader;
  const DecodeOptions& options;
  size_t message_bytes_max;
  size_t entries = 0;     // Envelopes so far, over all updates.
  size_t assertions = 0;  // Of those, and of what is in them: see device_entry.h.
  Status refusal{};       // Why, when it is more than malformed JSON.

  // Ends decoding with `why`; keeps an earlier refusal. Returns false.
  bool Refuse(Status why) {
    if (reader.ok()) {
      refusal = std::move(why);
      return reader.Fail(refusal.message());
    }
    return false;
  }
  // As above when `status` is not OK; else returns true.
  bool Check(Status status) { return status.ok() || Refuse(std::move(status)); }

  const Status& status() const { return refusal.ok() ? reader.status() : refusal; }
};

// --- Reading -------------------------------------------------------------------

template <typename Target>
struct Member {
  std::string_view name;
  // Reads the member's value into the target. False: the reader or the context has
  // the fault.
  bool (*read)(DecodeContext&, Target&);
};

template <typename Target>
struct Structure {
  std::string_view name;
  std::span<const Member<Target>> members;
  const Structure* base = nullptr;  // What it inherits from.
};

template <typename Target>
const Member<Target>* FindMember(const Structure<Target>& structure, std::string_view name) {
  for (const Member<Target>& member : structure.members) {
    if (member.name == name) return &member;
  }
  return structure.base == nullptr ? nullptr : FindMember(*structure.base, name);
}

// Reads an object. Members that no row names are skipped; null stands for absent.
template <typename Target>
bool ReadObject(DecodeContext& context, const Structure<Target>& structure, Target& target) {
  json::Reader& reader = context.reader;
  std::string_view name;
  if (!reader.BeginObject()) return false;
  while (reader.NextMember(&name)) {
    const Member<Target>* member = FindMember(structure, name);
    const bool read = member == nullptr                    ? reader.Skip()
                      : reader.Peek() == json::Kind::kNull ? reader.Null()
                                                           : member->read(context, target);
    if (!read) return false;
  }
  return reader.ok();
}

// Reads an array of at most `count_max` elements, each by `read_element()`.
template <std::invocable Element>
bool ReadArray(DecodeContext& context, std::string_view name, size_t count_max,
               Element read_element) {
  if (!context.reader.BeginArray()) return false;
  for (size_t count = 0; context.reader.NextElement(); ++count) {
    if (count == count_max) {
      return context.Refuse(
          Status(Code::kResourceExhausted,
                 std::string(name) + ": at most " + std::to_string(count_max) + " in one request"));
    }
    if (!read_element()) return false;
  }
  return context.reader.ok();
}

// --- Writing -------------------------------------------------------------------

// What encoding one reply carries along.
struct EncodeContext {
  json::Writer& writer;
  std::string& out;                   // Where the writer writes.
  bool reference;                     // For the reference client.
  std::string_view direct_host = {};  // See EncodeOptions.
};

template <typename Source>
struct ReplyMember {
  std::string_view name;
  bool reference;  // Whether the reference client knows it.
  // Writes the member, name and value, unless the source has none.
  void (*write)(EncodeContext&, std::string_view name, const Source&);
};

template <typename Source>
struct ReplyStructure {
  std::string_view name;
  std::span<const ReplyMember<Source>> members;
  const ReplyStructure* base = nullptr;  // What it inherits from.
};

// Writes the members, without the braces.
template <typename Source>
void WriteMembers(EncodeContext& context, const ReplyStructure<Source>& structure,
                  const Source& source) {
  if (structure.base != nullptr) WriteMembers(context, *structure.base, source);
  for (const ReplyMember<Source>& member : structure.members) {
    if (member.reference || !context.reference) member.write(context, member.name, source);
  }
}

template <typename Source>
void WriteObject(EncodeContext& context, const ReplyStructure<Source>& structure,
                 const Source& source) {
  context.writer.BeginObject();
  WriteMembers(context, structure, source);
  context.writer.EndObject();
}

// An array, also when it is empty: the reference client fails without it.
template <typename Range, typename Source>
void WriteArray(EncodeContext& context, std::string_view name,
                const ReplyStructure<Source>& structure, const Range& range) {
  context.writer.Member(name).BeginArray();
  for (const Source& source : range) WriteObject(context, structure, source);
  context.writer.EndArray();
}

// --- Rows ----------------------------------------------------------------------

template <typename Table>
void AppendRows(const Table& table, bool request, std::vector<MemberRow>* rows) {
  for (const auto& member : table.members) {
    rows->push_back({std::string(table.name), std::string(member.name), request});
  }
}

// All rows of the decoder's and of the encoders' tables.
void AppendRequestRows(std::vector<MemberRow>* rows);
void AppendReplyRows(std::vector<MemberRow>* rows);
void AppendConnectReplyRows(std::vector<MemberRow>* rows);
void AppendOperationRows(std::vector<MemberRow>* rows);
void AppendOperateReplyRows(std::vector<MemberRow>* rows);
void AppendHelloRows(std::vector<MemberRow>* rows);

}  // namespace mesh
