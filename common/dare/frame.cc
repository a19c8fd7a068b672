#include "common/dare/frame.h"

#include <algorithm>
#include <initializer_list>

#include "common/base/bytes.h"

namespace mesh::dare {
namespace {

constexpr uint8_t kRecordTag = 0xf0;
constexpr uint8_t kFrameTag = 0xf4;
constexpr uint8_t kSizeMask = 0x03;
constexpr size_t kTagBytesMax = 9;

// Octets of the length that follows the tag octet `tag`.
size_t LengthBytes(uint8_t tag) { return size_t{1} << (tag & kSizeMask); }

int SizeClass(uint64_t length) {
  if (length < 0x100) return 0;
  if (length < 0x10000) return 1;
  return length < 0x100000000 ? 2 : 3;
}

uint64_t RecordBytes(uint64_t data) { return 1 + (uint64_t{1} << SizeClass(data)) + data; }

void AppendTag(uint8_t base, uint64_t length, std::string& out) {
  const int size = SizeClass(length);
  out.push_back(static_cast<char>(base | size));
  for (int shift = (8 << size) - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(length >> shift & 0xff));
  }
}

void AppendRecord(std::string_view data, std::string& out) {
  AppendTag(kRecordTag, data.size(), out);
  out.append(data);
}

void AppendRecords(std::initializer_list<std::string_view> records, std::string& out) {
  uint64_t length = 0;
  for (const std::string_view data : records) length += RecordBytes(data.size());
  out.reserve(out.size() + length + 2 * kTagBytesMax);
  const size_t begin = out.size();
  AppendTag(kFrameTag, length, out);
  const std::string tag = out.substr(begin);
  for (const std::string_view data : records) AppendRecord(data, out);
  out.append(tag.rbegin(), tag.rend());
}

// Takes a tag of kind `base` off the front of `*octets`.
FrameVerdict TakeTag(uint8_t base, std::string_view* octets, uint64_t* length) {
  if (octets->empty()) return FrameVerdict::kPartial;
  const auto tag = static_cast<uint8_t>(octets->front());
  if ((tag & ~kSizeMask) != base) return FrameVerdict::kRefused;
  const size_t bytes = LengthBytes(tag);
  if (octets->size() < 1 + bytes) return FrameVerdict::kPartial;
  *length = 0;
  for (size_t i = 0; i < bytes; ++i) {
    *length = *length << 8 | static_cast<uint8_t>((*octets)[1 + i]);
  }
  if (SizeClass(*length) != (tag & kSizeMask)) return FrameVerdict::kRefused;
  octets->remove_prefix(1 + bytes);
  return FrameVerdict::kWhole;
}

bool TakeRecord(std::string_view* records, std::string_view* data) {
  uint64_t length = 0;
  if (TakeTag(kRecordTag, records, &length) != FrameVerdict::kWhole) return false;
  if (length > records->size()) return false;
  *data = records->substr(0, length);
  records->remove_prefix(length);
  return true;
}

bool SplitRecords(std::string_view records, FrameView* frame) {
  if (!TakeRecord(&records, &frame->header)) return false;
  if (!TakeRecord(&records, &frame->payload)) return false;
  frame->has_trailer = !records.empty();
  frame->trailer = {};
  if (frame->has_trailer && !TakeRecord(&records, &frame->trailer)) return false;
  return records.empty();
}

}  // namespace

uint64_t FrameBytes(size_t header, size_t payload, size_t trailer) {
  const uint64_t records = RecordBytes(header) + RecordBytes(payload) + RecordBytes(trailer);
  return 2 * (1 + (uint64_t{1} << SizeClass(records))) + records;
}

void AppendFrame(std::string_view header, std::string_view payload, std::string_view trailer,
                 std::string& out) {
  AppendRecords({header, payload, trailer}, out);
}

void AppendFrame(std::string_view header, std::string_view payload, std::string& out) {
  AppendRecords({header, payload}, out);
}

FrameVerdict ReadFrame(std::string_view octets, FrameView* frame) {
  std::string_view rest = octets;
  uint64_t length = 0;
  const FrameVerdict verdict = TakeTag(kFrameTag, &rest, &length);
  if (verdict != FrameVerdict::kWhole) return verdict;
  const std::string_view tag = octets.substr(0, octets.size() - rest.size());
  if (length > rest.size() || rest.size() - length < tag.size()) return FrameVerdict::kPartial;
  const std::string_view end = rest.substr(length, tag.size());
  if (!std::equal(tag.rbegin(), tag.rend(), end.begin())) return FrameVerdict::kRefused;
  if (!SplitRecords(rest.substr(0, length), frame)) return FrameVerdict::kRefused;
  frame->frame_bytes = length + 2 * tag.size();
  return FrameVerdict::kWhole;
}

FrameVerdict ReadFrameBefore(std::string_view octets, FrameView* frame) {
  if (octets.empty()) return FrameVerdict::kPartial;
  const size_t tag_bytes = 1 + LengthBytes(static_cast<uint8_t>(octets.back()));
  if (octets.size() < tag_bytes) return FrameVerdict::kPartial;
  const std::string tag(octets.rbegin(), octets.rbegin() + static_cast<ptrdiff_t>(tag_bytes));
  std::string_view rest = tag;
  uint64_t length = 0;
  if (TakeTag(kFrameTag, &rest, &length) != FrameVerdict::kWhole) return FrameVerdict::kRefused;
  if (length > octets.size() || octets.size() - length < 2 * tag_bytes) {
    return FrameVerdict::kPartial;
  }
  const FrameVerdict verdict =
      ReadFrame(octets.substr(octets.size() - length - 2 * tag_bytes), frame);
  return verdict == FrameVerdict::kPartial ? FrameVerdict::kRefused : verdict;
}

}  // namespace mesh::dare
