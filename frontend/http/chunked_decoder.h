// ChunkedDecoder removes the chunk framing of one HTTP/1.1 body (RFC 9112 §7.1).
//
// Chunk extensions, bare line feeds, signs, blanks and leading-zero games are
// refused. Trailer fields are checked and dropped. No I/O, no allocation; resumable
// at every octet.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "frontend/http/message.h"

namespace mesh::http {

class ChunkedDecoder {
 public:
  enum class Verdict { kDone, kPartial, kRefused };
  struct Progress {
    Verdict verdict;
    size_t consumed;  // Octets of the input that were taken; all of it when kPartial.
    size_t produced;  // Octets that were written to the output.
  };

  // Begins a new body of at most `body_bytes_max` octets.
  void Start(size_t body_bytes_max, size_t trailer_bytes_max);

  // Decodes the next octets of the body. `output` has room for as many and may be
  // the same storage at or before `input`. After kRefused or kDone call Start first.
  Progress Decode(std::string_view input, char* output);

  // After kRefused.
  const Refusal& refusal() const { return refusal_; }

 private:
  enum class State : uint8_t {
    kSizeFirst,
    kSize,
    kSizeLineFeed,
    kData,
    kDataReturn,
    kDataLineFeed,
    kTrailerFirst,
    kTrailerName,
    kTrailerValue,
    kTrailerLineFeed,
    kFinalLineFeed,
    kDone,
  };
  static constexpr size_t kSizeDigitsMax = 8;

  bool Step(char octet);  // False: refused.
  bool StepSize(char octet);
  bool StepTrailer(char octet);
  bool EndOfSize();
  bool Refuse(int status, std::string_view reason);

  State state_ = State::kSizeFirst;
  size_t body_bytes_max_ = 0;
  size_t trailer_bytes_left_ = 0;
  size_t chunk_left_ = 0;
  size_t digits_ = 0;
  size_t body_size_ = 0;
  size_t framing_size_ = 0;  // Octets that were not body: bounds the input's growth.
  Refusal refusal_;
};

}  // namespace mesh::http
