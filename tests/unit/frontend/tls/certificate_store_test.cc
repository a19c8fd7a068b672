#include "frontend/tls/certificate_store.h"

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/frontend/tls/test_certificates.h"

namespace mesh::tls {
namespace {

class CertificateStoreTest : public ::testing::Test {
 protected:
  CertificateStoreTest() {
    std::filesystem::create_directories(folder_);
    WritePair(MakeTestCertificate("first"));
  }
  ~CertificateStoreTest() override { std::filesystem::remove_all(folder_); }

  // Replaces the file as a rename does, so that its inode differs.
  void Write(const std::string& path, const std::string& text) {
    std::ofstream(path + ".new", std::ios::binary) << text;
    std::filesystem::rename(path + ".new", path);
  }
  void WritePair(const TestCertificate& pair) {
    Write(files_.certificate_chain, pair.certificate_pem);
    Write(files_.private_key, pair.key_pem);
  }

  const std::string folder_ = ::testing::TempDir() + "certificates-" +
                              ::testing::UnitTest::GetInstance()->current_test_info()->name();
  CertificateFiles files_{folder_ + "/certificate.pem", folder_ + "/key.pem", "", {}};
};

TEST_F(CertificateStoreTest, UnchangedFilesAreNotReadAgain) {
  const auto store = CertificateStore::Open(files_);
  ASSERT_TRUE(store.ok());
  const auto before = (*store)->current();
  const Result<bool> changed = (*store)->ReloadIfChanged();
  ASSERT_TRUE(changed.ok());
  EXPECT_FALSE(*changed);
  EXPECT_EQ((*store)->current(), before);
}

TEST_F(CertificateStoreTest, ChangedFilesMakeANewContextWithTheSameTicketKeys) {
  const auto store = CertificateStore::Open(files_);
  ASSERT_TRUE(store.ok());
  const auto before = (*store)->current();
  WritePair(MakeTestCertificate("second"));
  const Result<bool> changed = (*store)->ReloadIfChanged();
  ASSERT_TRUE(changed.ok());
  EXPECT_TRUE(*changed);
  EXPECT_NE((*store)->current(), before);
  EXPECT_EQ((*store)->current()->ticket_keys(), before->ticket_keys());
}

TEST_F(CertificateStoreTest, TheContextSaysWhenItsCertificateEnds) {
  WritePair(MakeTestCertificate("first"));  // Good for a day.
  const auto store = CertificateStore::Open(files_);
  ASSERT_TRUE(store.ok());
  const int64_t left = (*store)->current()->certificate_end() - std::time(nullptr);
  EXPECT_GT(left, 23 * 3600);
  EXPECT_LE(left, 24 * 3600);
}

TEST_F(CertificateStoreTest, AFaultyPairLeavesTheOldContext) {
  const auto store = CertificateStore::Open(files_);
  ASSERT_TRUE(store.ok());
  const auto before = (*store)->current();
  Write(files_.private_key, MakeTestCertificate("other").key_pem);
  const Result<bool> changed = (*store)->ReloadIfChanged();
  ASSERT_FALSE(changed.ok());
  EXPECT_NE(changed.status().message().find(files_.private_key), std::string::npos);
  EXPECT_EQ((*store)->current(), before);
}

TEST_F(CertificateStoreTest, TicketKeysComeFromTheirFile) {
  files_.ticket_keys = folder_ + "/tickets";
  Write(files_.ticket_keys, std::string(TicketKeys::kKeyBytes, 'a'));
  const auto store = CertificateStore::Open(files_);
  ASSERT_TRUE(store.ok());
  const auto name = [&] { return (*store)->current()->ticket_keys()->sealing().name[0]; };
  EXPECT_EQ(name(), 'a');
  Write(files_.ticket_keys, std::string(TicketKeys::kKeyBytes, 'b'));
  ASSERT_TRUE((*store)->Reload().ok());
  EXPECT_EQ(name(), 'b');
}

TEST_F(CertificateStoreTest, FurtherCertificatesAreWatchedToo) {
  const TestCertificate pair = MakeTestCertificate("*.first");
  files_.more.push_back({folder_ + "/more.pem", folder_ + "/more.key"});
  Write(files_.more[0].certificate_chain, pair.certificate_pem);
  Write(files_.more[0].private_key, pair.key_pem);
  const auto store = CertificateStore::Open(files_);
  ASSERT_TRUE(store.ok()) << store.status().message();
  EXPECT_TRUE((*store)->current()->Names("b1.first"));
  const TestCertificate other = MakeTestCertificate("*.second");
  Write(files_.more[0].certificate_chain, other.certificate_pem);
  Write(files_.more[0].private_key, other.key_pem);
  const Result<bool> changed = (*store)->ReloadIfChanged();
  ASSERT_TRUE(changed.ok());
  EXPECT_TRUE(*changed);
  EXPECT_FALSE((*store)->current()->Names("b1.first"));
  EXPECT_TRUE((*store)->current()->Names("b1.second"));
}

TEST_F(CertificateStoreTest, AMissingFileIsNamed) {
  files_.private_key = folder_ + "/absent.pem";
  const auto store = CertificateStore::Open(files_);
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.status().message().find("absent.pem"), std::string::npos);
}

}  // namespace
}  // namespace mesh::tls
