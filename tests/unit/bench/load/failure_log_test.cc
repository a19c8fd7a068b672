#include "bench/load/failure_log.h"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mesh::load {
namespace {

Failure Refused(int64_t status, std::string said) {
  Failure failure;
  failure.sent += std::chrono::milliseconds(5);
  failure.ended += std::chrono::milliseconds(7);
  failure.action = Action::kUpload;
  failure.account = "alice@example.com";
  failure.to = "10.0.0.1:8443";
  failure.known = 3;
  failure.status = status;
  failure.said = std::move(said);
  return failure;
}

TEST(FailureLog, HasALineForEachFailure) {
  const std::string path = testing::TempDir() + "failures-" + std::to_string(::getpid());
  {
    Result<FailureLog> log = FailureLog::Open(path);
    ASSERT_TRUE(log.ok());
    log->Write(Refused(503, "the request was not applied"));
    log->Write(Refused(0, ""));
  }
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  const std::string begin = R"({"sentMs":5,"endedMs":7,"action":"Upload",)"
                            R"("account":"alice@example.com","to":"10.0.0.1:8443","known":3,)";
  EXPECT_EQ(text, begin + R"("status":503,"said":"the request was not applied"})" + "\n" + begin +
                      R"("status":0,"said":""})" + "\n");
}

TEST(FailureLog, NoFileIsSaid) {
  EXPECT_EQ(FailureLog::Open("/nowhere/failures").status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh::load
