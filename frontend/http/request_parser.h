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
  bool expects_continue() const { return phase_ == Phase::kBody && header_.expects_continue; }

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
  // What the header has said so far.
  struct Header {
    bool blank_seen = false;  // The one empty line that may stand before a request.
    bool have_line = false;
    bool have_authority = false;  // The target was absolute.
    bool have_host = false;
    bool have_type = false;
    bool have_length = false;
    bool chunked = false;
    bool expects_continue = false;
    bool http_1_0 = false;
    bool close = false;
    bool done = false;
    size_t content_length = 0;
  };
  enum class Step { kMore, kDone, kRefused };

  static uint32_t Offset(size_t value) { return static_cast<uint32_t>(value); }
  Step Refuse(int status, std::string_view reason);
  Step ParseHeader(std::span<char> input);
  Step CheckLineSize(size_t end);
  Step TakeLine(std::span<char> input, size_t end);
  Step RequestLine(std::string_view line);
  Step Version(std::string_view version);
  Step Target(std::string_view target, size_t begin);
  Step FieldLine(std::span<char> input, std::string_view line);
  Step KnownField(std::span<char> input, std::string_view name, std::string_view value, Span where);
  Step HostField(std::span<char> input, std::string_view value, Span where);
  Step ExpectField(std::string_view value);
  void ConnectionField(std::string_view value);
  Step ContentLength(std::string_view value);
  Step TransferEncoding(std::string_view value);
  Step EndOfHeader();
  Verdict ParseBody(std::span<char> input);
  Verdict Finish(std::span<char> input, size_t body_size);

  const ParserLimits limits_;
  Phase phase_ = Phase::kIdle;
  size_t position_ = 0;  // Start of the line being read; then of what follows the request.
  size_t scanned_ = 0;   // No line ends between position_ and here.
  Header header_;
  Span method_;
  Span target_;
  Span authority_;
  Span host_;
  Span content_type_;
  std::vector<FieldSpan> spans_;
  size_t body_begin_ = 0;
  size_t body_size_ = 0;  // Decoded so far, when chunked.
  ChunkedDecoder chunks_;
  std::vector<Field> fields_;
  Request request_;
  Refusal refusal_;
};

}  // namespace mesh::http
