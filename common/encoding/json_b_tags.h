// The tag octets of JSON-B and JSON-C (json_b.h). The low two bits of those that
// have a length or a number say in how many octets it is: 1, 2, 4 or 8. Internal to
// common/encoding.

#pragma once

#include <cstddef>
#include <cstdint>

namespace mesh::json_b::tags {

inline constexpr uint8_t kString = 0x80;
inline constexpr uint8_t kData = 0x88;
inline constexpr uint8_t kMore = 0x04;  // Of string and data tags: another part follows.
inline constexpr uint8_t kFloat = 0x92;
inline constexpr uint8_t kPositive = 0xa0;
inline constexpr uint8_t kNegative = 0xa8;
inline constexpr uint8_t kPositiveBignum = 0xa7;
inline constexpr uint8_t kNegativeBignum = 0xaf;
inline constexpr uint8_t kTrue = 0xb0;
inline constexpr uint8_t kFalse = 0xb1;
inline constexpr uint8_t kNull = 0xb2;
inline constexpr uint8_t kName = 0xb4;
inline constexpr uint8_t kCode = 0xc0;
inline constexpr uint8_t kDefine = 0xc4;
inline constexpr uint8_t kDefineAndUse = 0xc8;

// The tag without its size bits.
constexpr uint8_t Family(uint8_t tag) { return tag & 0xfc; }
// Octets of the length or number after the tag.
constexpr size_t NumberBytes(uint8_t tag) { return size_t{1} << (tag & 3); }

}  // namespace mesh::json_b::tags
