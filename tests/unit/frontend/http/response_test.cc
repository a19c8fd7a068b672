#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "frontend/http/response_parser.h"
#include "frontend/http/response_writer.h"

namespace mesh::http {
namespace {

using Verdict = ResponseParser::Verdict;

std::string Written(const Response& response, bool close) {
  std::string out;
  AppendHead(response, close, "Thu, 01 Jan 2026 00:00:00 GMT", out);
  return out + response.body;
}

TEST(ResponseWriterTest, WritesStatusFieldsAndLength) {
  Response response;
  response.body = "{}";
  EXPECT_EQ(Written(response, false),
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(ResponseWriterTest, SaysThatItClosesAndWhatElseIsAllowed) {
  Response response;
  response.status = 405;
  response.content_type.clear();
  response.headers = {{"Allow", "POST"}};
  EXPECT_EQ(Written(response, true),
            "HTTP/1.1 405 Method Not Allowed\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
            "Content-Length: 0\r\nAllow: POST\r\nConnection: close\r\n\r\n");
}

TEST(DateCacheTest, FollowsTheSecond) {
  DateCache date;
  EXPECT_EQ(date.At(1767225600000), "Thu, 01 Jan 2026 00:00:00 GMT");
  EXPECT_EQ(date.At(1767225600999), "Thu, 01 Jan 2026 00:00:00 GMT");
  EXPECT_EQ(date.At(1767225601000), "Thu, 01 Jan 2026 00:00:01 GMT");
}

class ResponseParserTest : public ::testing::Test {
 protected:
  Verdict Feed(std::string_view octets) {
    input_.append(octets);
    return parser_.Parse(input_);
  }
  void Drop(bool answers_head = false) {
    input_.erase(0, parser_.consumed());
    parser_.Next(answers_head);
  }

  std::string input_;
  ResponseParser parser_{1000, 1000};
};

TEST_F(ResponseParserTest, ReadsWhatTheWriterWrites) {
  Response response;
  response.status = 413;
  response.body = "{\"Status\":413}";
  ASSERT_EQ(Feed(Written(response, true)), Verdict::kResponse);
  EXPECT_EQ(parser_.response().status, 413);
  EXPECT_EQ(parser_.response().content_type, "application/json");
  EXPECT_EQ(parser_.response().body, "{\"Status\":413}");
  EXPECT_FALSE(parser_.response().keep_alive);
}

TEST_F(ResponseParserTest, SkipsInterimReplies) {
  ASSERT_EQ(Feed(std::string(kContinue)), Verdict::kPartial);
  ASSERT_EQ(Feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"), Verdict::kResponse);
  EXPECT_EQ(parser_.response().body, "x");
}

TEST_F(ResponseParserTest, ReadsRepliesOneAfterAnother) {
  ASSERT_EQ(Feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
                 "HTTP/1.1 204 No Content\r\n\r\n"),
            Verdict::kResponse);
  EXPECT_EQ(parser_.response().body, "ab");
  Drop();
  ASSERT_EQ(Feed(""), Verdict::kResponse);
  EXPECT_EQ(parser_.response().status, 204);
  Drop();
  EXPECT_TRUE(input_.empty());
}

TEST_F(ResponseParserTest, AReplyToHeadHasNoBody) {
  parser_.Next(/*answers_head=*/true);
  ASSERT_EQ(Feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), Verdict::kResponse);
  EXPECT_EQ(parser_.response().body, "");
}

TEST_F(ResponseParserTest, ABodyWithoutLengthEndsWithTheConnection) {
  ASSERT_EQ(Feed("HTTP/1.1 200 OK\r\n\r\nall of it"), Verdict::kPartial);
  ASSERT_EQ(parser_.End(input_), Verdict::kResponse);
  EXPECT_EQ(parser_.response().body, "all of it");
  EXPECT_FALSE(parser_.response().keep_alive);
}

TEST_F(ResponseParserTest, AReplyThatIsCutShortIsRefused) {
  ASSERT_EQ(Feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), Verdict::kPartial);
  EXPECT_EQ(parser_.End(input_), Verdict::kRefused);
}

TEST(ResponseRefusedTest, MalformedRepliesAreRefused) {
  for (const std::string text :
       {"HTTP/2.0 200 OK\r\n", "HTTP/1.1 20 OK\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 099 OK\r\n",
        "200 OK\r\n", "HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\r\nA b\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx"}) {
    ResponseParser parser(1000, 1000);
    std::string input = text;
    EXPECT_EQ(parser.Parse(input), Verdict::kRefused) << text;
    EXPECT_FALSE(parser.reason().empty());
  }
}

TEST(ResponseRefusedTest, AHeaderWithoutEndIsRefused) {
  ResponseParser parser(100, 100);
  std::string input = "HTTP/1.1 200 OK\r\nA: " + std::string(100, 'x');
  EXPECT_EQ(parser.Parse(input), Verdict::kRefused);
}

}  // namespace
}  // namespace mesh::http
