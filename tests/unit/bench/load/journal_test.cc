#include "bench/load/journal.h"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace mesh::load {
namespace {

constexpr const char* kAlice = "alice@example.com";
constexpr const char* kContact = "mmm_Contact";

class LoadJournalTest : public testing::Test {
 protected:
  LoadJournalTest()
      : path_(testing::TempDir() + "journal-" + std::to_string(::getpid()) + "-" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {}
  ~LoadJournalTest() override { std::filesystem::remove(path_); }

  JournalWriter Open() {
    Result<JournalWriter> writer = JournalWriter::Open(path_);
    EXPECT_TRUE(writer.ok());
    return *std::move(writer);
  }
  void Append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }

  const std::string path_;
};

TEST_F(LoadJournalTest, SaysWhatWasSentAndWhatWasAcknowledged) {
  JournalWriter writer = Open();
  writer.Create(kAlice);
  writer.Created(kAlice);
  writer.Send(kAlice, kContact, "one");
  writer.Send(kAlice, kContact, "two");
  writer.Acknowledge(kAlice, kContact, 7, "one");
  writer.Sync();
  ASSERT_TRUE(writer.status().ok());

  const Result<JournalAccounts> accounts = ReadJournal(path_);
  ASSERT_TRUE(accounts.ok());
  const JournalAccount& alice = accounts->at(kAlice);
  EXPECT_TRUE(alice.created);
  const auto& entries = alice.containers.at(kContact);
  EXPECT_TRUE(entries.at("one").acknowledged);
  EXPECT_EQ(entries.at("one").index, 7);
  EXPECT_FALSE(entries.at("two").acknowledged);
}

TEST_F(LoadJournalTest, SaysWhatTheServiceSaidThatItHasNot) {
  JournalWriter writer = Open();
  writer.Send(kAlice, kContact, "one");
  writer.Send(kAlice, kContact, "two");
  writer.Refused(kAlice, kContact, "one");
  writer.Flush();
  const Result<JournalAccounts> accounts = ReadJournal(path_);
  ASSERT_TRUE(accounts.ok());
  const auto& entries = accounts->at(kAlice).containers.at(kContact);
  EXPECT_TRUE(entries.at("one").refused);
  EXPECT_FALSE(entries.at("two").refused);
}

TEST_F(LoadJournalTest, AnIndexMayBeUnknown) {
  JournalWriter writer = Open();
  writer.Acknowledge(kAlice, kContact, std::nullopt, "one");
  writer.Flush();
  const Result<JournalAccounts> accounts = ReadJournal(path_);
  ASSERT_TRUE(accounts.ok());
  const JournalEntry& entry = accounts->at(kAlice).containers.at(kContact).at("one");
  EXPECT_TRUE(entry.acknowledged);
  EXPECT_FALSE(entry.index.has_value());
}

TEST_F(LoadJournalTest, AnAccountThatWasOnlyAskedForIsNotPromised) {
  JournalWriter writer = Open();
  writer.Create(kAlice);
  writer.Flush();
  const Result<JournalAccounts> accounts = ReadJournal(path_);
  ASSERT_TRUE(accounts.ok());
  EXPECT_FALSE(accounts->at(kAlice).created);
}

TEST_F(LoadJournalTest, NothingIsWrittenBeforeFlush) {
  JournalWriter writer = Open();
  writer.Create(kAlice);
  EXPECT_EQ(std::filesystem::file_size(path_), 0u);
}

TEST_F(LoadJournalTest, ASecondRunAdds) {
  for (const char* digest : {"one", "two"}) {
    JournalWriter writer = Open();
    writer.Send(kAlice, kContact, digest);
    writer.Flush();
  }
  EXPECT_EQ(ReadJournal(path_)->at(kAlice).containers.at(kContact).size(), 2u);
}

TEST_F(LoadJournalTest, ATornLastLineIsNotCounted) {
  Append("send alice@example.com mmm_Contact one\nack alice@example.com mmm_Contact 1 on");
  const Result<JournalAccounts> accounts = ReadJournal(path_);
  ASSERT_TRUE(accounts.ok());
  EXPECT_FALSE(accounts->at(kAlice).containers.at(kContact).at("one").acknowledged);
}

TEST_F(LoadJournalTest, AnotherBadLineIsNamed) {
  Append("create alice@example.com\nack alice@example.com\ncreate bob@example.com\n");
  const Result<JournalAccounts> accounts = ReadJournal(path_);
  ASSERT_FALSE(accounts.ok());
  EXPECT_EQ(accounts.status().code(), Code::kDataLoss);
  EXPECT_NE(accounts.status().message().find(":2:"), std::string::npos);
}

TEST_F(LoadJournalTest, NoFileIsSaid) {
  EXPECT_EQ(ReadJournal(path_).status().code(), Code::kNotFound);
  EXPECT_EQ(JournalWriter::Open("/nowhere/journal").status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh::load
