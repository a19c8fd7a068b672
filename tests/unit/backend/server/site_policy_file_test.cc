#include "backend/site_policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace mesh::backend {
namespace {

using ::testing::HasSubstr;

class SitePolicyFileTest : public ::testing::Test {
 protected:
  ~SitePolicyFileTest() override { std::filesystem::remove(path_); }

  void Write(const std::string& text) { std::ofstream(path_) << text; }
  Status Open() {
    auto file = SitePolicyFile::Open(path_, policy_, std::chrono::milliseconds(1));
    if (!file.ok()) return file.status();
    file_ = *std::move(file);
    return {};
  }
  // Waits until strangers may send so many.
  void Await(uint32_t messages) {
    while (policy_.current()->stranger_messages_per_hour() != messages) std::this_thread::yield();
  }

  const std::string path_ = ::testing::TempDir() + "message_policy_" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name();
  Published<SitePolicy> policy_;
  std::unique_ptr<SitePolicyFile> file_;
};

TEST_F(SitePolicyFileTest, WhatItSaysHoldsAndChangesWithIt) {
  Write("stranger-messages-per-hour 7");
  ASSERT_TRUE(Open().ok());
  Await(7);
  Write("stranger-messages-per-hour 8");
  Await(8);
}

TEST_F(SitePolicyFileTest, AFaultLeavesTheLastOneInForce) {
  Write("stranger-messages-per-hour 7");
  ASSERT_TRUE(Open().ok());
  Write("stranger-messages-per-hour many");
  std::filesystem::remove(path_);
  EXPECT_EQ(policy_.current()->stranger_messages_per_hour(), 7u);
  Write("stranger-messages-per-hour 9");
  Await(9);
}

TEST_F(SitePolicyFileTest, AtStartAFaultIsSaid) {
  EXPECT_THAT(Open().message(), HasSubstr("cannot be read"));
  Write("# first\ndeny");
  EXPECT_THAT(Open().message(), HasSubstr("line 2"));
  Write("");
  EXPECT_TRUE(Open().ok());
}

}  // namespace
}  // namespace mesh::backend
