#include "common/encoding/base64url_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace mesh {

#if defined(__x86_64__)

namespace {

#define MESH_AVX2 __attribute__((target("avx2")))

constexpr size_t kOctets = kLanesOctets;  // Two halves of twelve.
constexpr size_t kCharacters = 32;
constexpr size_t kHalfOctets = kOctets / 2;
// A half is read as sixteen octets.
constexpr size_t kOctetsRead = kHalfOctets + 16;

bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}

// Three octets in each 32 bits become four numbers below 64, one in each octet.
MESH_AVX2 __m256i Split(__m256i octets) {
  const __m256i spread = _mm256_shuffle_epi8(
      octets, _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                               1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  const __m256i first_and_third = _mm256_mulhi_epu16(
      _mm256_and_si256(spread, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
  const __m256i second_and_fourth = _mm256_mullo_epi16(
      _mm256_and_si256(spread, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
  return _mm256_or_si256(first_and_third, second_and_fourth);
}

// What is added to a number to make its character, chosen by the range that it is in:
// 0 for a-z, 1 to 10 for a digit, 11 for '-', 12 for '_', 13 for A-Z.
MESH_AVX2 __m256i Characters(__m256i numbers) {
  const __m256i beyond = _mm256_subs_epu8(numbers, _mm256_set1_epi8(51));
  const __m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), numbers);
  const __m256i range = _mm256_or_si256(beyond, _mm256_and_si256(upper, _mm256_set1_epi8(13)));
  constexpr char kLower = 'a' - 26, kDigit = '0' - 52, kMinus = '-' - 62, kLine = '_' - 63;
  const __m256i shifts =
      _mm256_setr_epi8(kLower, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit,
                       kDigit, kDigit, kMinus, kLine, 'A', 0, 0,  //
                       kLower, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit, kDigit,
                       kDigit, kDigit, kMinus, kLine, 'A', 0, 0);
  return _mm256_add_epi8(numbers, _mm256_shuffle_epi8(shifts, range));
}

MESH_AVX2 __m256i Between(__m256i characters, char first, char last) {
  return _mm256_and_si256(_mm256_cmpgt_epi8(characters, _mm256_set1_epi8(first - 1)),
                          _mm256_cmpgt_epi8(_mm256_set1_epi8(last + 1), characters));
}

// The numbers of 32 characters; false: one is none of the 64.
MESH_AVX2 bool Numbers(__m256i characters, __m256i* numbers) {
  __m256i shifts = _mm256_setzero_si256(), known = shifts;
  const auto add = [&](__m256i mask, int shift) MESH_AVX2 {
    known = _mm256_or_si256(known, mask);
    shifts =
        _mm256_or_si256(shifts, _mm256_and_si256(mask, _mm256_set1_epi8(static_cast<char>(shift))));
  };
  add(Between(characters, 'A', 'Z'), -'A');
  add(Between(characters, 'a', 'z'), 26 - 'a');
  add(Between(characters, '0', '9'), 52 - '0');
  add(_mm256_cmpeq_epi8(characters, _mm256_set1_epi8('-')), 62 - '-');
  add(_mm256_cmpeq_epi8(characters, _mm256_set1_epi8('_')), 63 - '_');
  *numbers = _mm256_add_epi8(characters, shifts);
  return _mm256_movemask_epi8(known) == -1;
}

// Four numbers in each 32 bits become three octets, the 24 of them in front.
MESH_AVX2 __m256i Join(__m256i numbers) {
  const __m256i pairs = _mm256_maddubs_epi16(numbers, _mm256_set1_epi32(0x01400140));
  const __m256i triples = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i halves = _mm256_shuffle_epi8(
      triples, _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  return _mm256_permutevar8x32_epi32(halves, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

MESH_AVX2 size_t Encode(const uint8_t* in, size_t size, char* out) {
  size_t done = 0;
  for (; size - done >= kOctetsRead; done += kOctets, out += kCharacters) {
    const auto* half = reinterpret_cast<const __m128i*>(in + done);
    const auto* other = reinterpret_cast<const __m128i*>(in + done + kHalfOctets);
    const __m256i octets = _mm256_set_m128i(_mm_loadu_si128(other), _mm_loadu_si128(half));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), Characters(Split(octets)));
  }
  return done;
}

MESH_AVX2 size_t Decode(const uint8_t* in, size_t size, uint8_t* out, size_t room) {
  size_t done = 0;
  __m256i numbers;
  for (; size - done >= kCharacters && room >= kCharacters; done += kCharacters) {
    const auto* characters = reinterpret_cast<const __m256i*>(in + done);
    if (!Numbers(_mm256_loadu_si256(characters), &numbers)) break;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), Join(numbers));
    out += kOctets;
    room -= kOctets;
  }
  return done;
}

}  // namespace

size_t EncodeLanes(const uint8_t* in, size_t size, char* out) {
  return HasAvx2() ? Encode(in, size, out) : 0;
}

size_t DecodeLanes(const uint8_t* in, size_t size, uint8_t* out, size_t room) {
  return HasAvx2() ? Decode(in, size, out, room) : 0;
}

#else

size_t EncodeLanes(const uint8_t*, size_t, char*) { return 0; }
size_t DecodeLanes(const uint8_t*, size_t, uint8_t*, size_t) { return 0; }

#endif

}  // namespace mesh
