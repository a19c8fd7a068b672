#include "common/encoding/json_b.h"

#include <bit>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/encoding/json_b_tags.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/utf8.h"

namespace mesh::json_b {
namespace {

// Definitions inside definitions.
constexpr int kDefinitionDepthMax = 4;

using tags::Family;

void AppendNumber(uint8_t base, uint64_t number, std::string& out) {
  const int size = number < 0x100 ? 0 : number < 0x10000 ? 1 : number < 0x100000000 ? 2 : 3;
  out.push_back(static_cast<char>(base | size));
  for (int shift = (8 << size) - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift & 0xff));
  }
}

Item OfKind(Kind kind) {
  Item item;
  item.kind = kind;
  return item;
}

Item OfBool(bool flag) {
  Item item = OfKind(Kind::kBool);
  item.flag = flag;
  return item;
}

// A number in JSON text that json::Reader has found well-formed.
Item OfText(std::string_view number) {
  Item item = OfKind(Kind::kInteger);
  item.negative = number.front() == '-';
  const char* const end = number.data() + number.size();
  const auto [last, error] =
      std::from_chars(number.data() + (item.negative ? 1 : 0), end, item.magnitude);
  if (error == std::errc() && last == end) return item;
  item = OfKind(Kind::kFloat);
  std::from_chars(number.data(), end, item.number);
  return item;
}

}  // namespace

bool Reader::finished() {
  const size_t begin = rest_.find_first_not_of(" \t\r\n,:");
  rest_.remove_prefix(begin == std::string_view::npos ? rest_.size() : begin);
  return rest_.empty();
}

Result<Item> Reader::Next() {
  MESH_CHECK(!finished());
  return NextValue(0);
}

Status Reader::Wrong(std::string_view problem) const {
  return InvalidArgument("JSON-B, " + std::to_string(rest_.size()) +
                         " octets before the end: " + std::string(problem));
}

Result<Item> Reader::NextValue(int depth) {
  if (finished()) return Wrong("an item is missing");
  const char first = rest_.front();
  if ((static_cast<uint8_t>(first) & 0x80) == 0) return Text();
  rest_.remove_prefix(1);
  return Binary(static_cast<uint8_t>(first), depth);
}

Result<Item> Reader::Binary(uint8_t tag, int depth) {
  switch (tag) {
    case tags::kTrue:
      return OfBool(true);
    case tags::kFalse:
      return OfBool(false);
    case tags::kNull:
      return OfKind(Kind::kNull);
    case tags::kFloat:
      return Float();
    case tags::kPositiveBignum:
    case tags::kNegativeBignum:
      return Bignum(tag);
    default:
      break;
  }
  switch (Family(tag)) {
    case tags::kString:
    case tags::kString | tags::kMore:
      rest_ = {rest_.data() - 1, rest_.size() + 1};
      return Parts(Kind::kString, tags::kString);
    case tags::kData:
    case tags::kData | tags::kMore:
      rest_ = {rest_.data() - 1, rest_.size() + 1};
      return Parts(Kind::kData, tags::kData);
    case tags::kPositive:
    case tags::kNegative:
      return Integer(tag);
    case tags::kName:
      return Name(tag);
    case tags::kCode:
    case tags::kDefine:
    case tags::kDefineAndUse:
      return Code(tag, depth);
    default:
      return Wrong("0x" + ToHex({reinterpret_cast<const char*>(&tag), 1}) + " is no tag");
  }
}

// Joins parts until the last one. All are of the same kind.
Result<Item> Reader::Parts(Kind kind, uint8_t base) {
  Item item = OfKind(kind);
  bool more = true;
  while (more) {
    if (rest_.empty()) return Wrong("the last part is missing");
    const auto tag = static_cast<uint8_t>(rest_.front());
    if ((Family(tag) & ~tags::kMore) != base) return Wrong("the last part is missing");
    rest_.remove_prefix(1);
    MESH_ASSIGN(const uint64_t bytes, Number(tag));
    MESH_ASSIGN(const std::string_view part, Take(bytes));
    item.octets.append(part);
    more = (tag & tags::kMore) != 0;
  }
  if (kind == Kind::kString && !IsUtf8(item.octets)) return Wrong("the string is not UTF-8");
  return item;
}

Result<Item> Reader::Name(uint8_t tag) {
  Item item = OfKind(Kind::kName);
  MESH_ASSIGN(const uint64_t bytes, Number(tag));
  MESH_ASSIGN(item.octets, Take(bytes));
  if (!IsUtf8(item.octets)) return Wrong("the name is not UTF-8");
  return item;
}

Result<Item> Reader::Integer(uint8_t tag) {
  Item item = OfKind(Kind::kInteger);
  item.negative = Family(tag) == tags::kNegative;
  MESH_ASSIGN(item.magnitude, Number(tag));
  return item;
}

Result<Item> Reader::Bignum(uint8_t tag) {
  Item item = OfKind(Kind::kInteger);
  item.negative = tag == tags::kNegativeBignum;
  item.bignum = true;
  MESH_ASSIGN(const std::string_view length, Take(2));
  MESH_ASSIGN(item.octets, Take(ReadBigEndian16(length)));
  return item;
}

Result<Item> Reader::Float() {
  Item item = OfKind(Kind::kFloat);
  MESH_ASSIGN(const std::string_view octets, Take(8));
  item.number = std::bit_cast<double>(ReadBigEndian64(octets));
  return item;
}

Result<Item> Reader::Code(uint8_t tag, int depth) {
  if ((tag & 3) == 3) return Wrong("codes have at most 32 bits");
  MESH_ASSIGN(const uint64_t number, Number(tag));
  const auto code = static_cast<uint32_t>(number);
  if (Family(tag) == tags::kCode) {
    const auto known = codes_.find(code);
    if (known == codes_.end()) return Wrong("code " + std::to_string(code) + " is not defined");
    return known->second;
  }
  if (depth >= kDefinitionDepthMax) return Wrong("definitions nested too deep");
  if (codes_.size() >= kCodesMax) return Wrong("too many codes");
  MESH_ASSIGN(Item value, NextValue(depth + 1));
  if (value.kind != Kind::kString && value.kind != Kind::kData && value.kind != Kind::kName) {
    return Wrong("a code stands for a string or data");
  }
  codes_[code] = value;
  if (Family(tag) == tags::kDefineAndUse) return value;
  return NextValue(depth + 1);
}

Result<Item> Reader::Text() {
  const char first = rest_.front();
  for (const auto& [bracket, kind] :
       {std::pair('{', Kind::kBeginObject), std::pair('}', Kind::kEndObject),
        std::pair('[', Kind::kBeginArray), std::pair(']', Kind::kEndArray)}) {
    if (first != bracket) continue;
    rest_.remove_prefix(1);
    return OfKind(kind);
  }
  json::Reader text(rest_);
  Item item;
  std::string_view number;
  if (text.Peek() == json::Kind::kString) {
    item.kind = Kind::kString;
    text.String(&item.octets);
  } else if (text.Peek() == json::Kind::kBool) {
    item.kind = Kind::kBool;
    text.Bool(&item.flag);
  } else if (text.Peek() == json::Kind::kNumber && text.RawValue(&number)) {
    item = OfText(number);
  } else {
    text.Null();
  }
  if (!text.ok()) return Wrong(text.status().message());
  rest_.remove_prefix(text.offset());
  return item;
}

// The number after a tag, in as many octets as the tag says.
Result<uint64_t> Reader::Number(uint8_t tag) {
  MESH_ASSIGN(const std::string_view octets, Take(uint64_t{1} << (tag & 3)));
  uint64_t number = 0;
  for (const char octet : octets) number = number << 8 | static_cast<uint8_t>(octet);
  return number;
}

Result<std::string_view> Reader::Take(uint64_t bytes) {
  if (bytes > rest_.size()) return Wrong("cut off");
  const std::string_view taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

void AppendName(std::string_view name, std::string& out) {
  AppendNumber(tags::kName, name.size(), out);
  out.append(name);
}

void AppendString(std::string_view utf8, std::string& out) {
  AppendNumber(tags::kString, utf8.size(), out);
  out.append(utf8);
}

void AppendData(std::string_view octets, std::string& out) {
  AppendNumber(tags::kData, octets.size(), out);
  out.append(octets);
}

void AppendInt(int64_t value, std::string& out) {
  const auto bits = static_cast<uint64_t>(value);
  AppendNumber(value < 0 ? tags::kNegative : tags::kPositive, value < 0 ? ~bits + 1 : bits, out);
}

void AppendFloat(double value, std::string& out) {
  out.push_back(static_cast<char>(tags::kFloat));
  AppendBigEndian64(out, std::bit_cast<uint64_t>(value));
}

void AppendBool(bool value, std::string& out) {
  out.push_back(static_cast<char>(value ? tags::kTrue : tags::kFalse));
}

void AppendNull(std::string& out) { out.push_back(static_cast<char>(tags::kNull)); }

Result<std::string_view> TakeData(std::string_view* octets) {
  const Status wrong = InvalidArgument("JSON-B: expected a data item (88 to 8B)");
  if (octets->empty() || Family(static_cast<uint8_t>(octets->front())) != tags::kData) return wrong;
  const size_t size = size_t{1} << (octets->front() & 3);
  if (octets->size() < 1 + size) return wrong;
  uint64_t bytes = 0;
  for (const char octet : octets->substr(1, size)) bytes = bytes << 8 | static_cast<uint8_t>(octet);
  if (bytes > octets->size() - 1 - size) return wrong;
  const std::string_view data = octets->substr(1 + size, bytes);
  octets->remove_prefix(1 + size + bytes);
  return data;
}

}  // namespace mesh::json_b
