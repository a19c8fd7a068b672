// A pull reader over one JSON text (RFC 8259): the caller asks for the value it
// expects, in order. Nothing is built, nothing is copied but strings that must
// be unescaped.
//
//   json::Reader reader(text);
//   std::string_view name;
//   reader.BeginObject();
//   while (reader.NextMember(&name)) {
//     if (name == "Index") reader.Int(&index);
//     else reader.Skip();
//   }
//   if (!reader.Finish()) return reader.status();
//
// With Options::json_b the text is JSON-B (json_b.h): its items stand wherever the
// text token of the same meaning may, and commas and colons may be missing. Data items
// are what base64url strings are in text. Not read: bignums, JSON-C and JSON-D.
//
// Every call returns false once anything is wrong, and the first fault stays in
// status() with its octet offset; so a caller may check once, at the end.
//
// Refused always: duplicate member names, nesting or members beyond the limits,
// text that is not UTF-8, unpaired surrogates, control characters in strings
// (but see Options::line_breaks), and anything after the value.
//
// The text must outlive the reader and every view it gave. For one thread.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/encoding/base64url.h"

namespace mesh::json {

// Members of one object. Real ones have 20; the search for duplicates is linear.
inline constexpr size_t kMembersMax = 64;

struct Options {
  // Accepts raw CR and LF inside strings and takes them out of the value together
  // with the spaces that follow: real clients fold long strings.
  bool line_breaks = true;
  // How Binary() reads base64. kFolded is implied by line_breaks.
  bool tolerant_base64 = false;
  bool json_b = false;  // Accepts JSON-B items beside text tokens.
  // The text came out of RawValue of a reader, or was written by us: what is skipped needs no
  // second look. For text from elsewhere nothing is read that is not there, but objects and
  // arrays that are skipped need not be JSON.
  bool known_valid = false;
  int depth_max = kJsonDepthMax;
};

enum class Kind { kObject, kArray, kString, kData, kNumber, kBool, kNull, kNone };

class Reader {
 public:
  explicit Reader(std::string_view text, const Options& options = {});
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // What the next value is, judged by its first octet; kNone if no value can start
  // here or something is wrong already. kData in JSON-B only. Consumes white space only.
  Kind Peek();

  // Enters an object. Then NextMember() gives each name, after which its value
  // must be read or skipped; it returns false at the end of the object, which it
  // leaves. `*name` is valid until the object is left.
  bool BeginObject();
  bool NextMember(std::string_view* name);

  // Enters an array. NextElement() returns true before each element, which must
  // be read or skipped, and false at the end, which it leaves.
  bool BeginArray();
  bool NextElement();

  // The unescaped text of a string. `out` is replaced.
  bool String(std::string* out);
  // As String(), without a copy where the text needs none: `*view` lies in the
  // text or in `*scratch`.
  bool StringView(std::string_view* view, std::string* scratch);
  // The octets of a base64url string, or of a data item. `out` is replaced.
  bool Binary(std::string* out);
  // A number without fraction and exponent that fits.
  bool Int(int64_t* out);
  // As Int(), and not negative.
  bool Unsigned(uint64_t* out);
  // Any number, as JSON text. Valid until the next call.
  bool Number(std::string_view* text);
  bool Bool(bool* out);
  bool Null();
  // A string that holds an RFC 3339 instant (date_time.h).
  bool DateTime(WallMillis* out);

  // Checks and skips any value. RawValue() also gives its text, octet for octet:
  // what is signed or nested must be handed on as it came.
  bool Skip();
  bool RawValue(std::string_view* text);

  // Whether everything was right and nothing but white space is left.
  bool Finish();

  // Makes the reader fail with the caller's own complaint about the value just
  // read ("Event: expected New, Update or Delete"). Keeps an earlier fault. Returns false.
  bool Fail(std::string_view problem);

  bool ok() const { return status_.ok(); }
  // kInvalidArgument with the octet offset and what was expected, or OK.
  const Status& status() const { return status_; }
  const Options& options() const { return options_; }
  // Octets consumed.
  size_t offset() const { return static_cast<size_t>(next_ - begin_); }
  // How often the text was JSON-B so far and not JSON: items, and missing commas and
  // colons. A value that leaves the count as it was is JSON text.
  size_t items() const { return items_; }

 private:
  struct Name {
    std::string_view text;
    uint32_t hash;
  };
  struct Scope {
    bool object;
    bool empty;          // No member or element yet.
    size_t names_begin;  // Of an object: where its names begin in names_.
  };
  // A string as it stands between its quotes.
  struct RawString {
    std::string_view text;
    bool escapes;  // Has a backslash.
    bool breaks;   // Has a raw CR or LF.
  };

  void SkipSpace();
  bool FailAt(const char* where, std::string_view problem);
  bool Enter(char open, bool object, std::string_view expected);
  void Leave();
  bool NextItem(char close, std::string_view expected);
  bool ScanString(RawString* out, std::string_view expected);
  bool ScanSpecial(RawString* out);
  bool ScanEscape();
  bool ScanHex(uint32_t* unit);
  std::string_view Keep(std::string_view text);
  bool RememberName(const RawString& raw, const char* where, std::string_view* name);
  bool ScanNumber(std::string_view* digits, bool* integer);
  bool ScanDigits();
  bool MaySkipStructure() const { return options_.known_valid && !options_.json_b; }
  bool SkipOverStructure();
  template <typename T>
  bool Integer(T* out);
  bool Literal(std::string_view word);

  // JSON-B, in json_reader_b.cc.
  static bool IsItem(char first) { return static_cast<uint8_t>(first) >= 0x80; }
  Kind ItemKind() const;
  bool MissSeparator(std::string_view expected);
  bool ScanStringItem(RawString* out, std::string_view expected);
  bool ScanNameItem(RawString* out);
  bool ScanNumberItem(std::string_view* digits, bool* integer);
  bool ScanIntegerItem(std::string_view* digits);
  bool ScanFloatItem(std::string_view* digits);
  bool ScanConstantItem();
  bool ScanDataItem(std::string* out);
  bool JoinParts(std::string_view first, std::string_view* joined);
  bool TakePart(uint8_t base, std::string_view* part, bool* more);
  bool TakeSized(std::string_view* octets);
  bool TakeNumber(size_t bytes, uint64_t* number);

  const char* const begin_;
  const char* const end_;
  const char* next_;
  const Options options_;
  Status status_;
  size_t items_ = 0;
  std::array<char, 32> digits_;  // Of a number item.

  // Open objects and arrays, and the names seen in the open objects. Small ones
  // live in room_ (as do names that had to be unescaped, and strings that came in
  // parts); only unusual texts allocate.
  std::array<std::byte, 3072> room_;
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
  std::pmr::vector<Scope> scopes_{&memory_};
  std::pmr::vector<Name> names_{&memory_};
};

}  // namespace mesh::json
