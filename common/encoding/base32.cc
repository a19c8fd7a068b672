#include "common/encoding/base32.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace mesh {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr uint8_t kNoDigit = 0xff;
constexpr size_t kGroup = 4;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (uint8_t i = 0; i < 32; ++i) {
    digits[static_cast<uint8_t>(kAlphabet[i])] = i;
    if (i < 26) digits[static_cast<size_t>('a' + i)] = i;
  }
  return digits;
}
constexpr std::array<uint8_t, 256> kDigits = MakeDigits();

}  // namespace

std::string Base32EncodeGrouped(std::string_view octets, size_t bits) {
  const size_t characters = (std::min(bits, 8 * octets.size()) + 4) / 5;
  std::string text;
  text.reserve(characters + characters / kGroup);
  uint32_t pending = 0;
  int held = 0;
  size_t next = 0;
  for (size_t i = 0; i < characters; ++i) {
    if (held < 5) {
      pending = pending << 8 | (next < octets.size() ? static_cast<uint8_t>(octets[next++]) : 0u);
      held += 8;
    }
    held -= 5;
    if (i > 0 && i % kGroup == 0) text.push_back('-');
    text.push_back(kAlphabet[pending >> held & 31]);
  }
  return text;
}

std::string Base32EncodeGrouped(std::string_view octets) {
  return Base32EncodeGrouped(octets, 8 * octets.size());
}

Result<std::string> Base32Decode(std::string_view text) {
  std::string octets;
  octets.reserve(text.size() * 5 / 8);
  uint32_t pending = 0;
  int held = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    const uint8_t digit = kDigits[static_cast<uint8_t>(text[i])];
    if (digit == kNoDigit) {
      return InvalidArgument("character " + std::to_string(i) +
                             " is none of A-Z, 2-7 and the dash");
    }
    pending = pending << 5 | digit;
    held += 5;
    if (held < 8) continue;
    held -= 8;
    octets.push_back(static_cast<char>(pending >> held & 0xff));
  }
  return octets;
}

}  // namespace mesh
