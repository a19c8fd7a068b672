#include "frontend/http/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mesh::http {
namespace {

using Verdict = RequestParser::Verdict;

// A parser with the octets it has been given.
class RequestParserTest : public ::testing::Test {
 protected:
  Verdict Feed(std::string_view octets) {
    input_.append(octets);
    return parser_.Parse(input_);
  }

  // Feeds one whole request, and drops it as a connection would.
  void Drop() {
    input_.erase(0, parser_.consumed());
    parser_.Next();
  }

  std::string input_;
  RequestParser parser_{ParserLimits{}};
};

const std::string kPost =
    "POST /.well-known/mmm HTTP/1.1\r\nHost: Example.COM:8443\r\n"
    "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"Hello\":{}}";

TEST_F(RequestParserTest, AWholeRequestIsHandedOver) {
  ASSERT_EQ(Feed(kPost), Verdict::kRequest);
  const Request& request = parser_.request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/.well-known/mmm");
  EXPECT_EQ(request.host, "example.com");
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_EQ(request.body, "{\"Hello\":{}}");
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(request.Header("CONTENT-length"), "12");
  EXPECT_EQ(request.Header("X-Absent"), "");
  EXPECT_EQ(request.fields.size(), 3u);
  EXPECT_EQ(parser_.consumed(), kPost.size());
}

TEST_F(RequestParserTest, APartOfARequestIsPartial) {
  EXPECT_EQ(parser_.Parse(std::span<char>()), Verdict::kPartial);
  EXPECT_EQ(parser_.phase(), RequestParser::Phase::kIdle);
  EXPECT_EQ(Feed("POST / HT"), Verdict::kPartial);
  EXPECT_EQ(parser_.phase(), RequestParser::Phase::kHeader);
  EXPECT_EQ(Feed("TP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{"), Verdict::kPartial);
  EXPECT_EQ(parser_.phase(), RequestParser::Phase::kBody);
  EXPECT_EQ(Feed("}"), Verdict::kRequest);
}

TEST_F(RequestParserTest, PipelinedRequestsComeOneAfterAnother) {
  ASSERT_EQ(Feed(kPost + "GET /second HTTP/1.1\r\nHost: b\r\n\r\n"), Verdict::kRequest);
  EXPECT_EQ(parser_.request().method, "POST");
  Drop();
  ASSERT_EQ(Feed(""), Verdict::kRequest);
  EXPECT_EQ(parser_.request().target, "/second");
  EXPECT_EQ(parser_.request().body, "");
  EXPECT_EQ(parser_.request().content_type, "");
  Drop();
  EXPECT_TRUE(input_.empty());
}

TEST_F(RequestParserTest, AChunkedBodyIsPutTogether) {
  ASSERT_EQ(Feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                 "4\r\nMesh\r\n0A\r\n-Service!!\r\n0\r\nX-Trailer: dropped\r\n\r\nGET"),
            Verdict::kRequest);
  EXPECT_EQ(parser_.request().body, "Mesh-Service!!");
  EXPECT_EQ(parser_.request().Header("X-Trailer"), "");
  Drop();
  EXPECT_EQ(input_, "GET");
}

TEST_F(RequestParserTest, OneEmptyLineMayStandBeforeARequest) {
  EXPECT_EQ(Feed("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), Verdict::kRequest);
}

TEST_F(RequestParserTest, TwoEmptyLinesMayNot) {
  EXPECT_EQ(Feed("\r\n\r\nGET / HTTP/1.1\r\n"), Verdict::kRefused);
}

TEST_F(RequestParserTest, AClientThatExpectsToContinueIsKnownBeforeItsBody) {
  ASSERT_EQ(Feed("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n"),
            Verdict::kPartial);
  EXPECT_FALSE(parser_.expects_continue());
  ASSERT_EQ(Feed("\r\n"), Verdict::kPartial);
  EXPECT_TRUE(parser_.expects_continue());
  ASSERT_EQ(Feed("x"), Verdict::kRequest);
}

TEST_F(RequestParserTest, CloseIsHonoured) {
  ASSERT_EQ(Feed("GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n"), Verdict::kRequest);
  EXPECT_FALSE(parser_.request().keep_alive);
}

TEST_F(RequestParserTest, Http10IsServedOnceAndWithoutHost) {
  ASSERT_EQ(Feed("GET / HTTP/1.0\r\n\r\n"), Verdict::kRequest);
  EXPECT_FALSE(parser_.request().keep_alive);
  EXPECT_EQ(parser_.request().host, "");
}

TEST_F(RequestParserTest, AnAbsoluteTargetIsReducedToItsPath) {
  ASSERT_EQ(Feed("POST HTTPS://Example.com:1/a?b HTTP/1.1\r\nHost: example.COM:1\r\n\r\n"),
            Verdict::kRequest);
  EXPECT_EQ(parser_.request().target, "/a?b");
  EXPECT_EQ(parser_.request().host, "example.com");
}

TEST_F(RequestParserTest, AnIPv6HostLosesItsPortOnly) {
  ASSERT_EQ(Feed("GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n"), Verdict::kRequest);
  EXPECT_EQ(parser_.request().host, "[::1]");
}

TEST_F(RequestParserTest, FieldsOfOneRequestDoNotReachTheNext) {
  ASSERT_EQ(Feed("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-One: 1\r\n\r\n"),
            Verdict::kRequest);
  Drop();
  ASSERT_EQ(Feed("GET / HTTP/1.1\r\nHost: b\r\n\r\n"), Verdict::kRequest);
  EXPECT_TRUE(parser_.request().keep_alive);
  EXPECT_EQ(parser_.request().Header("X-One"), "");
}

// --- What must be refused -----------------------------------------------------

// Begins with a request line and a Host.
std::string With(std::string_view rest) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(rest);
}

struct Refused {
  const char* name;
  std::string input;
  int status;
};

std::ostream& operator<<(std::ostream& out, const Refused& refused) { return out << refused.name; }

class RefusedTest : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedTest, WithTheRightStatus) {
  std::string input = GetParam().input;
  RequestParser parser{ParserLimits{}};
  ASSERT_EQ(parser.Parse(input), Verdict::kRefused) << GetParam().name;
  EXPECT_EQ(parser.refusal().status, GetParam().status) << parser.refusal().reason;
  EXPECT_FALSE(parser.refusal().reason.empty());
}

// Shapes with which a request has been hidden inside another one (RFC 9112 §11.2).
INSTANTIATE_TEST_SUITE_P(
    Smuggling, RefusedTest,
    ::testing::Values(
        Refused{"two lengths", With("Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400},
        Refused{"equal lengths", With("Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"), 400},
        Refused{"list of lengths", With("Content-Length: 1, 1\r\n\r\nx"), 400},
        Refused{"length and chunked",
                With("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
        Refused{"chunked and length",
                With("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), 400},
        Refused{"signed length", With("Content-Length: +1\r\n\r\nx"), 400},
        Refused{"negative length", With("Content-Length: -1\r\n\r\n"), 400},
        Refused{"hexadecimal length", With("Content-Length: 0x1\r\n\r\nx"), 400},
        Refused{"empty length", With("Content-Length:\r\n\r\n"), 400},
        Refused{"length with blank inside", With("Content-Length: 1 2\r\n\r\n"), 400},
        Refused{"overflowing length", With("Content-Length: 18446744073709551617\r\n\r\nx"), 400},
        Refused{"folded field", With("X-A: b\r\n c\r\n\r\n"), 400},
        Refused{"folded first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        Refused{"bare line feed in header", With("X-A: b\nX-C: d\r\n\r\n"), 400},
        Refused{"bare line feed ends header", With("\n"), 400},
        Refused{"bare line feed in request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
        Refused{"bare carriage return", With("X-A: b\rTransfer-Encoding: chunked\r\n\r\n"), 400},
        Refused{"blank before colon", With("Transfer-Encoding : chunked\r\n\r\n"), 400},
        Refused{"tab before colon", With("Content-Length\t: 1\r\n\r\n"), 400},
        Refused{"two codings", With("Transfer-Encoding: gzip, chunked\r\n\r\n"), 501},
        Refused{"chunked twice", With("Transfer-Encoding: chunked, chunked\r\n\r\n"), 501},
        Refused{"coding twice",
                With("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
        Refused{"coding hidden by vertical tab", With("Transfer-Encoding: \vchunked\r\n\r\n"), 400},
        Refused{"unknown coding", With("Transfer-Encoding: identity\r\n\r\n"), 501},
        Refused{"empty coding", With("Transfer-Encoding:\r\n\r\n"), 501},
        Refused{"quoted coding", With("Transfer-Encoding: \"chunked\"\r\n\r\n"), 501},
        Refused{"coding in HTTP/1.0",
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Refused{"chunk extension",
                With("Transfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\n\r\n"), 400},
        Refused{"chunk size with blank",
                With("Transfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n0\r\n\r\n"), 400},
        Refused{"chunk size with sign",
                With("Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n"), 400},
        Refused{"chunk size with prefix",
                With("Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n"), 400},
        Refused{"chunk size of nine digits",
                With("Transfer-Encoding: chunked\r\n\r\n000000001\r\nx\r\n0\r\n\r\n"), 400},
        Refused{"chunk size ends with line feed",
                With("Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n"), 400},
        Refused{"chunk longer than its size",
                With("Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n"), 400},
        Refused{"empty chunk size", With("Transfer-Encoding: chunked\r\n\r\n\r\n"), 400},
        Refused{"folded trailer", With("Transfer-Encoding: chunked\r\n\r\n0\r\n X: y\r\n\r\n"),
                400},
        Refused{"line feed ends trailer", With("Transfer-Encoding: chunked\r\n\r\n0\r\n\n"), 400},
        Refused{"two hosts", With("Host: b\r\n\r\n"), 400},
        Refused{"equal hosts", With("Host: a\r\n\r\n"), 400},
        Refused{"no host", "GET / HTTP/1.1\r\n\r\n", 400},
        Refused{"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        Refused{"list of hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        Refused{"host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
        Refused{"host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        Refused{"host with bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
        Refused{"host is not the target's", "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 400},
        Refused{"zero octet in value", With(std::string("X-A: b\0c\r\n\r\n", 12)), 400},
        Refused{"zero octet in name", With(std::string("X\0A: b\r\n\r\n", 10)), 400},
        Refused{"octet above 127 in name", With("X-\xc3\xa4: b\r\n\r\n"), 400},
        Refused{"field without a name", With(": b\r\n\r\n"), 400},
        Refused{"field without a colon", With("X-A\r\n\r\n"), 400}));

INSTANTIATE_TEST_SUITE_P(
    RequestLine, RefusedTest,
    ::testing::Values(Refused{"two blanks", "GET  / HTTP/1.1\r\n", 400},
                      Refused{"no target", "GET HTTP/1.1\r\n", 400},
                      Refused{"trailing blank", "GET / HTTP/1.1 \r\n", 400},
                      Refused{"tab as blank", "GET\t/\tHTTP/1.1\r\n", 400},
                      Refused{"no method", " / HTTP/1.1\r\n", 400},
                      Refused{"bad method", "G@T / HTTP/1.1\r\n", 400},
                      Refused{"long method", "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n", 501},
                      Refused{"lower-case version", "GET / http/1.1\r\n", 400},
                      Refused{"version with two digits", "GET / HTTP/1.10\r\n", 400},
                      Refused{"no version", "GET /\r\n", 400},
                      Refused{"HTTP/2 preface", "PRI * HTTP/2.0\r\n", 505},
                      Refused{"HTTP/0.9", "GET / HTTP/0.9\r\n", 505},
                      Refused{"HTTP/1.2", "GET / HTTP/1.2\r\n", 505},
                      Refused{"relative target", "GET a HTTP/1.1\r\n", 400},
                      Refused{"authority as target", "CONNECT a:443 HTTP/1.1\r\n", 400},
                      Refused{"absolute target without a path", "GET http://a HTTP/1.1\r\n", 400},
                      Refused{"fragment", "GET /#a HTTP/1.1\r\n", 400},
                      Refused{"octet above 127 in target", "GET /\xc3\xa4 HTTP/1.1\r\n", 400},
                      Refused{"TLS record", std::string("\x16\x03\x01\x00\xa5\x01\x00\r\n", 9),
                              400},
                      Refused{"unknown expectation", With("Expect: 200-ok\r\n\r\n"), 417}));

// --- Limits -------------------------------------------------------------------

class LimitsTest : public ::testing::Test {
 protected:
  static constexpr ParserLimits kSmall = {
      .target_bytes_max = 10, .header_bytes_max = 100, .fields_max = 3, .body_bytes_max = 8};

  // The status with which `input` is refused; 0 when it is a request, -1 when partial.
  static int StatusOf(std::string input) {
    RequestParser parser(kSmall);
    switch (parser.Parse(input)) {
      case Verdict::kRequest:
        return 0;
      case Verdict::kPartial:
        return -1;
      case Verdict::kRefused:
        break;
    }
    return parser.refusal().status;
  }
};

TEST_F(LimitsTest, ATargetAtTheLimitIsTakenAndALongerOneRefused) {
  EXPECT_EQ(StatusOf("GET /234567890 HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf("GET /2345678901 HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
}

TEST_F(LimitsTest, ARequestLineWithoutEndIsRefused) {
  EXPECT_EQ(StatusOf(std::string(40, 'a')), -1);
  EXPECT_EQ(StatusOf(std::string(60, 'a')), 414);
}

TEST_F(LimitsTest, AHeaderAtTheLimitIsTakenAndALargerOneRefused) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";  // 28 octets.
  EXPECT_EQ(StatusOf(start + std::string(69, 'x') + "\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf(start + std::string(70, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(StatusOf(start + std::string(80, 'x')), 431);
}

TEST_F(LimitsTest, OneFieldTooManyIsRefused) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n";
  EXPECT_EQ(StatusOf(start + "\r\n"), 0);
  EXPECT_EQ(StatusOf(start + "C: 3\r\n\r\n"), 431);
}

TEST_F(LimitsTest, ABodyAtTheLimitIsTakenAndALargerOneRefusedBeforeItComes) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  EXPECT_EQ(StatusOf(start + "8\r\n\r\n12345678"), 0);
  EXPECT_EQ(StatusOf(start + "9\r\n\r\n"), 413);
}

TEST_F(LimitsTest, AChunkedBodyIsRefusedWhenItsChunksExceedTheLimit) {
  const std::string start =
      "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n";
  EXPECT_EQ(StatusOf(start + "4\r\n5678\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf(start + "5\r\n"), 413);
}

TEST_F(LimitsTest, ATrailerIsBoundedLikeAHeader) {
  const std::string start =
      "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ";
  EXPECT_EQ(StatusOf(start + std::string(80, 'x') + "\r\n\r\n"), 0);
  EXPECT_EQ(StatusOf(start + std::string(120, 'x')), 431);
}

TEST(ChunkFramingTest, FramingMustNotOutweighTheBody) {
  RequestParser parser{ParserLimits{}};
  std::string input = With("Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 20000; ++i) input += "1\r\nx\r\n";
  ASSERT_EQ(parser.Parse(input), Verdict::kRefused);
  EXPECT_EQ(parser.refusal().status, 413);
}

}  // namespace
}  // namespace mesh::http
