#include "common/encoding/json_scan.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mesh::json {
namespace {

#if defined(__SSE2__)

// As far as whole steps of sixteen octets go; `*found`: it ends there.
const char* SkipPlainSteps(const char* next, const char* end, bool* found) {
  for (; end - next >= 16; next += 16) {
    const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(next));
    // Signed: the high half is below every control character.
    const __m128i special = _mm_or_si128(_mm_cmplt_epi8(octets, _mm_set1_epi8(0x20)),
                                         _mm_or_si128(_mm_cmpeq_epi8(octets, _mm_set1_epi8('"')),
                                                      _mm_cmpeq_epi8(octets, _mm_set1_epi8('\\'))));
    if (const int marks = _mm_movemask_epi8(special)) {
      *found = true;
      return next + std::countr_zero(static_cast<unsigned>(marks));
    }
  }
  return next;
}

#else

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

// Marks the octets of `word` that end a run of plain ASCII in a string: quotes,
// backslashes, control characters, and the high half. Above the lowest mark there
// may be false ones.
uint64_t SpecialMarks(uint64_t word) {
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  return ((quote - kOnes) | (backslash - kOnes) | (word - kOnes * 0x20) | word) & kHighs;
}

const char* SkipPlainSteps(const char* next, const char* end, bool* found) {
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - next >= 8; next += 8) {
      uint64_t word;
      std::memcpy(&word, next, sizeof word);
      const uint64_t marks = SpecialMarks(word);
      if (marks == 0) continue;
      *found = true;
      return next + std::countr_zero(marks) / 8;
    }
  }
  return next;
}

#endif

// The octet behind the string whose text begins at `next`; null if it does not end.
const char* SkipString(const char* next, const char* end) {
  while (true) {
    next = SkipPlain(next, end);
    if (next == end) return nullptr;
    const char c = *next++;
    if (c == '"') return next;
    if (c != '\\') continue;
    if (next == end) return nullptr;
    ++next;
  }
}

}  // namespace

const char* SkipPlain(const char* next, const char* end) {
  bool found = false;
  next = SkipPlainSteps(next, end, &found);
  if (found) return next;
  while (next != end && *next != '"' && *next != '\\' && *next >= 0x20 &&
         static_cast<uint8_t>(*next) < 0x80) {
    ++next;
  }
  return next;
}

const char* SkipStructure(const char* next, const char* end) {
  for (size_t depth = 0; next != end;) {
    switch (*next++) {
      case '"':
        next = SkipString(next, end);
        if (next == nullptr) return nullptr;
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth <= 1) return next;
        --depth;
        break;
      default:
        break;
    }
  }
  return nullptr;
}

}  // namespace mesh::json
