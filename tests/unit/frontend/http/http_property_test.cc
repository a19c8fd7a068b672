// How octets are split over calls is an accident of the network: it must change
// neither what is understood nor what is refused.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "frontend/http/request_parser.h"
#include "frontend/http/response_parser.h"

namespace mesh::http {
namespace {

// Everything a parser says about `text`, as text.
std::string Describe(const RequestParser& parser, RequestParser::Verdict verdict) {
  if (verdict == RequestParser::Verdict::kPartial) return "partial\n";
  if (verdict == RequestParser::Verdict::kRefused) {
    return "refused " + std::to_string(parser.refusal().status) + " " +
           std::string(parser.refusal().reason) + "\n";
  }
  const Request& request = parser.request();
  std::string text = "request";
  for (const std::string_view part :
       {request.method, request.target, request.host, request.content_type, request.body}) {
    text += "|" + std::string(part);
  }
  for (const Field& field : request.fields) {
    text += "|" + std::string(field.name) + "=" + std::string(field.value);
  }
  return text + (request.keep_alive ? "|keep\n" : "|close\n");
}

// Parses all requests of `text`, given in pieces of the sizes in `cuts`, repeated.
std::string ParseInPieces(const std::string& text, const std::vector<size_t>& cuts) {
  RequestParser parser(
      {.target_bytes_max = 40, .header_bytes_max = 200, .fields_max = 6, .body_bytes_max = 60});
  std::string said;
  std::string input;
  size_t given = 0;
  for (size_t i = 0; given < text.size(); ++i) {
    const size_t size = std::min(cuts[i % cuts.size()], text.size() - given);
    input.append(text, given, size);
    given += size;
    std::string moved = input;  // Other storage each time, as a growing buffer has.
    input.swap(moved);
    while (true) {
      const RequestParser::Verdict verdict = parser.Parse(input);
      if (verdict == RequestParser::Verdict::kPartial) break;
      said += Describe(parser, verdict);
      if (verdict == RequestParser::Verdict::kRefused) return said;
      input.erase(0, parser.consumed());
      parser.Next();
      if (input.empty()) break;
    }
  }
  return said;
}

rc::Gen<std::string> Fragments(const std::vector<std::string>& fragments) {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(fragments)),
                      [](const std::vector<std::string>& chosen) {
                        std::string text;
                        for (const std::string& piece : chosen) text += piece;
                        return text;
                      });
}

rc::Gen<std::string> Requests() {
  return Fragments(
      {"POST / HTTP/1.1\r\n",
       "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       "GET /a HTTP/1.0\r\n",
       "Host: a\r\n",
       "Host: a\r\n\r\n",
       "\r\n",
       "\n",
       "\r",
       "Content-Length: 3\r\n",
       "Content-Length: 99\r\n",
       "\r\nabc",
       "Transfer-Encoding: chunked\r\n",
       "2\r\nab\r\n",
       "0\r\n\r\n",
       "3c\r\n",
       "Expect: 100-continue\r\n",
       "Connection: close\r\n",
       "X: y\r\n",
       " ",
       ":",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
       "POST / HTTP/1.1\r\nHost: A\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"
       "T: u\r\n\r\n"});
}

rc::Gen<std::vector<size_t>> Cuts() {
  return rc::gen::nonEmpty(
      rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(1, 30)));
}

RC_GTEST_PROP(RequestParserProperty, TheVerdictDoesNotDependOnTheSplit, ()) {
  const std::string text = *Requests();
  RC_ASSERT(ParseInPieces(text, *Cuts()) == ParseInPieces(text, {text.size() + 1}));
}

RC_GTEST_PROP(RequestParserProperty, OneOctetAtATimeIsEnough, ()) {
  const std::string text = *Requests();
  RC_ASSERT(ParseInPieces(text, {1}) == ParseInPieces(text, {text.size() + 1}));
}

RC_GTEST_PROP(ChunkedProperty, AnyBodyInAnyChunksComesBack, ()) {
  const auto chunks = *rc::gen::container<std::vector<std::string>>(
      rc::gen::nonEmpty(rc::gen::string<std::string>()));
  std::string text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string body;
  for (const std::string& chunk : chunks) {
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
    text += size + chunk + "\r\n";
    body += chunk;
  }
  text += "0\r\n\r\n";
  RequestParser parser{ParserLimits{}};
  std::string input;
  const std::vector<size_t> cuts = *Cuts();
  RequestParser::Verdict verdict = RequestParser::Verdict::kPartial;
  for (size_t i = 0; input.size() < text.size(); ++i) {
    RC_ASSERT(verdict == RequestParser::Verdict::kPartial);
    const size_t size = std::min(cuts[i % cuts.size()], text.size() - input.size());
    // What was parsed has been rewritten in place; only the new octets are the text's.
    input.append(text, input.size(), size);
    verdict = parser.Parse(input);
  }
  RC_ASSERT(verdict == RequestParser::Verdict::kRequest);
  RC_ASSERT(parser.request().body == body);
}

RC_GTEST_PROP(ResponseParserProperty, TheReplyDoesNotDependOnTheSplit, ()) {
  const std::string text = *rc::gen::elementOf(std::vector<std::string>{
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\n\r\n"});
  ResponseParser parser(200, 200);
  std::string input;
  const std::vector<size_t> cuts = *Cuts();
  ResponseParser::Verdict verdict = ResponseParser::Verdict::kPartial;
  for (size_t i = 0; input.size() < text.size(); ++i) {
    RC_ASSERT(verdict == ResponseParser::Verdict::kPartial);
    input.append(text, input.size(), std::min(cuts[i % cuts.size()], text.size() - input.size()));
    verdict = parser.Parse(input);
  }
  RC_ASSERT(verdict == ResponseParser::Verdict::kResponse);
  RC_ASSERT(parser.response().body == "hello");
}

}  // namespace
}  // namespace mesh::http
