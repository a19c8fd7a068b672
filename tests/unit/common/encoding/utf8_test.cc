#include "common/encoding/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh {
namespace {

TEST(Utf8Test, EveryCodePointIsWellFormedAndItsPrefixesAreNot) {
  for (uint32_t point = 0; point <= 0x10ffff; ++point) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    std::string text;
    AppendUtf8(text, point);
    ASSERT_EQ(Utf8SequenceBytes(text), text.size()) << point;
    text.pop_back();
    ASSERT_EQ(Utf8SequenceBytes(text), 0u) << point;
  }
}

TEST(Utf8Test, RefusesOverlongFormsSurrogatesAndLargeNumbers) {
  for (const char* text : {"\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
                           "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80",
                           "\x80", "\xbf", "\xff", "\xfe", "\xc3(", "\xe2\x82("}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
  EXPECT_TRUE(IsUtf8("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
}

}  // namespace
}  // namespace mesh
