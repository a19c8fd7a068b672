#include "common/dare/frame.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::dare {
namespace {

using namespace std::string_literals;

std::string FrameOf(std::string_view header, std::string_view payload, std::string_view trailer) {
  std::string octets;
  AppendFrame(header, payload, trailer, octets);
  return octets;
}

// PERSISTENT: files of other programs have these octets.
TEST(FrameTest, HasTheOctetsOfTheDraft) {
  EXPECT_EQ(FrameOf("{}", "abc", ""),
            "\xf4\x0b\xf0\x02{}\xf0\x03"
            "abc\xf0\x00\x0b\xf4"s);
  const std::string frame = FrameOf(std::string(67, 'h'), std::string(300, 'p'), "");
  EXPECT_EQ(frame.substr(0, 3), "\xf5\x01\x76"s);
  EXPECT_EQ(frame.substr(frame.size() - 3), "\x76\x01\xf5"s);
}

TEST(FrameTest, ReadsWhatItWrites) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{255}, size_t{256}, size_t{65536}}) {
    const std::string payload(size, 'x');
    const std::string octets = FrameOf("{\"a\":1}", payload, "{}");
    FrameView frame;
    const std::string followed = octets + "more";
    ASSERT_EQ(ReadFrame(followed, &frame), FrameVerdict::kWhole);
    EXPECT_EQ(frame.header, "{\"a\":1}");
    EXPECT_EQ(frame.payload, payload);
    EXPECT_EQ(frame.trailer, "{}");
    EXPECT_EQ(frame.frame_bytes, octets.size());
    EXPECT_EQ(FrameBytes(7, size, 2), octets.size());
  }
}

TEST(FrameTest, EveryBeginningIsPartial) {
  const std::string octets = FrameOf("{}", std::string(300, 'x'), "");
  FrameView frame;
  for (size_t i = 0; i < octets.size(); ++i) {
    EXPECT_EQ(ReadFrame(std::string_view(octets).substr(0, i), &frame), FrameVerdict::kPartial);
  }
}

TEST(FrameTest, TheTrailerRecordMayBeLeftOut) {
  FrameView frame;
  const std::string octets = "\xf4\x05\xf0\x01h\xf0\x00\x05\xf4"s;
  ASSERT_EQ(ReadFrame(octets, &frame), FrameVerdict::kWhole);
  EXPECT_EQ(frame.header, "h");
  EXPECT_FALSE(frame.has_trailer);
}

TEST(FrameTest, RefusesBrokenFrames) {
  FrameView frame;
  for (const std::string& octets : {
           "x"s,                                                 // No tag.
           "\xf0\x00"s,                                          // A record, no frame.
           "\xf5\x00\x05\xf0\x01h\xf0\x00\x05\x00\xf5"s,         // Length not in the fewest octets.
           "\xf4\x05\xf0\x01h\xf0\x00\x05\xf5"s,                 // Tags do not match.
           "\xf4\x05\xf0\x09h\xf0\x00\x05\xf4"s,                 // Record longer than the frame.
           "\xf4\x03\xf0\x01h\x03\xf4"s,                         // No payload.
           "\xf4\x08\xf0\x00\xf0\x00\xf0\x00\xf0\x00\x08\xf4"s,  // Four records.
       }) {
    EXPECT_EQ(ReadFrame(octets, &frame), FrameVerdict::kRefused);
  }
}

TEST(FrameTest, WalksBackFromTheEnd) {
  const std::string first = FrameOf("1", "a", "");
  const std::string second = FrameOf("2", std::string(300, 'b'), "{}");
  const std::string octets = first + second;
  FrameView frame;
  ASSERT_EQ(ReadFrameBefore(octets, &frame), FrameVerdict::kWhole);
  EXPECT_EQ(frame.header, "2");
  const std::string_view rest =
      std::string_view(octets).substr(0, octets.size() - frame.frame_bytes);
  ASSERT_EQ(ReadFrameBefore(rest, &frame), FrameVerdict::kWhole);
  EXPECT_EQ(frame.header, "1");
  EXPECT_EQ(frame.frame_bytes, rest.size());
  EXPECT_EQ(ReadFrameBefore(std::string_view(octets).substr(first.size() + 1), &frame),
            FrameVerdict::kPartial);
  EXPECT_EQ(ReadFrameBefore("garbage", &frame), FrameVerdict::kRefused);
}

}  // namespace
}  // namespace mesh::dare
