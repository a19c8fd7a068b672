#include "common/encoding/utf8.h"

#include "common/base/check.h"

namespace mesh {
namespace {

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// Octets that the lead octet announces, and the range of the octet after it; that
// range is where overlong forms, surrogates and too large numbers show.
struct Lead {
  size_t bytes;
  uint8_t second_min;
  uint8_t second_max;
};
Lead LeadOf(uint8_t lead) {
  if (lead < 0xc2) return {0, 0, 0};
  if (lead < 0xe0) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead < 0xf0) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead < 0xf4) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

size_t Utf8SequenceBytes(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return 1;
  const Lead lead = LeadOf(first);
  if (lead.bytes == 0 || text.size() < lead.bytes) return 0;
  const auto second = static_cast<uint8_t>(text[1]);
  if (second < lead.second_min || second > lead.second_max) return 0;
  for (size_t i = 2; i < lead.bytes; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  return lead.bytes;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = Utf8SequenceBytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

void AppendUtf8(std::string& out, uint32_t point) {
  MESH_CHECK(point <= 0x10ffff && (point < 0xd800 || point > 0xdfff));
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
    return;
  }
  int shift = point < 0x800 ? 6 : point < 0x10000 ? 12 : 18;
  const uint32_t mark = point < 0x800 ? 0xc0 : point < 0x10000 ? 0xe0 : 0xf0;
  out.push_back(static_cast<char>(mark | point >> shift));
  while (shift > 0) {
    shift -= 6;
    out.push_back(static_cast<char>(0x80 | (point >> shift & 0x3f)));
  }
}

}  // namespace mesh
