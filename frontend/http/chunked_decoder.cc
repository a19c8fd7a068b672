#include "frontend/http/chunked_decoder.h"

#include <algorithm>
#include <cstring>

#include "frontend/http/syntax.h"

namespace mesh::http {
namespace {

// Framing that a body of any size may carry; beyond it, framing must not outweigh the
// body, or a client could make us buffer six octets for each one of body.
constexpr size_t kFramingFree = 16 * 1024;

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = ToLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

void ChunkedDecoder::Start(size_t body_bytes_max, size_t trailer_bytes_max) {
  state_ = State::kSizeFirst;
  body_bytes_max_ = body_bytes_max;
  trailer_bytes_left_ = trailer_bytes_max;
  chunk_left_ = digits_ = body_size_ = framing_size_ = 0;
}

ChunkedDecoder::Progress ChunkedDecoder::Decode(std::string_view input, char* output) {
  size_t at = 0;
  size_t produced = 0;
  while (at < input.size()) {
    if (state_ == State::kData) {
      const size_t size = std::min(chunk_left_, input.size() - at);
      std::memmove(output + produced, input.data() + at, size);
      at += size;
      produced += size;
      body_size_ += size;
      chunk_left_ -= size;
      if (chunk_left_ == 0) state_ = State::kDataReturn;
      continue;
    }
    ++framing_size_;
    if (!Step(input[at++])) return {Verdict::kRefused, at, produced};
    if (state_ == State::kDone) return {Verdict::kDone, at, produced};
  }
  return {Verdict::kPartial, at, produced};
}

bool ChunkedDecoder::Step(char octet) {
  switch (state_) {
    case State::kSizeFirst:
    case State::kSize:
      return StepSize(octet);
    case State::kSizeLineFeed:
      if (octet != '\n') return Refuse(400, "a chunk size must end with CR LF");
      return EndOfSize();
    case State::kDataReturn:
      if (octet != '\r') return Refuse(400, "a chunk must end with CR LF where its size says");
      state_ = State::kDataLineFeed;
      return true;
    case State::kDataLineFeed:
      if (octet != '\n') return Refuse(400, "a chunk must end with CR LF where its size says");
      state_ = State::kSizeFirst;
      return true;
    default:
      return StepTrailer(octet);
  }
}

bool ChunkedDecoder::StepSize(char octet) {
  const int digit = HexValue(octet);
  if (digit >= 0) {
    if (++digits_ > kSizeDigitsMax) return Refuse(400, "a chunk size has at most 8 digits");
    chunk_left_ = chunk_left_ * 16 + static_cast<size_t>(digit);
    state_ = State::kSize;
    return true;
  }
  if (octet != '\r' || state_ == State::kSizeFirst) {
    return Refuse(400, "a chunk size must be hexadecimal digits and CR LF, without extensions");
  }
  state_ = State::kSizeLineFeed;
  return true;
}

bool ChunkedDecoder::EndOfSize() {
  digits_ = 0;
  if (chunk_left_ == 0) {
    state_ = State::kTrailerFirst;
    return true;
  }
  if (chunk_left_ > body_bytes_max_ - body_size_) {
    return Refuse(413, "the body is larger than this service accepts");
  }
  if (framing_size_ > kFramingFree + body_size_) {
    return Refuse(413, "the body's chunks are too small");
  }
  state_ = State::kData;
  return true;
}

bool ChunkedDecoder::StepTrailer(char octet) {
  if (trailer_bytes_left_ == 0) return Refuse(431, "the trailer is too large");
  --trailer_bytes_left_;
  switch (state_) {
    case State::kTrailerFirst:
      if (octet == '\r') {
        state_ = State::kFinalLineFeed;
        return true;
      }
      if (!Is(kToken, octet)) break;
      state_ = State::kTrailerName;
      return true;
    case State::kTrailerName:
      if (octet == ':') {
        state_ = State::kTrailerValue;
        return true;
      }
      if (!Is(kToken, octet)) break;
      return true;
    case State::kTrailerValue:
      if (octet == '\r') {
        state_ = State::kTrailerLineFeed;
        return true;
      }
      if (!Is(kField, octet)) break;
      return true;
    case State::kTrailerLineFeed:
      if (octet != '\n') break;
      state_ = State::kTrailerFirst;
      return true;
    default:  // kFinalLineFeed
      if (octet != '\n') break;
      state_ = State::kDone;
      return true;
  }
  return Refuse(400, "a trailer must be header fields, each ended by CR LF, and a blank line");
}

bool ChunkedDecoder::Refuse(int status, std::string_view reason) {
  refusal_ = {status, reason};
  return false;
}

}  // namespace mesh::http
