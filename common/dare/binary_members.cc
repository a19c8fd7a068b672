#include "common/dare/binary_members.h"

#include <algorithm>

#include "common/encoding/base64url.h"
#include "common/encoding/json_b.h"

namespace mesh::dare {
namespace {

constexpr std::string_view kBinaryMembers[] = {
    // Trailers.
    "SignedData", "PayloadDigest", "ChainDigest", "TreeDigest",
    // Headers. The drafts' examples and the reference spell some with another first letter.
    "Salt", "Malt", "Cloaked", "cloaked", "Annotations", "annotations", "ContentMetaData",
    // Signatures.
    "Manifest", "signature", "witness",
    // Recipients, and the ephemeral key of each.
    "wmk", "Public"};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Copies the text up to each value that becomes data. It relies on what was checked when
// the text was received, that it is JSON, and so needs no more than to find its strings.
class Converter {
 public:
  Converter(std::string_view text, std::string& out) : text_(text), out_(out) {}

  void Run() {
    std::string_view string;
    while (NextString(&string)) {
      if (SkipTo(':') && IsBinaryMember(string)) Value();
    }
    out_.append(text_.substr(copied_));
  }

 private:
  // The text of the next string, with its escapes.
  bool NextString(std::string_view* string) {
    const size_t begin = text_.find('"', next_);
    if (begin == std::string_view::npos) return false;
    next_ = begin;
    return TakeString(string);
  }

  // Likewise of the string that begins here.
  bool TakeString(std::string_view* string) {
    const size_t begin = next_ + 1;
    size_t end = text_.find('"', begin);
    while (end != std::string_view::npos && IsEscaped(begin, end)) end = text_.find('"', end + 1);
    if (end == std::string_view::npos) return false;
    *string = text_.substr(begin, end - begin);
    next_ = end + 1;
    return true;
  }

  // Whether an odd number of backslashes stands before `at`, and after `begin`.
  bool IsEscaped(size_t begin, size_t at) const {
    size_t first = at;
    while (first > begin && text_[first - 1] == '\\') --first;
    return (at - first) % 2 == 1;
  }

  // Goes behind `token` if it is the next one.
  bool SkipTo(char token) {
    size_t at = next_;
    while (at < text_.size() && IsSpace(text_[at])) ++at;
    if (at == text_.size() || text_[at] != token) return false;
    next_ = at + 1;
    return true;
  }

  // A string, or an array of strings.
  void Value() {
    if (!SkipTo('[')) return String();
    do {
      String();
    } while (SkipTo(','));
  }

  void String() {
    if (!SkipTo('"')) return;
    const size_t begin = --next_;
    std::string_view base64;
    if (!TakeString(&base64)) return;
    octets_.clear();
    if (!Base64UrlDecodeAppend(base64, Base64Mode::kTolerant, octets_).ok()) return;
    out_.append(text_.substr(copied_, begin - copied_));
    json_b::AppendData(octets_, out_);
    copied_ = next_;
  }

  const std::string_view text_;
  std::string& out_;
  size_t next_ = 0;
  size_t copied_ = 0;  // Octets of the text that are in out_.
  std::string octets_;
};

}  // namespace

bool IsBinaryMember(std::string_view name) {
  return std::ranges::find(kBinaryMembers, name) != std::ranges::end(kBinaryMembers);
}

void AppendInForm(std::string_view text, json::Form form, std::string& out) {
  if (form == json::Form::kText) {
    out.append(text);
  } else {
    Converter(text, out).Run();
  }
}

void WriteHeaderText(std::string_view text, json::Writer& writer) {
  if (writer.form() == json::Form::kText) {
    writer.Raw(text);
    return;
  }
  std::string octets;
  octets.reserve(text.size());
  Converter(text, octets).Run();
  writer.Raw(octets);
}

}  // namespace mesh::dare
