#include "common/base/status.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace mesh {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return InvalidArgument("odd");
  return value / 2;
}

Result<int> Quarter(int value) {
  MESH_ASSIGN(const int half, Half(value));
  return Half(half);
}

Status CheckQuarter(int value) {
  MESH_RETURN_IF_ERROR(Quarter(value).status());
  return Status();
}

TEST(StatusTest, SuccessHasNoMessage) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status().code(), Code::kOk);
  EXPECT_EQ(Status().message(), "");
}

TEST(StatusTest, ACopyOutlivesTheOriginal) {
  Status copy;
  {
    const Status first(Code::kNotFound, "no such account");
    copy = first;
  }
  EXPECT_EQ(copy.code(), Code::kNotFound);
  EXPECT_EQ(copy.message(), "no such account");
}

TEST(ResultTest, ValuesAndFailuresPassThroughTheMacros) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
  EXPECT_TRUE(CheckQuarter(8).ok());
  EXPECT_EQ(CheckQuarter(7).code(), Code::kInvalidArgument);
}

TEST(ResultTest, HoldsWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> made(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = *std::move(made);
  EXPECT_EQ(*taken, 5);
}

TEST(ResultDeathTest, ReadingTheValueOfAFailureIsOurMistake) {
  const Result<int> failed = Half(1);
  EXPECT_DEATH((void)*failed, "check failed");
}

}  // namespace
}  // namespace mesh
