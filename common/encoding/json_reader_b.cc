// The JSON-B items of json::Reader. Nothing here is reached while the text is JSON: items
// begin with octets that begin no text token.

#include <bit>
#include <charconv>
#include <cmath>

#include "common/encoding/json_b_tags.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/utf8.h"

namespace mesh::json {
namespace {

namespace tags = json_b::tags;

uint8_t TagAt(const char* next) { return static_cast<uint8_t>(*next); }

// Of a string or data tag: which of the two.
uint8_t BaseOf(uint8_t tag) { return tags::Family(tag) & ~tags::kMore; }

bool IsCode(uint8_t tag) { return tag >= tags::kCode && tag < 0xe0; }

bool IsInteger(uint8_t tag) {
  return tags::Family(tag) == tags::kPositive || tags::Family(tag) == tags::kNegative;
}

}  // namespace

Kind Reader::ItemKind() const {
  if (!options_.json_b) return Kind::kNone;
  const uint8_t tag = TagAt(next_);
  if (BaseOf(tag) == tags::kString) return Kind::kString;
  if (BaseOf(tag) == tags::kData) return Kind::kData;
  if (tag == tags::kFloat || IsInteger(tag)) return Kind::kNumber;
  if (tag == tags::kTrue || tag == tags::kFalse) return Kind::kBool;
  return tag == tags::kNull ? Kind::kNull : Kind::kNone;
}

bool Reader::MissSeparator(std::string_view expected) {
  if (!options_.json_b || next_ == end_) return FailAt(next_, expected);
  ++items_;
  return true;
}

bool Reader::ScanNameItem(RawString* out) {
  const bool name = options_.json_b && tags::Family(TagAt(next_)) == tags::kName;
  if (!name) return ScanStringItem(out, "expected a member name");
  ++items_;
  *out = {};
  if (!TakeSized(&out->text)) return false;
  return IsUtf8(out->text) || FailAt(next_, "the member name is not UTF-8");
}

bool Reader::ScanStringItem(RawString* out, std::string_view expected) {
  if (!options_.json_b || next_ == end_) return FailAt(next_, expected);
  if (IsCode(TagAt(next_))) return FailAt(next_, "JSON-C is not read; expected JSON-B");
  if (BaseOf(TagAt(next_)) != tags::kString) return FailAt(next_, expected);
  ++items_;
  *out = {};
  bool more = false;
  if (!TakePart(tags::kString, &out->text, &more)) return false;
  if (more && !JoinParts(out->text, &out->text)) return false;
  return IsUtf8(out->text) || FailAt(next_, "the string is not UTF-8");
}

// A string in several parts, of which the first has been read. Lives as long as the
// reader; no longer than the text.
bool Reader::JoinParts(std::string_view first, std::string_view* joined) {
  std::string value(first);
  for (bool more = true; more;) {
    std::string_view part;
    if (!TakePart(tags::kString, &part, &more)) return false;
    value.append(part);
  }
  *joined = Keep(value);
  return true;
}

bool Reader::ScanDataItem(std::string* out) {
  ++items_;
  if (out != nullptr) out->clear();
  for (bool more = true; more;) {
    std::string_view part;
    if (!TakePart(tags::kData, &part, &more)) return false;
    if (out != nullptr) out->append(part);
  }
  return true;
}

bool Reader::ScanNumberItem(std::string_view* digits, bool* integer) {
  ++items_;
  *integer = TagAt(next_) != tags::kFloat;
  return *integer ? ScanIntegerItem(digits) : ScanFloatItem(digits);
}

bool Reader::ScanIntegerItem(std::string_view* digits) {
  const uint8_t tag = TagAt(next_);
  uint64_t magnitude = 0;
  if (!TakeNumber(tags::NumberBytes(tag), &magnitude)) return false;
  char* const begin = digits_.data();
  *begin = '-';
  const bool negative = tags::Family(tag) == tags::kNegative;
  const std::to_chars_result end =
      std::to_chars(begin + (negative ? 1 : 0), begin + digits_.size(), magnitude);
  *digits = {begin, static_cast<size_t>(end.ptr - begin)};
  return true;
}

bool Reader::ScanFloatItem(std::string_view* digits) {
  uint64_t bits = 0;
  if (!TakeNumber(sizeof bits, &bits)) return false;
  const auto value = std::bit_cast<double>(bits);
  if (!std::isfinite(value)) return FailAt(next_, "the number is not finite");
  char* const begin = digits_.data();
  const std::to_chars_result end = std::to_chars(begin, begin + digits_.size(), value);
  *digits = {begin, static_cast<size_t>(end.ptr - begin)};
  return true;
}

bool Reader::ScanConstantItem() {
  ++items_;
  ++next_;
  return true;
}

// One part of a string or data, and whether another one follows.
bool Reader::TakePart(uint8_t base, std::string_view* part, bool* more) {
  if (next_ == end_ || BaseOf(TagAt(next_)) != base) {
    return FailAt(next_, "the last part is missing");
  }
  *more = (TagAt(next_) & tags::kMore) != 0;
  return TakeSized(part);
}

// The octets whose length stands after the tag.
bool Reader::TakeSized(std::string_view* octets) {
  uint64_t bytes = 0;
  if (!TakeNumber(tags::NumberBytes(TagAt(next_)), &bytes)) return false;
  if (bytes > static_cast<uint64_t>(end_ - next_)) return FailAt(next_, "the item is cut off");
  *octets = {next_, static_cast<size_t>(bytes)};
  next_ += bytes;
  return true;
}

// The tag, and the number after it.
bool Reader::TakeNumber(size_t bytes, uint64_t* number) {
  if (static_cast<size_t>(end_ - next_) <= bytes) return FailAt(next_, "the item is cut off");
  ++next_;
  *number = 0;
  for (const char* const end = next_ + bytes; next_ != end; ++next_) {
    *number = *number << 8 | static_cast<uint8_t>(*next_);
  }
  return true;
}

}  // namespace mesh::json
