// Our request parser and reply writer beside Boost.Beast's, on one request as the
// reference client sends it. What is measured is one request that arrives in one piece
// on a connection that has served others: docs/decisions/0004-http-parser.md.

#include <benchmark/benchmark.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <string>

#include "frontend/http/request_parser.h"
#include "frontend/http/response_parser.h"
#include "frontend/http/response_writer.h"

namespace mesh::http {
namespace {

std::string RequestOf(size_t body_bytes) {
  return "POST /.well-known/mmm HTTP/1.1\r\nHost: example.com:8443\r\n"
         "User-Agent: a client with a name of its own\r\nAccept: */*\r\n"
         "Content-Type: application/json\r\nContent-Length: " +
         std::to_string(body_bytes) + "\r\n\r\n" + std::string(body_bytes, 'x');
}

std::string ChunkedRequestOf(size_t chunks, size_t chunk_bytes) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", chunk_bytes);
  std::string text =
      "POST /.well-known/mmm HTTP/1.1\r\nHost: example.com:8443\r\n"
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (size_t i = 0; i < chunks; ++i) text += size + std::string(chunk_bytes, 'x') + "\r\n";
  return text + "0\r\n\r\n";
}

void ParseWithOurs(benchmark::State& state, const std::string& text) {
  RequestParser parser{ParserLimits{}};
  std::string input;
  for (auto _ : state) {
    input.assign(text);  // As if received: a chunked body is decoded in place.
    if (parser.Parse(input) != RequestParser::Verdict::kRequest) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parser.request().body.data());
    parser.Next();
  }
}

void ParseWithBeast(benchmark::State& state, const std::string& text) {
  namespace beast = boost::beast::http;
  std::string input;
  for (auto _ : state) {
    input.assign(text);
    beast::request_parser<beast::string_body> parser;  // One serves one message.
    parser.eager(true);
    boost::beast::error_code error;
    parser.put(boost::asio::buffer(input), error);
    if (error || !parser.is_done()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parser.get().body().data());
  }
}

void Ours300(benchmark::State& state) { ParseWithOurs(state, RequestOf(300)); }
void Beast300(benchmark::State& state) { ParseWithBeast(state, RequestOf(300)); }
void Ours64K(benchmark::State& state) { ParseWithOurs(state, RequestOf(64 * 1024)); }
void Beast64K(benchmark::State& state) { ParseWithBeast(state, RequestOf(64 * 1024)); }
void OursChunked(benchmark::State& state) { ParseWithOurs(state, ChunkedRequestOf(16, 1024)); }
void BeastChunked(benchmark::State& state) { ParseWithBeast(state, ChunkedRequestOf(16, 1024)); }
BENCHMARK(Ours300);
BENCHMARK(Beast300);
BENCHMARK(Ours64K);
BENCHMARK(Beast64K);
BENCHMARK(OursChunked);
BENCHMARK(BeastChunked);

void WriteHead(benchmark::State& state) {
  Response response;
  response.body.assign(600, 'x');
  DateCache date;
  std::string out;
  for (auto _ : state) {
    out.clear();
    AppendHead(response, false, date.At(1767225600000), out);
    out += response.body;
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(WriteHead);

void ReadReply(benchmark::State& state) {
  Response response;
  response.body.assign(600, 'x');
  DateCache date;
  std::string text;
  AppendHead(response, false, date.At(1767225600000), text);
  text += response.body;
  ResponseParser parser(16 * 1024, 16 * 1024);
  for (auto _ : state) {
    benchmark::DoNotOptimize(parser.Parse(text));
    parser.Next();
  }
}
BENCHMARK(ReadReply);

}  // namespace
}  // namespace mesh::http
