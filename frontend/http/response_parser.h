// ResponseParser turns the octets of a client's connection into HTTP/1.1 replies.
//
// As strict as RequestParser, and like it without I/O. For the load generator and
// tests; one parser serves one connection and is not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/http/chunked_decoder.h"
#include "frontend/http/message.h"

namespace mesh::http {

// One whole reply: views into the caller's buffer.
struct ResponseView {
  int status = 0;
  std::string_view content_type;
  std::string_view body;
  std::span<const Field> fields;
  bool keep_alive = true;

  // As FindField.
  std::string_view Header(std::string_view name) const { return FindField(fields, name); }
};

class ResponseParser {
 public:
  enum class Verdict { kResponse, kPartial, kRefused };

  ResponseParser(size_t header_bytes_max, size_t body_bytes_max);

  // Parses the reply at the front of `input`, under the terms of
  // RequestParser::Parse. "100 Continue" and other interim replies are skipped.
  Verdict Parse(std::span<char> input);
  // The connection has ended: a body without a length is whole now. kRefused when
  // anything else was still to come.
  Verdict End(std::span<char> input);

  const ResponseView& response() const { return response_; }
  size_t consumed() const { return position_; }
  std::string_view reason() const { return reason_; }  // After kRefused.

  // Forgets the finished reply. The next one has no body if it answers HEAD.
  void Next(bool answers_head = false);

 private:
  struct FieldSpan {
    uint32_t name_begin;
    uint32_t name_size;
    uint32_t value_begin;
    uint32_t value_size;
  };

  bool Refuse(std::string_view reason);  // Always false.
  void ResetHeader();
  bool TakeLine(std::string_view input, size_t end);
  bool StatusLine(std::string_view line);
  bool FieldLine(std::string_view input, std::string_view line);
  bool KnownField(std::string_view name, std::string_view value);
  bool EndOfHeader();
  Verdict ParseBody(std::span<char> input);
  Verdict Finish(std::span<char> input, size_t body_size);

  const size_t header_bytes_max_;
  const size_t body_bytes_max_;
  size_t header_begin_ = 0;
  size_t position_ = 0;
  size_t scanned_ = 0;
  int status_ = 0;
  bool in_body_ = false, have_length_ = false, chunked_ = false, close_ = false;
  bool answers_head_ = false, until_end_ = false;
  size_t content_length_ = 0;
  size_t body_begin_ = 0;
  size_t body_size_ = 0;
  ChunkedDecoder chunks_;
  std::vector<FieldSpan> spans_;
  std::vector<Field> fields_;
  ResponseView response_;
  std::string_view reason_;
};

}  // namespace mesh::http
