#include "common/client/private_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/unit/common/client/temporary_folder.h"

namespace mesh::client {
namespace {

using testing::HasSubstr;

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

class PrivateFilesTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/secret";
};

TEST_F(PrivateFilesTest, AFileThatWasWrittenIsReadBackAndClosedToOthers) {
  ASSERT_TRUE(WritePrivateFile(path_, "octets").ok());

  EXPECT_EQ(*ReadPrivateFile(path_, 100), "octets");
  EXPECT_EQ(ModeOf(path_), 0600u);
}

TEST_F(PrivateFilesTest, AFileThatOthersMayReadIsRefusedWithTheNextStep) {
  ASSERT_TRUE(WritePrivateFile(path_, "secret").ok());
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);

  const Result<std::string> read = ReadPrivateFile(path_, 100);

  EXPECT_EQ(read.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(read.status().message(), HasSubstr("mode 640"));
  EXPECT_THAT(read.status().message(), HasSubstr("chmod 600"));
}

TEST_F(PrivateFilesTest, AFolderIsMadeClosedToOthers) {
  const std::string made = folder_.path() + "/home";

  ASSERT_TRUE(PreparePrivateFolder(made).ok());

  EXPECT_EQ(ModeOf(made), 0700u);
}

TEST_F(PrivateFilesTest, AFolderThatOthersMayEnterIsRefusedWithTheNextStep) {
  const std::string open = folder_.path() + "/open";
  ASSERT_EQ(::mkdir(open.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(open.c_str(), 0755), 0);

  const Status status = PreparePrivateFolder(open);

  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("chmod 700"));
}

TEST_F(PrivateFilesTest, AFileInPlaceOfTheFolderIsRefused) {
  ASSERT_TRUE(WritePrivateFile(path_, "").ok());

  EXPECT_EQ(PreparePrivateFolder(path_).code(), Code::kFailedPrecondition);
}

TEST_F(PrivateFilesTest, ReplacingAFileLeavesNothingElseBehind) {
  ASSERT_TRUE(WritePrivateFile(path_, "old").ok());
  ASSERT_TRUE(WritePrivateFile(path_, "new").ok());

  EXPECT_EQ(*ReadPrivateFile(path_, 100), "new");
  EXPECT_EQ(ListFolder(folder_.path()), std::vector<std::string>{"secret"});
}

TEST_F(PrivateFilesTest, AFileThatCannotBeReplacedIsAsBeforeAndNothingIsLeft) {
  const std::string occupied = folder_.path() + "/occupied";
  ASSERT_TRUE(PreparePrivateFolder(occupied).ok());
  ASSERT_TRUE(PreparePrivateFolder(occupied + "/inside").ok());

  EXPECT_EQ(WritePrivateFile(occupied, "file").code(), Code::kUnavailable);

  EXPECT_EQ(ListFolder(folder_.path()), std::vector<std::string>{"occupied"});
  EXPECT_EQ(ListFolder(occupied), std::vector<std::string>{"inside"});
}

TEST_F(PrivateFilesTest, AMissingFileIsNotFound) {
  EXPECT_EQ(ReadPrivateFile(path_, 100).status().code(), Code::kNotFound);
}

TEST_F(PrivateFilesTest, AFileOverTheLimitIsRefused) {
  ASSERT_TRUE(WritePrivateFile(path_, std::string(101, 'x')).ok());

  EXPECT_EQ(ReadPrivateFile(path_, 100).status().code(), Code::kResourceExhausted);
  EXPECT_TRUE(ReadPrivateFile(path_, 101).ok());
}

TEST_F(PrivateFilesTest, AGivenFileMayBeOpenToOthers) {
  std::ofstream(path_) << "public";
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);

  EXPECT_EQ(*ReadGivenFile(path_, 100), "public");
}

}  // namespace
}  // namespace mesh::client
