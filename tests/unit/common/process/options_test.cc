#include "common/process/options.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "common/process/port_file.h"

namespace mesh {
namespace {

class OptionsTest : public testing::Test {
 protected:
  OptionsTest() {
    app_.add_option("--data-dir", data_dir_, "A folder");
    AddCommonOptions(app_, config_);
  }
  ~OptionsTest() override { ::unsetenv("MESH_DATA_DIR"); }

  // The exit code, or -1 to go on.
  int Parse(std::vector<std::string> words) {
    words.insert(words.begin(), "program");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    int exit_code = -1;
    const bool go_on =
        ParseOptions(app_, static_cast<int>(arguments.size()), arguments.data(), &exit_code);
    return go_on ? -1 : exit_code;
  }

  CLI::App app_{"A program.", "program"};
  std::string data_dir_ = "default";
  std::string config_;
};

TEST_F(OptionsTest, AFlagIsStrongerThanTheEnvironment) {
  ::setenv("MESH_DATA_DIR", "environment", 1);
  EXPECT_EQ(Parse({"--data-dir", "flag"}), -1);
  EXPECT_EQ(data_dir_, "flag");
}

TEST_F(OptionsTest, TheEnvironmentIsStrongerThanTheDefault) {
  ::setenv("MESH_DATA_DIR", "environment", 1);
  EXPECT_EQ(Parse({}), -1);
  EXPECT_EQ(data_dir_, "environment");
}

TEST_F(OptionsTest, AFileHoldsOptionsToo) {
  const std::string path = testing::TempDir() + "/mesh-options-test.conf";
  std::ofstream(path) << "data-dir=file\n";
  EXPECT_EQ(Parse({"--config", path}), -1);
  EXPECT_EQ(data_dir_, "file");
  std::remove(path.c_str());
}

TEST_F(OptionsTest, AnUnknownLineOfAFileIsAMistake) {
  const std::string path = testing::TempDir() + "/mesh-options-unknown.conf";
  std::ofstream(path) << "# data-dri=\n\ndata-dir = file\n data-dri = other \n";
  testing::internal::CaptureStderr();
  EXPECT_EQ(Parse({"--config", path}), kExitUsage);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "program: --config " + path +
                ": line 4, 'data-dri = other': there is no such option; correct its name, or take "
                "the line out\nTry program --help\n");
  std::remove(path.c_str());
}

TEST_F(OptionsTest, AMistakeOfTheCommandLineBlamesNoFile) {
  const std::string path = testing::TempDir() + "/mesh-options-good.conf";
  std::ofstream(path) << "data-dir=file\n";
  testing::internal::CaptureStderr();
  EXPECT_EQ(Parse({"--config", path, "--data-dri", "x"}), kExitUsage);
  EXPECT_EQ(testing::internal::GetCapturedStderr().find(path), std::string::npos);
  std::remove(path.c_str());
}

TEST_F(OptionsTest, ALineThatNoFileMayHoldIsNamedWithTheFile) {
  const std::string path = testing::TempDir() + "/mesh-options-forbidden.conf";
  std::ofstream(path) << "data-dir=file\n";
  app_.get_option("--data-dir")->configurable(false);
  testing::internal::CaptureStderr();
  EXPECT_EQ(Parse({"--config", path}), kExitUsage);
  EXPECT_NE(testing::internal::GetCapturedStderr().find(path), std::string::npos);
  std::remove(path.c_str());
}

TEST_F(OptionsTest, HelpIsSuccessAndAMistakeIsNot) {
  EXPECT_EQ(Parse({"--help"}), kExitOk);
  EXPECT_EQ(Parse({"--version"}), kExitOk);
  EXPECT_EQ(Parse({"--data-dri", "x"}), kExitUsage);
}

// Else it would take the argument after it.
TEST_F(OptionsTest, AnOptionWithoutItsValueIsAMistakeThatIsNamed) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(Parse({"--data-dir=", "--config=x"}), kExitUsage);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("--data-dir= has no value"),
            std::string::npos);
  EXPECT_EQ(data_dir_, "default");
}

TEST_F(OptionsTest, ValuesMayEndAsTheyLike) {
  EXPECT_EQ(Parse({"--data-dir=a="}), -1);
  EXPECT_EQ(data_dir_, "a=");
  EXPECT_EQ(Parse({"--data-dir", ""}), -1);
  EXPECT_EQ(data_dir_, "");
}

TEST_F(OptionsTest, AnEmptyVariableIsNone) {
  ::setenv("MESH_DATA_DIR", "", 1);
  EXPECT_EQ(Parse({}), -1);
  EXPECT_EQ(data_dir_, "default");
}

TEST(PortFileTest, HoldsALineForEachPort) {
  const std::string path = testing::TempDir() + "/mesh-port-file-test";
  ASSERT_TRUE(WritePortFile(path, {{"rpc", 9201}, {"admin", 9101}}).ok());
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, "rpc=9201\nadmin=9101\n");
  std::remove(path.c_str());
}

TEST(PortFileTest, SaysWhereItCannotBeWritten) {
  const Status failed = WritePortFile("/nonexistent/ports", {});
  EXPECT_EQ(failed.code(), Code::kUnavailable);
  EXPECT_NE(failed.message().find("/nonexistent/ports"), std::string::npos);
}

}  // namespace
}  // namespace mesh
