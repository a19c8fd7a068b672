// The command line of `mesh`: what is understood, what is refused, and the exit code
// and form of the answer. What needs a service is tested against a real one
// (tests/integration).

#include "tools/mesh/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/common/client/temporary_folder.h"
#include "tools/mesh/exit_code.h"

namespace mesh::tool {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class RunTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"MESH_HOME", "MESH_ACCOUNT", "MESH_SERVICE", "MESH_CONNECT",
                             "MESH_CA_FILE", "MESH_ENCODING"}) {
      ::unsetenv(name);
    }
  }

  int Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"mesh", "--home", home_});
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::ostringstream out;
    std::ostringstream err;
    const int code = RunMesh(static_cast<int>(argv.size()), argv.data(), out, err, false);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  client::TemporaryFolder folder_;
  const std::string home_ = folder_.path() + "/home";
  std::string out_;
  std::string err_;
};

TEST_F(RunTest, HelpEndsWellAndNamesTheExitCodes) {
  EXPECT_EQ(Run({"--help"}), kDone);
  EXPECT_THAT(out_, HasSubstr("Exit codes: 0 done"));
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(RunTest, AnEncodingThatDoesNotExistIsAWrongCommandLine) {
  EXPECT_EQ(Run({"status", "--encoding", "xml"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("json-b"));
}

TEST_F(RunTest, HelpOfACommandEndsWithExamples) {
  EXPECT_EQ(Run({"upload", "--help"}), kDone);
  EXPECT_THAT(out_, HasSubstr("Examples:\n  mesh upload contacts people.json"));
}

TEST_F(RunTest, NoCommandIsAWrongCommandLine) {
  EXPECT_EQ(Run({}), kUsage);
  EXPECT_THAT(err_, HasSubstr("A subcommand is required"));
}

TEST_F(RunTest, AnUnknownCommandIsNamed) {
  EXPECT_EQ(Run({"frobnicate"}), kUsage);
  EXPECT_THAT(err_, StartsWith("mesh: there is no command or option frobnicate"));
}

TEST_F(RunTest, AnUnknownOptionIsNamed) {
  EXPECT_EQ(Run({"status", "--frob"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--frob"));
}

TEST_F(RunTest, AnOptionWithoutItsValueTakesNothingElseForIt) {
  EXPECT_EQ(Run({"--home=", "status"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--home= has no value"));
}

TEST_F(RunTest, AMissingArgumentIsNamed) {
  EXPECT_EQ(Run({"account", "create"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("ADDRESS is required"));
}

TEST_F(RunTest, AValueOutOfRangeIsRefused) {
  EXPECT_EQ(Run({"--timeout", "0", "status"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--timeout"));
}

TEST_F(RunTest, SharedOptionsStandBeforeOrBehindTheCommand) {
  EXPECT_EQ(Run({"--json", "account", "list"}), kDone);
  EXPECT_EQ(out_, "{\"accounts\":[],\"ok\":true,\"exit\":0}\n");
  EXPECT_EQ(Run({"account", "list", "--json"}), kDone);
  EXPECT_EQ(out_, "{\"accounts\":[],\"ok\":true,\"exit\":0}\n");
}

TEST_F(RunTest, AFailureForProgramsIsOneObjectOnStandardOutput) {
  EXPECT_EQ(Run({"status", "--json"}), kLocal);
  EXPECT_THAT(out_, StartsWith("{\"ok\":false,\"exit\":6,\"error\":\""));
  EXPECT_THAT(out_, EndsWith("}\n"));
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(RunTest, AFailureForPeopleIsALineOnStandardError) {
  EXPECT_EQ(Run({"status"}), kLocal);
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_THAT(err_, StartsWith("mesh: this device is in no account yet"));
  EXPECT_THAT(err_, HasSubstr("mesh account create"));
}

TEST_F(RunTest, AnAddressIsCheckedBeforeAnythingIsMade) {
  EXPECT_EQ(Run({"account", "create", "not an address"}), kUsage);
  EXPECT_EQ(Run({"account", "list", "--json"}), kDone);
  EXPECT_EQ(out_, "{\"accounts\":[],\"ok\":true,\"exit\":0}\n");
}

TEST_F(RunTest, ADeviceKeepsItsNameFromOneCommandToTheNext) {
  ASSERT_EQ(Run({"device", "request", folder_.path() + "/one", "--json"}), kDone);
  const std::string device = out_.substr(0, out_.find("\",\"request"));
  ASSERT_EQ(Run({"device", "request", folder_.path() + "/two", "--json"}), kDone);

  EXPECT_THAT(out_, StartsWith(device));
}

TEST_F(RunTest, AHandOverThatIsNoneIsRefused) {
  ASSERT_EQ(Run({"device", "request", folder_.path() + "/request"}), kDone);

  EXPECT_EQ(Run({"device", "accept", folder_.path() + "/request"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("mesh device add"));
}

TEST_F(RunTest, AServiceThatIsNotThereIsUnreachable) {
  EXPECT_EQ(Run({"hello", "--service", "https://127.0.0.1:1", "--attempts", "1"}), kUnreachable);
  EXPECT_THAT(err_, HasSubstr("cannot reach https://127.0.0.1:1"));
}

TEST(ExitCodeTest, ARefusalOfTheServiceIsToldFromALocalFailure) {
  EXPECT_EQ(ExitCodeOf({}, false), kDone);
  EXPECT_EQ(ExitCodeOf(Status(Code::kNotFound, ""), true), kRefused);
  EXPECT_EQ(ExitCodeOf(Status(Code::kNotFound, ""), false), kLocal);
  EXPECT_EQ(ExitCodeOf(Status(Code::kDataLoss, ""), false), kUnverified);
  EXPECT_EQ(ExitCodeOf(Status(Code::kUnavailable, ""), false), kUnreachable);
  EXPECT_EQ(ExitCodeOf(Status(Code::kInvalidArgument, ""), false), kUsage);
  EXPECT_EQ(ExitCodeOf(Status(Code::kInternal, ""), false), kFailed);
}

}  // namespace
}  // namespace mesh::tool
