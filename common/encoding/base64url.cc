#include "common/encoding/base64url.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/base/bytes.h"
#include "common/encoding/base64url_lanes.h"

namespace mesh {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// What a character that is no digit is, in a decoding table.
constexpr uint8_t kSpace = 0x40;
constexpr uint8_t kPad = 0x41;
constexpr uint8_t kWrong = 0x80;

using Table = std::array<uint8_t, 256>;

constexpr Table MakeTable(Base64Mode mode) {
  Table table{};
  for (uint8_t& entry : table) entry = kWrong;
  for (uint8_t i = 0; i < 64; ++i) table[static_cast<uint8_t>(kAlphabet[i])] = i;
  if (mode == Base64Mode::kStrict) return table;
  for (const char c : {' ', '\t', '\r', '\n'}) table[static_cast<uint8_t>(c)] = kSpace;
  if (mode == Base64Mode::kFolded) return table;
  table['+'] = 62;
  table['/'] = 63;
  table['='] = kPad;
  return table;
}

constexpr Table kStrictTable = MakeTable(Base64Mode::kStrict);
constexpr Table kFoldedTable = MakeTable(Base64Mode::kFolded);
constexpr Table kTolerantTable = MakeTable(Base64Mode::kTolerant);

const Table& TableFor(Base64Mode mode) {
  if (mode == Base64Mode::kStrict) return kStrictTable;
  return mode == Base64Mode::kFolded ? kFoldedTable : kTolerantTable;
}

// Two characters at once: the encoding of each 12-bit number.
struct Pair {
  char first;
  char second;
};
constexpr std::array<Pair, 4096> MakePairs() {
  std::array<Pair, 4096> pairs{};
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return pairs;
}
constexpr std::array<Pair, 4096> kPairs = MakePairs();

Status WrongCharacter(std::string_view text, size_t at) {
  return InvalidArgument("base64url: character " + std::to_string(at) + " is 0x" +
                         ToHex(text.substr(at, 1)) + ", expected A-Z, a-z, 0-9, '-' or '_'");
}

char* PutPair(char* out, uint32_t bits) {
  const Pair pair = kPairs[bits];
  out[0] = pair.first;
  out[1] = pair.second;
  return out + 2;
}

// What the lanes leave: they take it with zeros behind, and so need no table. False: there are
// no lanes, or it is more than they leave.
bool EncodeRest(const uint8_t* in, size_t size, char* out) {
  std::array<uint8_t, 2 * kLanesOctets + 4> padded{};
  std::array<char, Base64UrlEncodedSize(padded.size())> text;
  if (size > kLanesRest) return false;
  std::copy_n(in, size, padded.begin());
  if (EncodeLanes(padded.data(), padded.size(), text.data()) < size) return false;
  std::copy_n(text.begin(), Base64UrlEncodedSize(size), out);
  return true;
}

void Encode(const uint8_t* in, size_t size, char* out) {
  const size_t done = EncodeLanes(in, size, out);
  in += done;
  size -= done;
  out += Base64UrlEncodedSize(done);
  if (size > 3 && EncodeRest(in, size, out)) return;
  for (; size >= 3; size -= 3, in += 3) {
    out = PutPair(out, static_cast<uint32_t>(in[0] << 4 | in[1] >> 4));
    out = PutPair(out, static_cast<uint32_t>((in[1] & 0xf) << 8 | in[2]));
  }
  if (size == 0) return;
  const int second = size == 2 ? in[1] : 0;
  out = PutPair(out, static_cast<uint32_t>(in[0] << 4 | second >> 4));
  if (size == 2) *out = kAlphabet[(second & 0xf) << 2];
}

// Decodes whole groups of four digits and stops at the first that is not one.
struct Progress {
  const uint8_t* in;
  uint8_t* out;
};
Progress DecodeGroups(const Table& table, const uint8_t* in, const uint8_t* end, uint8_t* out) {
  while (end - in >= 4) {
    const uint32_t a = table[in[0]], b = table[in[1]], c = table[in[2]], d = table[in[3]];
    if (((a | b | c | d) & 0xc0) != 0) break;
    const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    out[0] = static_cast<uint8_t>(bits >> 16);
    out[1] = static_cast<uint8_t>(bits >> 8);
    out[2] = static_cast<uint8_t>(bits);
    in += 4;
    out += 3;
  }
  return {in, out};
}

// Decodes digit by digit, which is needed around folds and at the end.
class Decoder {
 public:
  Decoder(std::string_view text, Base64Mode mode)
      : text_(text), mode_(mode), table_(TableFor(mode)) {}

  // Writes to `out`, which has room for Base64UrlDecodedSizeMax(), and sets *written.
  Status Run(uint8_t* out, size_t* written) {
    const uint8_t* const begin = Octets(text_);
    const uint8_t* const end = begin + text_.size();
    const size_t done =
        DecodeLanes(begin, text_.size(), out, Base64UrlDecodedSizeMax(text_.size()));
    const uint8_t* in = begin + done;
    uint8_t* next = out + Base64UrlDecodedSizeMax(done);
    while (in != end) {
      if (digits_ == 0 && !padded_) {
        const Progress progress = DecodeGroups(table_, in, end, next);
        in = progress.in;
        next = progress.out;
        if (in == end) break;
      }
      const uint8_t value = table_[*in];
      if (!Take(value)) return WrongCharacter(text_, static_cast<size_t>(in - begin));
      ++in;
      if (digits_ == 4) next = Put(next);
    }
    MESH_RETURN_IF_ERROR(Last(next));
    *written = static_cast<size_t>(next_ - out);
    return Status();
  }

 private:
  bool Take(uint8_t value) {
    if (value == kSpace) return true;
    if (value == kPad) return padded_ = true;
    if (value == kWrong || padded_) return false;
    bits_ = bits_ << 6 | value;
    ++digits_;
    return true;
  }

  uint8_t* Put(uint8_t* out) {
    out[0] = static_cast<uint8_t>(bits_ >> 16);
    out[1] = static_cast<uint8_t>(bits_ >> 8);
    out[2] = static_cast<uint8_t>(bits_);
    bits_ = 0;
    digits_ = 0;
    return out + 3;
  }

  // The two or three digits of an incomplete last group.
  Status Last(uint8_t* out) {
    next_ = out;
    if (digits_ == 0) return Status();
    if (digits_ == 1) return InvalidArgument("base64url: one character is left over at the end");
    const int unused = digits_ == 2 ? 4 : 2;
    if (mode_ != Base64Mode::kTolerant && (bits_ & ((1u << unused) - 1)) != 0) {
      return InvalidArgument("base64url: the unused bits of the last character are not zero");
    }
    bits_ >>= unused;
    if (digits_ == 3) *next_++ = static_cast<uint8_t>(bits_ >> 8);
    *next_++ = static_cast<uint8_t>(bits_);
    return Status();
  }

  const std::string_view text_;
  const Base64Mode mode_;
  const Table& table_;
  uint32_t bits_ = 0;
  int digits_ = 0;
  bool padded_ = false;
  uint8_t* next_ = nullptr;
};

}  // namespace

void Base64UrlAppend(std::string& out, std::string_view octets) {
  const size_t before = out.size();
  out.resize(before + Base64UrlEncodedSize(octets.size()));
  Encode(Octets(octets), octets.size(), out.data() + before);
}

std::string Base64UrlEncode(std::string_view octets) {
  std::string text;
  Base64UrlAppend(text, octets);
  return text;
}

Status Base64UrlDecodeAppend(std::string_view text, Base64Mode mode, std::string& out) {
  const size_t before = out.size();
  out.resize(before + Base64UrlDecodedSizeMax(text.size()));
  size_t written = 0;
  const Status status = Decoder(text, mode).Run(Octets(out) + before, &written);
  out.resize(status.ok() ? before + written : before);
  return status;
}

Result<std::string> Base64UrlDecode(std::string_view text, Base64Mode mode) {
  std::string octets;
  MESH_RETURN_IF_ERROR(Base64UrlDecodeAppend(text, mode, octets));
  return octets;
}

}  // namespace mesh
