#include "frontend/http/request_parser.h"

#include <algorithm>
#include <cstring>

#include "frontend/http/syntax.h"

namespace mesh::http {
namespace {

constexpr size_t kMethodBytesMax = 16;
// What stands on a request line besides the target: method, blanks, version, CR.
constexpr size_t kRequestLineRest = kMethodBytesMax + 16;
constexpr size_t kLengthDigitsMax = 18;

std::string_view ViewOf(std::span<char> input) { return {input.data(), input.size()}; }

// The octets of "scheme://" at the front of an absolute target, or 0.
size_t SchemeSize(std::string_view target) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

// The octets of the name in "name", "name:port" or "[address]:port"; 0 if malformed.
size_t HostNameSize(std::string_view host) {
  size_t end = 0;
  if (!host.empty() && host.front() == '[') {
    end = host.find(']');
    if (end == std::string_view::npos) return 0;
    for (const char c : host.substr(1, end - 1)) {
      if (!Is(kHost, c) && c != ':') return 0;
    }
    ++end;
  } else {
    while (end < host.size() && Is(kHost, host[end])) ++end;
  }
  const std::string_view port = host.substr(end);
  if (port.empty()) return end;
  if (port.front() != ':' || port.size() > 6) return 0;
  return std::all_of(port.begin() + 1, port.end(), IsDigit) ? end : 0;
}

}  // namespace

RequestParser::RequestParser(const ParserLimits& limits) : limits_(limits) {}

RequestParser::Verdict RequestParser::Parse(std::span<char> input) {
  if (!header_.done) {
    const Step step = ParseHeader(input);
    if (step == Step::kRefused) return Verdict::kRefused;
    if (step == Step::kMore) return Verdict::kPartial;
  }
  return ParseBody(input);
}

void RequestParser::Next() {
  phase_ = Phase::kIdle;
  position_ = scanned_ = body_begin_ = body_size_ = 0;
  header_ = {};
  spans_.clear();
}

RequestParser::Step RequestParser::Refuse(int status, std::string_view reason) {
  refusal_ = {status, reason};
  return Step::kRefused;
}

RequestParser::Step RequestParser::ParseHeader(std::span<char> input) {
  while (scanned_ < input.size()) {
    const void* const found = std::memchr(&input[scanned_], '\n', input.size() - scanned_);
    if (found == nullptr) {
      scanned_ = input.size();
      break;
    }
    const size_t end = static_cast<size_t>(static_cast<const char*>(found) - input.data());
    if (const Step step = TakeLine(input, end); step != Step::kMore) return step;
    position_ = scanned_ = end + 1;
  }
  if (scanned_ > position_) phase_ = Phase::kHeader;
  return CheckLineSize(scanned_);
}

// `end` is where the line ends, or how far it has come: a line that is too long is
// refused the same way whether its end is there or not.
RequestParser::Step RequestParser::CheckLineSize(size_t end) {
  if (!header_.have_line) {
    if (end - position_ <= limits_.target_bytes_max + kRequestLineRest) return Step::kMore;
    return Refuse(414, "the request target is longer than this service accepts");
  }
  if (end <= limits_.header_bytes_max) return Step::kMore;
  return Refuse(431, "the header is larger than this service accepts");
}

RequestParser::Step RequestParser::TakeLine(std::span<char> input, size_t end) {
  if (CheckLineSize(end) == Step::kRefused) return Step::kRefused;
  if (end == position_ || input[end - 1] != '\r') {
    return Refuse(400, "each line of the header must end with CR LF");
  }
  const std::string_view line = ViewOf(input).substr(position_, end - 1 - position_);
  if (!line.empty()) {
    phase_ = Phase::kHeader;
    if (header_.have_line) return FieldLine(input, line);
    return RequestLine(line);
  }
  if (!header_.have_line) {
    // RFC 9112 §2.2: some clients end a body with one line break too many.
    if (header_.blank_seen) return Refuse(400, "a request must begin with its request line");
    header_.blank_seen = true;
    return Step::kMore;
  }
  position_ = end + 1;
  return EndOfHeader();
}

RequestParser::Step RequestParser::RequestLine(std::string_view line) {
  const size_t first = line.find(' ');
  const size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) {
    return Refuse(400, "a request line must be method, target and version, one blank between");
  }
  const std::string_view method = line.substr(0, first);
  if (method.empty() || !AllAre(kToken, method)) {
    return Refuse(400, "the method must be a token");
  }
  if (method.size() > kMethodBytesMax) return Refuse(501, "no method has such a long name");
  header_.have_line = true;
  method_ = {Offset(position_), Offset(method.size())};
  if (const Step step = Version(line.substr(second + 1)); step != Step::kMore) return step;
  return Target(line.substr(first + 1, second - first - 1), position_ + first + 1);
}

RequestParser::Step RequestParser::Version(std::string_view version) {
  if (version == "HTTP/1.1") return Step::kMore;
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || version[6] != '.' ||
      !IsDigit(version[5]) || !IsDigit(version[7])) {
    return Refuse(400, "a request line must end with the version HTTP/1.1");
  }
  if (version != "HTTP/1.0") return Refuse(505, "this service speaks HTTP/1.1");
  header_.http_1_0 = true;
  return Step::kMore;
}

RequestParser::Step RequestParser::Target(std::string_view target, size_t begin) {
  if (target.size() > limits_.target_bytes_max) {
    return Refuse(414, "the request target is longer than this service accepts");
  }
  if (target.empty() || !AllAre(kTarget, target)) {
    return Refuse(400, "the request target holds a character that must be percent-encoded");
  }
  target_ = {Offset(begin), Offset(target.size())};
  if (target.front() == '/' || target == "*") return Step::kMore;
  const size_t scheme = SchemeSize(target);
  const size_t path = target.find('/', scheme);
  if (scheme == 0 || path == scheme || path == std::string_view::npos) {
    return Refuse(400, "the request target must be a path that begins with '/'");
  }
  authority_ = {Offset(begin + scheme), Offset(path - scheme)};
  target_ = {Offset(begin + path), Offset(target.size() - path)};
  header_.have_authority = true;
  return Step::kMore;
}

RequestParser::Step RequestParser::FieldLine(std::span<char> input, std::string_view line) {
  std::string_view name;
  std::string_view value;
  const std::string_view problem = SplitFieldLine(line, &name, &value);
  if (!problem.empty()) return Refuse(400, problem);
  if (spans_.size() == limits_.fields_max) return Refuse(431, "the header has too many fields");
  const auto span_of = [&](std::string_view part) {
    return Span{Offset(static_cast<size_t>(part.data() - input.data())), Offset(part.size())};
  };
  const Span where = span_of(value);
  spans_.push_back({span_of(name), where});
  return KnownField(input, name, value, where);
}

// The length decides before the letters do: most fields are none of these.
RequestParser::Step RequestParser::KnownField(std::span<char> input, std::string_view name,
                                              std::string_view value, Span where) {
  switch (name.size()) {
    case 4:
      if (EqualsIgnoreCase(name, "host")) return HostField(input, value, where);
      break;
    case 6:
      if (EqualsIgnoreCase(name, "expect")) return ExpectField(value);
      break;
    case 10:
      if (EqualsIgnoreCase(name, "connection")) ConnectionField(value);
      break;
    case 12:
      if (!EqualsIgnoreCase(name, "content-type")) break;
      if (header_.have_type) return Refuse(400, "a request has at most one Content-Type");
      header_.have_type = true;
      content_type_ = where;
      break;
    case 14:
      if (EqualsIgnoreCase(name, "content-length")) return ContentLength(value);
      break;
    case 17:
      if (EqualsIgnoreCase(name, "transfer-encoding")) return TransferEncoding(value);
      break;
    default:
      break;
  }
  return Step::kMore;
}

RequestParser::Step RequestParser::HostField(std::span<char> input, std::string_view value,
                                             Span where) {
  if (header_.have_host) return Refuse(400, "a request has exactly one Host");
  const size_t size = HostNameSize(value);
  if (size == 0) return Refuse(400, "Host must be a name or address, with an optional port");
  header_.have_host = true;
  if (header_.have_authority &&
      !EqualsIgnoreCase(ViewOf(input).substr(authority_.begin, authority_.size), value)) {
    return Refuse(400, "Host and an absolute request target must name the same host");
  }
  host_ = {where.begin, Offset(size)};
  for (char& c : input.subspan(host_.begin, host_.size)) c = ToLower(c);
  return Step::kMore;
}

RequestParser::Step RequestParser::ExpectField(std::string_view value) {
  if (!EqualsIgnoreCase(value, "100-continue")) {
    return Refuse(417, "the only expectation that can be met is 100-continue");
  }
  header_.expects_continue = true;
  return Step::kMore;
}

void RequestParser::ConnectionField(std::string_view value) {
  ForEachElement(value, [this](std::string_view element) {
    if (EqualsIgnoreCase(element, "close")) header_.close = true;
  });
}

RequestParser::Step RequestParser::ContentLength(std::string_view value) {
  if (header_.have_length) return Refuse(400, "a request has at most one Content-Length");
  header_.have_length = true;
  if (value.empty() || value.size() > kLengthDigitsMax ||
      !std::all_of(value.begin(), value.end(), IsDigit)) {
    return Refuse(400, "Content-Length must be one decimal number of at most 18 digits");
  }
  header_.content_length = 0;
  for (const char c : value) {
    header_.content_length = header_.content_length * 10 + static_cast<size_t>(c - '0');
  }
  return Step::kMore;
}

RequestParser::Step RequestParser::TransferEncoding(std::string_view value) {
  if (header_.chunked) return Refuse(400, "a request has at most one Transfer-Encoding");
  if (!EqualsIgnoreCase(value, "chunked")) {
    return Refuse(501, "the only transfer coding that is understood is chunked");
  }
  header_.chunked = true;
  return Step::kMore;
}

RequestParser::Step RequestParser::EndOfHeader() {
  if (!header_.have_host && !header_.http_1_0) {
    return Refuse(400, "a request must name its Host");
  }
  if (header_.chunked && (header_.have_length || header_.http_1_0)) {
    return Refuse(400, "Transfer-Encoding goes neither with Content-Length nor with HTTP/1.0");
  }
  if (header_.content_length > limits_.body_bytes_max) {
    return Refuse(413, "the body is larger than this service accepts");
  }
  header_.done = true;
  phase_ = Phase::kBody;
  body_begin_ = position_;
  if (header_.chunked) chunks_.Start(limits_.body_bytes_max, limits_.header_bytes_max);
  return Step::kDone;
}

RequestParser::Verdict RequestParser::ParseBody(std::span<char> input) {
  if (!header_.chunked) {
    if (input.size() - body_begin_ < header_.content_length) return Verdict::kPartial;
    position_ = body_begin_ + header_.content_length;
    return Finish(input, header_.content_length);
  }
  const ChunkedDecoder::Progress progress =
      chunks_.Decode(ViewOf(input).substr(position_), input.data() + body_begin_ + body_size_);
  position_ += progress.consumed;
  body_size_ += progress.produced;
  if (progress.verdict == ChunkedDecoder::Verdict::kPartial) return Verdict::kPartial;
  if (progress.verdict == ChunkedDecoder::Verdict::kDone) return Finish(input, body_size_);
  refusal_ = chunks_.refusal();
  return Verdict::kRefused;
}

RequestParser::Verdict RequestParser::Finish(std::span<char> input, size_t body_size) {
  const auto view = [input](Span span) { return ViewOf(input).substr(span.begin, span.size); };
  fields_.clear();
  for (const FieldSpan& span : spans_) fields_.push_back({view(span.name), view(span.value)});
  request_.method = view(method_);
  request_.target = view(target_);
  request_.host = header_.have_host ? view(host_) : std::string_view();
  request_.content_type = header_.have_type ? view(content_type_) : std::string_view();
  request_.body = ViewOf(input).substr(body_begin_, body_size);
  request_.fields = fields_;
  request_.keep_alive = !header_.http_1_0 && !header_.close;
  return Verdict::kRequest;
}

}  // namespace mesh::http
