#include "common/dare/binary_members.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::dare {
namespace {

std::string InJsonB(std::string_view text) {
  std::string octets;
  AppendInForm(text, json::Form::kJsonB, octets);
  return octets;
}

TEST(BinaryMembersTest, OctetsBecomeDataAndAllElseStays) {
  EXPECT_EQ(InJsonB(R"({ "Salt" : "__79" , "kid":"__79"})"),
            "{ \"Salt\" : \x88\x03\xff\xfe\xfd , \"kid\":\"__79\"}");
  EXPECT_EQ(InJsonB("{\"dig\":\"S512\",\n \"Index\":7}"), "{\"dig\":\"S512\",\n \"Index\":7}");
}

TEST(BinaryMembersTest, FindsThemAtEveryDepth) {
  EXPECT_EQ(InJsonB(R"({"signatures":[{"kid":"MA","signature":"Zg"},{"witness":"Zm8"}]})"),
            "{\"signatures\":[{\"kid\":\"MA\",\"signature\":\x88\x01"
            "f},{\"witness\":\x88\x02"
            "fo}]}");
  EXPECT_EQ(InJsonB(R"({"recipients":[{"epk":{"PublicKeyECDH":{"crv":"X448","Public":"Zg"}}}]})"),
            "{\"recipients\":[{\"epk\":{\"PublicKeyECDH\":{\"crv\":\"X448\",\"Public\":\x88\x01"
            "f}}}]}");
}

TEST(BinaryMembersTest, ConvertsEachElementOfAnArray) {
  EXPECT_EQ(InJsonB(R"({"Annotations":["Zg","Zm8"],"Labels":["Zg"]})"),
            "{\"Annotations\":[\x88\x01"
            "f,\x88\x02"
            "fo],\"Labels\":[\"Zg\"]}");
}

TEST(BinaryMembersTest, WhatIsNotBase64Stays) {
  for (const char* text : {R"({"Salt":"*"})", R"({"Salt":7})", R"({"Salt":null})",
                           R"({"Salt":{"a":"Zg"}})", R"({"Salt":"Z"})"}) {
    EXPECT_EQ(InJsonB(text), text);
  }
}

TEST(BinaryMembersTest, ReadsWhatAReferenceStoreAccepts) {
  EXPECT_EQ(InJsonB(R"({"Salt":"/+8="})"), "{\"Salt\":\x88\x02\xff\xef}");
}

TEST(BinaryMembersTest, IsNotMisledByWhatStandsInStrings) {
  for (const char* text : {R"({"kid":"\"Salt\":\"Zg\""})", R"({"kid":"Salt","a":"Zg"})",
                           R"({"a":"\\","Salt\"":"Zg"})", R"({"Labels":["Salt"],"b":"Zg"})"}) {
    EXPECT_EQ(InJsonB(text), text);
  }
  EXPECT_EQ(InJsonB(R"({"a":"\\","Salt":"Zg"})"),
            "{\"a\":\"\\\\\",\"Salt\":\x88\x01"
            "f}");
}

TEST(BinaryMembersTest, TextThatIsCutOffStaysAsItIs) {
  const std::string text = R"({"Salt":["Zg","Zm8"]})";
  for (size_t size = 0; size <= text.size(); ++size) InJsonB(text.substr(0, size));
  EXPECT_EQ(InJsonB("{\"Salt"), "{\"Salt");
  EXPECT_EQ(InJsonB("{\"Salt\":\"Zg"), "{\"Salt\":\"Zg");
}

}  // namespace
}  // namespace mesh::dare
