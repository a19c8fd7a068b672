// The files of the hop's certificates: all or none, and none of them empty.

#include "common/hop/channel.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/unit/common/client/temporary_folder.h"

namespace mesh {
namespace {

class HopTlsTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  const client::TemporaryFolder folder_;
  HopTlsFiles files_{Write("ca", "a"), Write("cert", "c"), Write("key", "k"), "backend"};
};

TEST_F(HopTlsTest, TheTextsAreThoseOfTheFiles) {
  const Result<HopTls> tls = ReadHopTls(files_);
  ASSERT_TRUE(tls.ok());
  EXPECT_EQ(*tls, (HopTls{"a", "c", "k", "backend"}));
  EXPECT_TRUE(tls->enabled());
}

TEST_F(HopTlsTest, WithoutFilesThereIsNoTls) {
  const Result<HopTls> tls = ReadHopTls({});
  ASSERT_TRUE(tls.ok());
  EXPECT_FALSE(tls->enabled());
}

TEST_F(HopTlsTest, AnEmptyFileDoesNotTurnItOff) {
  Write("ca", "");
  const Result<HopTls> tls = ReadHopTls(files_);
  ASSERT_FALSE(tls.ok());
  EXPECT_NE(tls.status().message().find("/ca is empty"), std::string::npos);
}

TEST_F(HopTlsTest, SomeOfTheFilesAreAMistake) {
  EXPECT_TRUE(CheckHopTls(files_).ok());
  EXPECT_TRUE(CheckHopTls({}).ok());
  files_.private_key.clear();
  EXPECT_FALSE(CheckHopTls(files_).ok());
}

}  // namespace
}  // namespace mesh
