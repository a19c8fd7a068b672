#include "frontend/peers/peer_pins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace mesh::frontend {
namespace {

using ::testing::HasSubstr;

constexpr char kUdf[] = "MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4";

std::string Pin(const std::string& domain, const std::string& udf) {
  return "{\"" + domain + "\": \"" + udf + "\"}";
}

TEST(PeerPins, AreDomainsAndTheirServices) {
  const auto pins = ParsePeerPins(
      R"({"example.com": "MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4",
          "b.example": "mb5sr4aj3fbt7nhot26z2e6ywfh4"})");
  ASSERT_TRUE(pins.ok()) << pins.status().message();
  EXPECT_EQ(pins->at("example.com"), kUdf);
  EXPECT_EQ(pins->at("b.example"), kUdf);
  EXPECT_TRUE(ParsePeerPins("{}").ok());
}

TEST(PeerPins, WhatIsNoPinIsNamed) {
  for (const char* domain : {"Example.com", "127.0.0.1", "", "a b"}) {
    EXPECT_THAT(ParsePeerPins(Pin(domain, kUdf)).status().message(), HasSubstr("lower case"));
  }
  for (const char* udf : {"", "MB5S", "AB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4",
                          "MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4-AAAA", "not a udf"}) {
    EXPECT_THAT(ParsePeerPins(Pin("example.com", udf)).status().message(),
                HasSubstr("example.com"));
  }
  for (const char* text : {"", "[]", "{", R"({"a.example": 1})", R"({"a.example": null})"}) {
    EXPECT_EQ(ParsePeerPins(text).status().code(), Code::kInvalidArgument) << text;
  }
}

TEST(PeerPins, ADomainHasOne) {
  const std::string twice =
      std::string(R"({"a.example": ")") + kUdf + R"(", "a.example": ")" + kUdf + "\"}";
  EXPECT_FALSE(ParsePeerPins(twice).ok());
}

class PeerPinFileTest : public ::testing::Test {
 protected:
  // Renamed into place, as an operator should: a new file each time.
  void Write(const std::string& text) {
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  }

  const std::string path_ = ::testing::TempDir() + "/peer_pin_file_test.json";
  PeerPinFile file_{path_};
};

TEST_F(PeerPinFileTest, IsReadAgainOnlyWhenItChanged) {
  Write(Pin("a.example", kUdf));
  ASSERT_TRUE(file_.Reload().ok());
  EXPECT_FALSE(*file_.ReloadIfChanged());
  EXPECT_EQ(file_.current()->size(), 1u);
  Write("{}");
  EXPECT_TRUE(*file_.ReloadIfChanged());
  EXPECT_TRUE(file_.current()->empty());
}

TEST_F(PeerPinFileTest, ABrokenFileLeavesThePins) {
  Write(Pin("a.example", kUdf));
  ASSERT_TRUE(file_.Reload().ok());
  Write("{");
  EXPECT_EQ(file_.ReloadIfChanged().status().code(), Code::kInvalidArgument);
  std::filesystem::remove(path_);
  EXPECT_EQ(file_.Reload().code(), Code::kUnavailable);
  EXPECT_EQ(file_.current()->size(), 1u);
}

TEST(PeerPinFile, WithoutAPathThereAreNoPins) {
  PeerPinFile none("");
  EXPECT_TRUE(none.Reload().ok());
  EXPECT_FALSE(*none.ReloadIfChanged());
  EXPECT_TRUE(none.current()->empty());
}

}  // namespace
}  // namespace mesh::frontend
