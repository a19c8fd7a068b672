#include "tools/output/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace mesh::tool {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class OutputTest : public testing::Test {
 protected:
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(OutputTest, ColumnsAreAsWideAsTheirWidestCell) {
  Output output("mesh", out_, err_, false);

  output.Table({{"NAME", "N"}, {"mmm_Contact", "12"}, {"a", "3"}});

  EXPECT_EQ(out_.str(), "NAME          N\nmmm_Contact   12\na             3\n");
}

TEST_F(OutputTest, ForProgramsNothingButTheObjectIsPrinted) {
  Output output("mesh", out_, err_, false);
  output.set_json(true);

  output.Line("for people");
  output.Field("name", "value");
  output.members().Member("frames").Int(3);

  EXPECT_EQ(output.Finish({}, 0), 0);
  EXPECT_EQ(out_.str(), "{\"frames\":3,\"ok\":true,\"exit\":0}\n");
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(OutputTest, AFailureIsTold) {
  Output output("mesh", out_, err_, false);

  EXPECT_EQ(output.Finish(InvalidArgument("wrong \"this\""), 2), 2);

  EXPECT_EQ(err_.str(), "mesh: wrong \"this\"\n");
}

TEST_F(OutputTest, ProgressIsDrawnOnATerminalAndClearedBeforeTheNextLine) {
  Output output("mesh", out_, err_, true);
  const auto progress = output.Progress("Downloading");

  progress(10, 10);
  output.Line("done");

  EXPECT_THAT(err_.str(), HasSubstr("Downloading [##############################] 10/10"));
  EXPECT_THAT(err_.str(), testing::EndsWith("\r\033[K"));
}

TEST_F(OutputTest, NoProgressWithoutATerminalOrForPrograms) {
  Output plain("mesh", out_, err_, false);
  EXPECT_FALSE(plain.Progress("x"));

  Output json("mesh", out_, err_, true);
  json.set_json(true);
  EXPECT_FALSE(json.Progress("x"));
}

TEST_F(OutputTest, EventsAreForProgramsAndComeAtOnce) {
  Output people("mesh", out_, err_, false);
  people.Event("{}");
  EXPECT_THAT(out_.str(), IsEmpty());

  Output programs("mesh", out_, err_, false);
  programs.set_json(true);
  programs.Event("{\"n\":1}");
  EXPECT_EQ(out_.str(), "{\"n\":1}\n");
}

TEST_F(OutputTest, WhatGoesToStandardErrorNamesTheProgram) {
  Output output("mesh-admin", out_, err_, false);
  output.Note("one back end is away");
  EXPECT_EQ(output.Finish(Status(Code::kUnavailable, "none answers"), 4), 4);
  EXPECT_EQ(err_.str(), "mesh-admin: note: one back end is away\nmesh-admin: none answers\n");
}

TEST_F(OutputTest, TracesAreForTheVerbose) {
  Output output("mesh", out_, err_, false);
  output.Trace("first");
  output.set_verbose(true);
  output.Trace("second");

  EXPECT_EQ(err_.str(), "second\n");
}

TEST(CountTest, OneIsSingular) {
  EXPECT_EQ(Count(1, "frame"), "1 frame");
  EXPECT_EQ(Count(0, "frame"), "0 frames");
  EXPECT_EQ(Count(2, "entry"), "2 entries");
}

}  // namespace
}  // namespace mesh::tool
