// Decoding in place and elsewhere, whole and in pieces, gives the same body, which is
// never larger than what is allowed.

#include "frontend/http/chunked_decoder.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/check.h"

using mesh::http::ChunkedDecoder;
using Verdict = ChunkedDecoder::Verdict;

namespace {

constexpr size_t kBodyMax = 200;

struct Outcome {
  Verdict verdict;
  size_t consumed;
  std::string body;
  bool operator==(const Outcome&) const = default;
};

Outcome Decode(std::string text, size_t step) {
  ChunkedDecoder decoder;
  decoder.Start(kBodyMax, 100);
  Outcome outcome{Verdict::kPartial, 0, {}};
  size_t produced = 0;
  while (outcome.verdict == Verdict::kPartial && outcome.consumed < text.size()) {
    const std::string_view input = std::string_view(text).substr(outcome.consumed, step);
    const ChunkedDecoder::Progress progress = decoder.Decode(input, text.data() + produced);
    MESH_CHECK(progress.verdict != Verdict::kPartial || progress.consumed == input.size());
    outcome.verdict = progress.verdict;
    outcome.consumed += progress.consumed;
    produced += progress.produced;
  }
  MESH_CHECK(produced <= kBodyMax && produced <= outcome.consumed);
  outcome.body = text.substr(0, produced);
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  MESH_CHECK(Decode(text, text.size()) == Decode(text, std::max<size_t>(data[0] % 16, 1)));
  return 0;
}
