#include "frontend/http/response_parser.h"

#include <algorithm>
#include <cstring>

#include "frontend/http/syntax.h"

namespace mesh::http {
namespace {

constexpr size_t kFieldsMax = 128;
constexpr size_t kLengthDigitsMax = 18;

std::string_view ViewOf(std::span<char> input) { return {input.data(), input.size()}; }

}  // namespace

ResponseParser::ResponseParser(size_t header_bytes_max, size_t body_bytes_max)
    : header_bytes_max_(header_bytes_max), body_bytes_max_(body_bytes_max) {}

void ResponseParser::Next(bool answers_head) {
  position_ = scanned_ = header_begin_ = 0;
  answers_head_ = answers_head;
  ResetHeader();
}

// Forgets the header, for the next reply or for what follows an interim one.
void ResponseParser::ResetHeader() {
  status_ = 0;
  in_body_ = have_length_ = chunked_ = close_ = until_end_ = false;
  content_length_ = body_begin_ = body_size_ = 0;
  spans_.clear();
}

bool ResponseParser::Refuse(std::string_view reason) {
  reason_ = reason;
  return false;
}

ResponseParser::Verdict ResponseParser::Parse(std::span<char> input) {
  while (!in_body_) {
    const void* const found = scanned_ < input.size()
                                  ? std::memchr(&input[scanned_], '\n', input.size() - scanned_)
                                  : nullptr;
    const size_t end = found == nullptr
                           ? input.size()
                           : static_cast<size_t>(static_cast<const char*>(found) - input.data());
    if (end - header_begin_ > header_bytes_max_) {
      (void)Refuse("the header of the reply is too large");
      return Verdict::kRefused;
    }
    scanned_ = end;
    if (found == nullptr) return Verdict::kPartial;
    if (!TakeLine(ViewOf(input), end)) return Verdict::kRefused;
  }
  return ParseBody(input);
}

ResponseParser::Verdict ResponseParser::End(std::span<char> input) {
  if (in_body_ && until_end_ && input.size() - body_begin_ <= body_bytes_max_) {
    position_ = input.size();
    return Finish(input, position_ - body_begin_);
  }
  (void)Refuse("the connection ended within a reply");
  return Verdict::kRefused;
}

bool ResponseParser::TakeLine(std::string_view input, size_t end) {
  if (end == position_ || input[end - 1] != '\r') {
    return Refuse("each line of the header must end with CR LF");
  }
  const std::string_view line = input.substr(position_, end - 1 - position_);
  position_ = scanned_ = end + 1;
  if (status_ == 0) return StatusLine(line);
  if (line.empty()) return EndOfHeader();
  return FieldLine(input, line);
}

bool ResponseParser::StatusLine(std::string_view line) {
  if (line.size() < 12 || line.substr(0, 7) != "HTTP/1." || (line[7] != '0' && line[7] != '1') ||
      line[8] != ' ' || (line.size() > 12 && line[12] != ' ') || !AllAre(kField, line)) {
    return Refuse("a reply must begin with a status line of HTTP/1.1");
  }
  for (const char c : line.substr(9, 3)) {
    if (!IsDigit(c)) return Refuse("a status must have three digits");
    status_ = status_ * 10 + (c - '0');
  }
  if (status_ < 100 || status_ > 599) return Refuse("a status must lie between 100 and 599");
  close_ = line[7] == '0';
  return true;
}

bool ResponseParser::FieldLine(std::string_view input, std::string_view line) {
  std::string_view name;
  std::string_view value;
  const std::string_view problem = SplitFieldLine(line, &name, &value);
  if (!problem.empty()) return Refuse(problem);
  if (spans_.size() == kFieldsMax) return Refuse("the header of the reply has too many fields");
  const auto offset = [input](std::string_view part) {
    return static_cast<uint32_t>(part.data() - input.data());
  };
  spans_.push_back({offset(name), static_cast<uint32_t>(name.size()), offset(value),
                    static_cast<uint32_t>(value.size())});
  return KnownField(name, value);
}

bool ResponseParser::KnownField(std::string_view name, std::string_view value) {
  if (EqualsIgnoreCase(name, "content-length")) {
    if (have_length_ || value.empty() || value.size() > kLengthDigitsMax ||
        !std::all_of(value.begin(), value.end(), IsDigit)) {
      return Refuse("a reply has at most one Content-Length, a decimal number");
    }
    have_length_ = true;
    for (const char c : value) {
      content_length_ = content_length_ * 10 + static_cast<size_t>(c - '0');
    }
  } else if (EqualsIgnoreCase(name, "transfer-encoding")) {
    if (chunked_ || !EqualsIgnoreCase(value, "chunked")) {
      return Refuse("the only transfer coding that is understood is chunked");
    }
    chunked_ = true;
  } else if (EqualsIgnoreCase(name, "connection")) {
    ForEachElement(value, [this](std::string_view element) {
      if (EqualsIgnoreCase(element, "close")) close_ = true;
    });
  }
  return true;
}

bool ResponseParser::EndOfHeader() {
  if (status_ < 200) {  // Interim: the real reply follows.
    if (status_ == 101) return Refuse("nobody asked to switch protocols");
    header_begin_ = position_;
    ResetHeader();
    return true;
  }
  if (chunked_ && have_length_) {
    return Refuse("Transfer-Encoding does not go with Content-Length");
  }
  in_body_ = true;
  body_begin_ = position_;
  if (answers_head_ || status_ == 204 || status_ == 304) {
    chunked_ = false;
    content_length_ = 0;
  } else if (chunked_) {
    chunks_.Start(body_bytes_max_, header_bytes_max_);
  } else if (!have_length_) {
    until_end_ = close_ = true;
  } else if (content_length_ > body_bytes_max_) {
    return Refuse("the body of the reply is too large");
  }
  return true;
}

ResponseParser::Verdict ResponseParser::ParseBody(std::span<char> input) {
  if (until_end_) {
    if (input.size() - body_begin_ <= body_bytes_max_) return Verdict::kPartial;
    (void)Refuse("the body of the reply is too large");
    return Verdict::kRefused;
  }
  if (!chunked_) {
    if (input.size() - body_begin_ < content_length_) return Verdict::kPartial;
    position_ = body_begin_ + content_length_;
    return Finish(input, content_length_);
  }
  const ChunkedDecoder::Progress progress =
      chunks_.Decode(ViewOf(input).substr(position_), input.data() + body_begin_ + body_size_);
  position_ += progress.consumed;
  body_size_ += progress.produced;
  if (progress.verdict == ChunkedDecoder::Verdict::kPartial) return Verdict::kPartial;
  if (progress.verdict == ChunkedDecoder::Verdict::kDone) return Finish(input, body_size_);
  (void)Refuse(chunks_.refusal().reason);
  return Verdict::kRefused;
}

ResponseParser::Verdict ResponseParser::Finish(std::span<char> input, size_t body_size) {
  const std::string_view text = ViewOf(input);
  fields_.clear();
  for (const FieldSpan& span : spans_) {
    fields_.push_back({text.substr(span.name_begin, span.name_size),
                       text.substr(span.value_begin, span.value_size)});
  }
  response_.status = status_;
  response_.fields = fields_;
  response_.content_type = FindField(fields_, "content-type");
  response_.body = text.substr(body_begin_, body_size);
  response_.keep_alive = !close_;
  return Verdict::kResponse;
}

}  // namespace mesh::http
