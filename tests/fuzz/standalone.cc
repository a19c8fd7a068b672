// The main of a fuzz target in a build without libFuzzer: it keeps every target compiling, and
// gives it what a seed makes of octets and of JSON. It looks for nothing new; that is for
// ./run-tests --fuzz.

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr uint32_t kSeed = 20261126;
constexpr size_t kInputs = 500;    // A fraction of a second for the slowest target.
constexpr size_t kPiecesMax = 64;  // Of one input: enough to nest and to repeat a member.

// What the parsers look for, so that some inputs get past the first octet.
constexpr std::array<std::string_view, 16> kPieces = {
    "{",   "}",   "[",       "]",        "\"",
    ":",   ",",   "\\u0000", "\"dig\":", "\"S512\"",
    "-1",  "1e9", "\r\n",    "MMM_",     "application/mmm",
    "\x88"};

void Run(std::string_view input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::string Input(std::mt19937& random) {
  std::string input;
  for (size_t left = random() % kPiecesMax; left > 0; --left) {
    if (random() % 2 == 0) {
      input += kPieces[random() % kPieces.size()];
    } else {
      input += static_cast<char>(random() % 256);
    }
  }
  return input;
}

}  // namespace

int main() {
  Run("");
  for (int octet = 0; octet < 256; ++octet) Run(std::string(1, static_cast<char>(octet)));
  std::mt19937 random(kSeed);
  for (size_t i = 0; i < kInputs; ++i) Run(Input(random));
  return 0;
}
