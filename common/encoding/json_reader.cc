#include "common/encoding/json_reader.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <system_error>

#include "common/encoding/date_time.h"
#include "common/encoding/json_b_tags.h"
#include "common/encoding/json_scan.h"
#include "common/encoding/utf8.h"

namespace mesh::json {
namespace {

// What most texts need of a reader's room: so it is taken in one piece.
constexpr size_t kScopesAtOnce = 8;
constexpr size_t kNamesAtOnce = 32;

// Tells most names of one object apart. Whoever makes all collide gains little: there
// are at most kMembersMax.
uint32_t HashName(std::string_view name) {
  const size_t size = name.size();
  if (size < 8) {
    uint32_t hash = static_cast<uint32_t>(size);
    for (const char c : name) hash = hash * 31 + static_cast<uint8_t>(c);
    return hash;
  }
  uint64_t front;
  uint64_t back;
  std::memcpy(&front, name.data(), sizeof front);
  std::memcpy(&back, name.data() + size - 8, sizeof back);
  return static_cast<uint32_t>(((front ^ std::rotl(back, 23)) * 0x9e3779b97f4a7c15 + size) >> 32);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

uint32_t HexUnit(const char* digits) {
  uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) unit = unit << 4 | static_cast<uint32_t>(HexDigit(digits[i]));
  return unit;
}

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }
bool IsBreak(char c) { return c == '\r' || c == '\n'; }

// Appends what the checked escape at the front of `text` stands for and returns
// the octets it takes.
size_t AppendEscape(std::string_view text, std::string* out) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (text[1] != 'u') {
    out->push_back(kMeanings[kLetters.find(text[1])]);
    return 2;
  }
  const uint32_t unit = HexUnit(text.data() + 2);
  if (!IsHighSurrogate(unit)) {
    AppendUtf8(*out, unit);
    return 6;
  }
  const uint32_t low = HexUnit(text.data() + 8);
  AppendUtf8(*out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
  return 12;
}

// Replaces `*out` by the value of a scanned string: escapes resolved, folds removed.
void Unescape(std::string_view raw, std::string* out) {
  out->clear();
  out->reserve(raw.size());
  for (size_t i = 0; i < raw.size();) {
    if (raw[i] == '\\') {
      i += AppendEscape(raw.substr(i), out);
    } else if (IsBreak(raw[i])) {
      while (i < raw.size() && (IsBreak(raw[i]) || raw[i] == ' ')) ++i;
    } else {
      out->push_back(raw[i++]);
    }
  }
}

}  // namespace

Reader::Reader(std::string_view text, const Options& options)
    : begin_(text.data()), end_(text.data() + text.size()), next_(begin_), options_(options) {
  scopes_.reserve(kScopesAtOnce);
  names_.reserve(kNamesAtOnce);
}

// --- Structure ------------------------------------------------------------------

Kind Reader::Peek() {
  if (!ok()) return Kind::kNone;
  SkipSpace();
  if (next_ == end_) return Kind::kNone;
  switch (*next_) {
    case '{':
      return Kind::kObject;
    case '[':
      return Kind::kArray;
    case '"':
      return Kind::kString;
    case 't':
    case 'f':
      return Kind::kBool;
    case 'n':
      return Kind::kNull;
    default:
      return *next_ == '-' || (*next_ >= '0' && *next_ <= '9') ? Kind::kNumber : ItemKind();
  }
}

bool Reader::BeginObject() { return Enter('{', true, "expected '{'"); }
bool Reader::BeginArray() { return Enter('[', false, "expected '['"); }

bool Reader::NextMember(std::string_view* name) {
  if (!NextItem('}', "expected ',' or '}'")) return false;
  SkipSpace();
  const char* const where = next_;
  RawString raw;
  const bool item = next_ != end_ && IsItem(*next_);
  const bool named = item ? ScanNameItem(&raw) : ScanString(&raw, "expected a member name");
  if (!named || !RememberName(raw, where, name)) return false;
  SkipSpace();
  if (next_ == end_ || *next_ != ':') return MissSeparator("expected ':' after the member name");
  ++next_;
  return true;
}

bool Reader::NextElement() { return NextItem(']', "expected ',' or ']'"); }

bool Reader::Finish() {
  if (!ok()) return false;
  SkipSpace();
  if (!scopes_.empty()) return FailAt(next_, "the value has not been read to its end");
  if (next_ != end_) return FailAt(next_, "expected nothing after the value");
  return true;
}

bool Reader::Fail(std::string_view problem) { return FailAt(next_, problem); }

void Reader::SkipSpace() {
  while (next_ != end_ && (*next_ == ' ' || *next_ == '\n' || *next_ == '\r' || *next_ == '\t')) {
    ++next_;
  }
}

bool Reader::FailAt(const char* where, std::string_view problem) {
  if (!ok()) return false;
  status_ = InvalidArgument("JSON, octet " + std::to_string(where - begin_) + ": " +
                            std::string(problem));
  return false;
}

bool Reader::Enter(char open, bool object, std::string_view expected) {
  if (!ok()) return false;
  SkipSpace();
  if (next_ == end_ || *next_ != open) return FailAt(next_, expected);
  if (scopes_.size() >= static_cast<size_t>(options_.depth_max)) {
    return FailAt(next_, "nested deeper than " + std::to_string(options_.depth_max) + " levels");
  }
  ++next_;
  scopes_.push_back({object, true, names_.size()});
  return true;
}

void Reader::Leave() {
  names_.resize(scopes_.back().names_begin);
  scopes_.pop_back();
}

bool Reader::NextItem(char close, std::string_view expected) {
  if (!ok()) return false;
  MESH_CHECK(!scopes_.empty() && scopes_.back().object == (close == '}'));
  SkipSpace();
  Scope& scope = scopes_.back();
  if (next_ != end_ && *next_ == close) {
    ++next_;
    Leave();
    return false;
  }
  if (!scope.empty) {
    if (next_ == end_ || *next_ != ',') return MissSeparator(expected);
    ++next_;
  }
  scope.empty = false;
  return true;
}

// A copy that lives as long as the reader.
std::string_view Reader::Keep(std::string_view text) {
  auto* const kept = static_cast<char*>(memory_.allocate(text.size() + 1, 1));
  std::copy(text.begin(), text.end(), kept);
  return {kept, text.size()};
}

bool Reader::RememberName(const RawString& raw, const char* where, std::string_view* name) {
  std::string_view text = raw.text;
  if (raw.escapes || raw.breaks) {
    std::string value;
    Unescape(raw.text, &value);
    text = Keep(value);
  }
  const uint32_t hash = HashName(text);
  const size_t first = scopes_.back().names_begin;
  for (size_t i = first; i < names_.size(); ++i) {
    if (names_[i].hash == hash && names_[i].text == text) {
      return FailAt(where, "the member is given twice");
    }
  }
  if (names_.size() - first >= kMembersMax) {
    return FailAt(where, "more than " + std::to_string(kMembersMax) + " members");
  }
  names_.push_back({text, hash});
  *name = text;
  return true;
}

// --- Strings --------------------------------------------------------------------

bool Reader::String(std::string* out) {
  RawString raw;
  if (!ScanString(&raw, "expected a string")) return false;
  if (raw.escapes || raw.breaks) {
    Unescape(raw.text, out);
  } else {
    out->assign(raw.text);
  }
  return true;
}

bool Reader::StringView(std::string_view* view, std::string* scratch) {
  RawString raw;
  if (!ScanString(&raw, "expected a string")) return false;
  *view = raw.text;
  if (raw.escapes || raw.breaks) {
    Unescape(raw.text, scratch);
    *view = *scratch;
  }
  return true;
}

bool Reader::Binary(std::string* out) {
  if (options_.json_b && Peek() == Kind::kData) return ScanDataItem(out);
  RawString raw;
  if (!ScanString(&raw, "expected a base64url string")) return false;
  out->clear();
  std::string unescaped;
  if (raw.escapes) {
    Unescape(raw.text, &unescaped);
    raw.text = unescaped;
  }
  const Base64Mode lenient = options_.line_breaks ? Base64Mode::kFolded : Base64Mode::kStrict;
  const Base64Mode mode = options_.tolerant_base64 ? Base64Mode::kTolerant : lenient;
  const Status status = Base64UrlDecodeAppend(raw.text, mode, *out);
  return status.ok() || FailAt(next_, status.message());
}

// Leaves *out with the text between the quotes; its escapes are checked.
bool Reader::ScanString(RawString* out, std::string_view expected) {
  if (!ok()) return false;
  SkipSpace();
  if (next_ == end_ || *next_ != '"') return ScanStringItem(out, expected);
  const char* const start = ++next_;
  *out = {};
  while (true) {
    next_ = SkipPlain(next_, end_);
    if (next_ == end_) return FailAt(next_, "the string does not end");
    if (*next_ == '"') break;
    if (!ScanSpecial(out)) return false;
  }
  out->text = {start, static_cast<size_t>(next_ - start)};
  ++next_;
  return true;
}

bool Reader::ScanSpecial(RawString* out) {
  if (*next_ == '\\') {
    out->escapes = true;
    return ScanEscape();
  }
  if (IsBreak(*next_) && options_.line_breaks) {
    out->breaks = true;
    ++next_;
    return true;
  }
  if (static_cast<uint8_t>(*next_) < 0x20) {
    return FailAt(next_, "control characters in strings must be escaped");
  }
  const size_t bytes = Utf8SequenceBytes({next_, static_cast<size_t>(end_ - next_)});
  if (bytes == 0) return FailAt(next_, "not UTF-8");
  next_ += bytes;
  return true;
}

bool Reader::ScanEscape() {
  const char* const where = next_++;
  if (next_ == end_) return FailAt(next_, "the string does not end");
  const char letter = *next_++;
  if (letter != 'u') {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    return kLetters.find(letter) != std::string_view::npos ||
           FailAt(where, "unknown escape; JSON has \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
  }
  uint32_t unit = 0;
  if (!ScanHex(&unit)) return FailAt(where, "\\u needs four hexadecimal digits");
  if (IsLowSurrogate(unit)) return FailAt(where, "unpaired surrogate");
  if (!IsHighSurrogate(unit)) return true;
  const bool escape = end_ - next_ >= 2 && next_[0] == '\\' && next_[1] == 'u';
  next_ += escape ? 2 : 0;
  if (!escape || !ScanHex(&unit) || !IsLowSurrogate(unit)) {
    return FailAt(where, "unpaired surrogate");
  }
  return true;
}

bool Reader::ScanHex(uint32_t* unit) {
  if (end_ - next_ < 4) return false;
  for (int i = 0; i < 4; ++i) {
    if (HexDigit(next_[i]) < 0) return false;
  }
  *unit = HexUnit(next_);
  next_ += 4;
  return true;
}

// --- Other values ---------------------------------------------------------------

bool Reader::Int(int64_t* out) { return Integer(out); }
bool Reader::Unsigned(uint64_t* out) { return Integer(out); }

bool Reader::Number(std::string_view* text) {
  bool integer = false;
  return ScanNumber(text, &integer);
}

template <typename T>
bool Reader::Integer(T* out) {
  std::string_view digits;
  bool integer = false;
  SkipSpace();
  const char* const where = next_;
  if (!ScanNumber(&digits, &integer)) return false;
  if (!integer) return FailAt(where, "expected a number without fraction and exponent");
  const char* const last = digits.data() + digits.size();
  const std::from_chars_result result = std::from_chars(digits.data(), last, *out);
  if (result.ec != std::errc() || result.ptr != last) {
    return FailAt(where, "the number is out of range");
  }
  return true;
}

bool Reader::ScanNumber(std::string_view* digits, bool* integer) {
  if (Peek() != Kind::kNumber) return FailAt(next_, "expected a number");
  if (IsItem(*next_)) return ScanNumberItem(digits, integer);
  const char* const start = next_;
  *integer = true;
  if (*next_ == '-') ++next_;
  const bool zero = next_ != end_ && *next_ == '0';
  if (!ScanDigits()) return false;
  if (zero && next_ - start > (*start == '-' ? 2 : 1)) {
    return FailAt(start, "numbers have no leading zeros");
  }
  if (next_ != end_ && *next_ == '.') {
    *integer = false;
    ++next_;
    if (!ScanDigits()) return false;
  }
  if (next_ != end_ && (*next_ == 'e' || *next_ == 'E')) {
    *integer = false;
    ++next_;
    if (next_ != end_ && (*next_ == '+' || *next_ == '-')) ++next_;
    if (!ScanDigits()) return false;
  }
  *digits = {start, static_cast<size_t>(next_ - start)};
  return true;
}

bool Reader::ScanDigits() {
  const char* const start = next_;
  while (next_ != end_ && *next_ >= '0' && *next_ <= '9') ++next_;
  return next_ != start || FailAt(next_, "expected a digit");
}

bool Reader::Bool(bool* out) {
  if (Peek() != Kind::kBool) return FailAt(next_, "expected true or false");
  *out = *next_ == 't' || *next_ == static_cast<char>(json_b::tags::kTrue);
  if (IsItem(*next_)) return ScanConstantItem();
  return Literal(*out ? "true" : "false");
}

bool Reader::Null() {
  if (Peek() != Kind::kNull) return FailAt(next_, "expected null");
  if (IsItem(*next_)) return ScanConstantItem();
  return Literal("null");
}

bool Reader::DateTime(WallMillis* out) {
  std::string scratch;
  std::string_view text;
  if (!StringView(&text, &scratch)) return false;
  const Result<WallMillis> time = ParseDateTime(text);
  if (!time.ok()) return FailAt(next_, time.status().message());
  *out = *time;
  return true;
}

bool Reader::Literal(std::string_view word) {
  if (std::string_view(next_, static_cast<size_t>(end_ - next_)).substr(0, word.size()) != word) {
    return FailAt(next_, "expected " + std::string(word));
  }
  next_ += word.size();
  return true;
}

bool Reader::Skip() {
  std::string_view ignored;
  RawString raw;
  bool flag = false;
  switch (Peek()) {
    case Kind::kObject:
      if (MaySkipStructure()) return SkipOverStructure();
      BeginObject();
      while (NextMember(&ignored)) Skip();
      return ok();
    case Kind::kArray:
      if (MaySkipStructure()) return SkipOverStructure();
      BeginArray();
      while (NextElement()) Skip();
      return ok();
    case Kind::kString:
      return ScanString(&raw, "expected a string");
    case Kind::kData:
      return ScanDataItem(nullptr);
    case Kind::kNumber:
      return ScanNumber(&ignored, &flag);
    case Kind::kBool:
      return Bool(&flag);
    case Kind::kNull:
      return Null();
    case Kind::kNone:
      break;
  }
  return ScanStringItem(&raw, "expected a value");
}

bool Reader::SkipOverStructure() {
  const char* const behind = SkipStructure(next_, end_);
  if (behind == nullptr) return FailAt(next_, "the value does not end");
  next_ = behind;
  return true;
}

bool Reader::RawValue(std::string_view* text) {
  if (!ok()) return false;
  SkipSpace();
  const char* const start = next_;
  if (!Skip()) return false;
  *text = {start, static_cast<size_t>(next_ - start)};
  return true;
}

}  // namespace mesh::json
