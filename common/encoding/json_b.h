// JSON-B data items (draft jsonbcd-16 §4): JSON with binary
// strings, data and numbers. Items are a tag octet, big-endian length or value, data.
//
//   80..83  string            84..87  first parts of a string
//   88..8B  data (octets)     8C..8F  first parts of data
//   A0..A3  positive integer  A8..AB  negative integer     A7, AF  bignum
//   92      binary64          B0 B1 B2  true false null
//   B4..B7  member name (in no draft, but written by the reference)
//   C0..C2  the value of a code; C4..C6 defines a code; C8..CA defines and is the value
//
// The low two bits of a tag say how many octets its length has: 1, 2, 4 or 8. JSON
// text tokens may stand between binary ones; commas and colons may be missing.
//
// For one thread. The octets must outlive the reader.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::json_b {

enum class Kind {
  kBeginObject,
  kEndObject,
  kBeginArray,
  kEndArray,
  kName,  // B4..B7 only; a text name is a kString.
  kString,
  kData,
  kInteger,
  kFloat,
  kBool,
  kNull,
};

struct Item {
  Kind kind = Kind::kNull;
  std::string octets;     // Of names, strings and data; the magnitude of a bignum, big-endian.
  bool negative = false;  // Of integers.
  bool bignum = false;    // The magnitude of an integer is in `octets`.
  uint64_t magnitude = 0;
  double number = 0;
  bool flag = false;

  bool operator==(const Item&) const = default;
};

// Codes that one text may define.
inline constexpr size_t kCodesMax = 256;

// Reads items one after the other. It does not check nesting.
class Reader {
 public:
  explicit Reader(std::string_view octets) : rest_(octets) {}

  // The next item. kInvalidArgument for tags that are not of the
  // table, lengths beyond the end, text that is not UTF-8, an unknown code, or JSON
  // text that is not right. Must not be called when finished().
  Result<Item> Next();

  // Skips white space, commas and colons; whether nothing is left.
  bool finished();
  // Octets not yet read.
  std::string_view rest() const { return rest_; }
  const std::map<uint32_t, Item>& codes() const { return codes_; }

 private:
  Result<Item> NextValue(int depth);
  Result<Item> Binary(uint8_t tag, int depth);
  Result<Item> Parts(Kind kind, uint8_t base);
  Result<Item> Name(uint8_t tag);
  Result<Item> Integer(uint8_t tag);
  Result<Item> Bignum(uint8_t tag);
  Result<Item> Float();
  Result<Item> Code(uint8_t tag, int depth);
  Result<Item> Text();
  Result<uint64_t> Number(uint8_t tag);
  Result<std::string_view> Take(uint64_t bytes);
  Status Wrong(std::string_view problem) const;

  std::string_view rest_;
  std::map<uint32_t, Item> codes_;
};

// Each appends one item in the fewest octets.
void AppendName(std::string_view name, std::string& out);
void AppendString(std::string_view utf8, std::string& out);
void AppendData(std::string_view octets, std::string& out);
void AppendInt(int64_t value, std::string& out);
void AppendFloat(double value, std::string& out);
void AppendBool(bool value, std::string& out);
void AppendNull(std::string& out);

// Takes one whole data item (88..8B) off the front of `*octets`, as a view into them.
Result<std::string_view> TakeData(std::string_view* octets);

}  // namespace mesh::json_b
