#include "frontend/service/ticket_keyring.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace mesh::frontend {
namespace {

namespace fs = std::filesystem;

class TicketKeyringTest : public ::testing::Test {
 protected:
  TicketKeyringTest() {
    fs::remove_all(path_);
    fs::create_directory(path_);
  }
  ~TicketKeyringTest() override { fs::remove_all(path_); }

  void Write(const std::string& name, const std::string& octets, unsigned mode = 0600) {
    std::ofstream(path_ + "/" + name, std::ios::binary) << octets;
    fs::permissions(path_ + "/" + name, fs::perms(mode));
  }

  const std::string path_ = ::testing::TempDir() + "/ticket_keyring_test";
  Published<TicketKeyring> published_;
  TicketKeyFolder folder_{path_, published_};
  const std::string old_ = std::string(32, 'a');
  const std::string new_ = std::string(32, 'b');
};

TEST_F(TicketKeyringTest, TheLastByNameSealsAndAllOpen) {
  Write("2026-02.key", new_);
  Write("2026-01.key", old_, 0440);
  Write("notes.txt", "of no interest");
  ASSERT_TRUE(folder_.Reload().ok());
  const auto keyring = published_.current();
  EXPECT_EQ(keyring->size(), 2u);
  EXPECT_EQ(keyring->sealing().secret, new_);
  const auto old = TicketKeyring::FromKeys({old_});
  ASSERT_NE(keyring->Find(old->sealing().id), nullptr);
  EXPECT_EQ(keyring->Find(old->sealing().id)->secret, old_);
  EXPECT_EQ(keyring->Find("unknown!"), nullptr);
}

TEST_F(TicketKeyringTest, AnIdIsPartOfTheKeysDigest) {
  EXPECT_EQ(TicketKeyring::FromKeys({old_})->sealing().id.size(), TicketKeyring::kKeyIdBytes);
  EXPECT_NE(TicketKeyring::FromKeys({old_})->sealing().id,
            TicketKeyring::FromKeys({new_})->sealing().id);
}

TEST_F(TicketKeyringTest, AChangeIsSeenAndNothingElseIsRead) {
  Write("1.key", old_);
  ASSERT_TRUE(folder_.Reload().ok());
  EXPECT_FALSE(*folder_.ReloadIfChanged());
  Write("2.key", new_);
  EXPECT_TRUE(*folder_.ReloadIfChanged());
  EXPECT_EQ(published_.current()->sealing().secret, new_);
  fs::remove(path_ + "/1.key");
  EXPECT_TRUE(*folder_.ReloadIfChanged());
  EXPECT_EQ(published_.current()->size(), 1u);
}

TEST_F(TicketKeyringTest, WhatIsNoKeyIsNamedAndTheLastKeysStay) {
  Write("1.key", old_);
  ASSERT_TRUE(folder_.Reload().ok());
  for (const size_t octets : {0u, 31u, 33u, 5000u}) {
    Write("2.key", std::string(octets, 'x'));
    const Status status = folder_.Reload();
    EXPECT_EQ(status.code(), Code::kDataLoss) << octets;
    EXPECT_NE(status.message().find("2.key"), std::string::npos);
    EXPECT_EQ(status.message().find("xxx"), std::string::npos);
  }
  EXPECT_EQ(published_.current()->sealing().secret, old_);
}

TEST_F(TicketKeyringTest, AKeyThatOthersMayReadIsRefused) {
  Write("1.key", old_, 0644);
  EXPECT_EQ(folder_.Reload().code(), Code::kPermissionDenied);
}

TEST_F(TicketKeyringTest, AFolderWithoutKeysIsRefused) {
  EXPECT_EQ(folder_.Reload().code(), Code::kUnavailable);
  TicketKeyFolder nowhere(path_ + "/nowhere", published_);
  EXPECT_EQ(nowhere.Reload().code(), Code::kUnavailable);
}

TEST_F(TicketKeyringTest, RandomKeysDiffer) {
  EXPECT_NE(TicketKeyring::Random(crypto::SystemRandom())->sealing().secret,
            TicketKeyring::Random(crypto::SystemRandom())->sealing().secret);
}

}  // namespace
}  // namespace mesh::frontend
