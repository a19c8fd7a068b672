// RequestParser turns the octets of one connection into HTTP/1.1 requests
// (RFC 9112), strictly: whatever two implementations could read differently is
// refused, so that no request can hide in another one.
//
// It does no I/O and holds no clock: the caller feeds it and acts on its verdict.
// One parser serves one connection and is not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/http/chunked_decoder.h"
#include "frontend/http/message.h"

namespace mesh::http {

// What one request may cost before it is understood.
struct ParserLimits {
  size_t target_bytes_max = 2048;           // Our paths have 22; longer ones answer 414.
  size_t header_bytes_max = 16 * 1024;      // Request line, fields and trailer; 431.
  size_t fields_max = 64;                   // 431.
  size_t body_bytes_max = 4 * 1024 * 1024;  // 413.
};

class RequestParser {
 public:
  enum class Verdict {
    kRequest,  // request() is whole and takes up consumed() octets of the input.
    kPartial,  // Nothing wrong so far; call again with at least one octet more.
    kRefused,  // Answer refusal() and close: the rest cannot be framed.
  };
  enum class Phase { kIdle, kHeader, kBody };

  explicit RequestParser(const ParserLimits& limits);

  // Parses the request at the front of `input`, which begins where the last request
  // ended and may only grow (and move) between calls until a verdict other than
  // kPartial. A chunked body is decoded in place, so octets that were looked at may
  // be rewritten. Looks at each octet a bounded number of times however the input is
  // split; the verdict does not depend on the split.
  Verdict Parse(std::span<char> input);

  // After kRequest: views into `input`, valid until that changes or Next().
  const Request& request() const { return request_; }
  size_t consumed() const { return position_; }
  // After kRefused.
  const Refusal& refusal() const { return refusal_; }

  // How far the current request has come: kIdle until its first octet is there.
  Phase phase() const { return phase_; }
  // Whether the client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return phase_ == Phase::kBody && expects_continue_; }

  // Forgets the finished request; the next input begins after consumed() octets.
  void Next();

 private:
  // A field as offsets, because the input may move until the request is whole.
  struct Span {
    uint32_t begin = 0;
    uint32_t size = 0;
  };
  struct FieldSpan {
    Span name;
    Span value;
  };
  enum class Step { kMore, kDone, kRefused };

  Step Refuse(int status, std::string_view reason);
  Verdict ParseHeader(std::span<char> input);
  Verdict ParseBody(std::span<char> input);
  Step TakeLine(std::span<char> input, size_t end);
  Step RequestLine(std::string_view line, size_t begin);
  Step Target(std::string_view target, size_t begin);
  Step Version(std::string_view version);
  Step FieldLine(std::string_view line, size_t begin);
  Step KnownField(std::string_view name, std::string_view value, Span where);
  Step ContentLength(std::string_view value);
  Step HostField(std::string_view value, Span where);
  void ConnectionField(std::string_view value);
  Step EndOfHeader();
  Step LineTooLong();
  Verdict Finish(std::span<char> input, size_t body_size);

  const ParserLimits limits_;
  Phase phase_ = Phase::kIdle;
  size_t position_ = 0;  // Start of the line being read; then of what follows the request.
  size_t scanned_ = 0;   // No line ends between position_ and here.
  std::vector<FieldSpan> spans_;
  Span method_, target_, host_, authority_, content_type_;
  bool have_line_ = false, have_host_ = false, have_length_ = false, chunked_ = false;
  bool expects_continue_ = false, http_1_0_ = false, close_ = false, blank_seen_ = false;
  bool header_done_ = false;
  size_t content_length_ = 0;
  size_t body_begin_ = 0;
  size_t body_size_ = 0;  // Decoded so far, when chunked.
  ChunkedDecoder chunks_;
  std::vector<Field> fields_;
  Request request_;
  Refusal refusal_;
};

}  // namespace mesh::http
