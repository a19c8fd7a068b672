#include "common/dare/binary_members.h"

#include <algorithm>

#include "common/encoding/base64url.h"
#include "common/encoding/json_b.h"
#include "common/encoding/json_reader.h"

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

// Copies the text up to each value that becomes data.
class Converter {
 public:
  Converter(std::string_view text, std::string& out) : text_(text), out_(out), reader_(text) {}

  void Run() {
    Value(false);
    out_.append(text_.substr(copied_));
  }

 private:
  void Value(bool binary) {
    std::string_view name;
    switch (reader_.Peek()) {
      case json::Kind::kObject:
        reader_.BeginObject();
        while (reader_.NextMember(&name)) Value(IsBinaryMember(name));
        return;
      case json::Kind::kArray:
        reader_.BeginArray();
        while (reader_.NextElement()) Value(binary);
        return;
      case json::Kind::kString:
        if (binary) return String();
        [[fallthrough]];
      default:
        reader_.Skip();
    }
  }

  void String() {
    const size_t begin = reader_.offset();
    std::string_view base64;
    if (!reader_.StringView(&base64, &unescaped_)) return;
    octets_.clear();
    if (!Base64UrlDecodeAppend(base64, Base64Mode::kTolerant, octets_).ok()) return;
    out_.append(text_.substr(copied_, begin - copied_));
    json_b::AppendData(octets_, out_);
    copied_ = reader_.offset();
  }

  const std::string_view text_;
  std::string& out_;
  json::Reader reader_;
  size_t copied_ = 0;  // Octets of the text that are in out_.
  std::string unescaped_;
  std::string octets_;
};

}  // namespace

bool IsBinaryMember(std::string_view name) {
  return std::ranges::find(kBinaryMembers, name) != std::ranges::end(kBinaryMembers);
}

void AppendInJsonB(std::string_view text, std::string& out) { Converter(text, out).Run(); }

void WriteHeaderText(std::string_view text, json::Writer& writer) {
  if (writer.form() == json::Form::kText) {
    writer.Raw(text);
    return;
  }
  std::string octets;
  octets.reserve(text.size());
  AppendInJsonB(text, octets);
  writer.Raw(octets);
}

}  // namespace mesh::dare
