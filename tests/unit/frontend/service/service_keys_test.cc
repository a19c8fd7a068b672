#include "frontend/service/service_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/mesh/connection_host.h"
#include "tests/support/fake_clock.h"

namespace mesh::frontend {
namespace {

namespace fs = std::filesystem;

class ServiceKeysTest : public ::testing::Test {
 protected:
  ServiceKeysTest() { fs::remove_all(path_); }
  ~ServiceKeysTest() override { fs::remove_all(path_); }

  // As a front end that starts.
  Result<std::shared_ptr<const ServiceKeys>> Load() {
    Published<ServiceKeys> published;
    ServiceKeyFolder folder(path_, HelloResponse(), published);
    MESH_RETURN_IF_ERROR(folder.Open(crypto::SystemRandom(), clock_.WallNow()));
    return published.current();
  }
  // As scripts/rotate-host-key does.
  void RotateHostKey(const std::string& suffix) {
    fs::rename(path_ + "/host-authentication.json", path_ + "/host-authentication-" + suffix);
    ASSERT_TRUE(Load().ok());
  }

  static mode_t ModeOf(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777 : 0;
  }
  static dare::Envelope Parsed(const std::string& text) { return *dare::ParseEnvelope(text); }

  FakeClock clock_;
  const std::string path_ = ::testing::TempDir() + "/service_keys_test";
};

TEST_F(ServiceKeysTest, TheServiceIsTheSameAfterARestart) {
  const auto first = Load();
  ASSERT_TRUE(first.ok()) << first.status().message();
  const auto second = Load();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ((*first)->hello.enveloped_profile_service, (*second)->hello.enveloped_profile_service);
  EXPECT_EQ((*first)->hello.enveloped_profile_host, (*second)->hello.enveloped_profile_host);
}

TEST_F(ServiceKeysTest, HelloLeadsAClientToTheHostKey) {
  const auto keys = *Load();
  const auto identity = VerifyService(
      Parsed(keys->hello.enveloped_profile_service), Parsed(keys->hello.enveloped_profile_host),
      Parsed(keys->hello.enveloped_connection_host), clock_.WallNow());
  ASSERT_TRUE(identity.ok()) << identity.status().message();
  EXPECT_TRUE(identity->service.key_encryption.has_value());
  EXPECT_TRUE(identity->host.key_authentication.has_value());
  EXPECT_EQ(identity->service.udf(), keys->service_udf);
  const auto* key = keys->FindHostKey(identity->connection.key_authentication.udf);
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->public_key(), identity->connection.key_authentication.key);
}

TEST_F(ServiceKeysTest, AConnectionIsGoodForAMonthAndMadeAnewEachDay) {
  Published<ServiceKeys> published;
  ServiceKeyFolder folder(path_, HelloResponse(), published);
  ASSERT_TRUE(folder.Open(crypto::SystemRandom(), clock_.WallNow()).ok());
  const auto first = published.current();
  clock_.Advance(std::chrono::hours(23));
  EXPECT_FALSE(*folder.ReloadIfDue(clock_.WallNow()));
  clock_.Advance(std::chrono::hours(1));
  EXPECT_TRUE(*folder.ReloadIfDue(clock_.WallNow()));
  const auto connection =
      *ParseConnectionHost(Parsed(published.current()->hello.enveloped_connection_host).payload);
  EXPECT_EQ(connection.not_before, clock_.WallNow() - kConnectionSlack);
  EXPECT_EQ(connection.not_on_or_after, clock_.WallNow() + kConnectionTime);
  EXPECT_EQ(first->host_keys.front().udf, published.current()->host_keys.front().udf);
}

TEST_F(ServiceKeysTest, AnOldHostKeyIsAnsweredAndNotShown) {
  const std::string old = (*Load())->host_keys.front().udf;
  RotateHostKey("2026.json");
  const auto keys = *Load();
  EXPECT_NE(keys->host_keys.front().udf, old);
  EXPECT_NE(keys->FindHostKey(old), nullptr);
  const auto connection =
      *ParseConnectionHost(Parsed(keys->hello.enveloped_connection_host).payload);
  EXPECT_EQ(connection.key_authentication.udf, keys->host_keys.front().udf);
}

TEST_F(ServiceKeysTest, AnOldEncryptionKeyIsKeptBehindTheNewOne) {
  const auto before = *Load();
  // As scripts/rotate-service-encryption does.
  fs::rename(path_ + "/service-encryption.json", path_ + "/service-encryption-2026.json");

  const auto keys = *Load();

  EXPECT_EQ(keys->service_udf, before->service_udf);
  ASSERT_EQ(keys->encryption.size(), 2u);
  EXPECT_EQ(keys->encryption[1].public_key(), before->encryption[0].public_key());
  const auto shown =
      *ParseProfile(Parsed(keys->hello.enveloped_profile_service).payload, ProfileKind::kService);
  EXPECT_EQ(shown.key_encryption->key, keys->encryption[0].public_key());
}

TEST_F(ServiceKeysTest, AKeyOfTheNameOfNoOldOneIsNotAnswered) {
  const std::string old = (*Load())->host_keys.front().udf;
  RotateHostKey("2026.backup");
  EXPECT_EQ((*Load())->FindHostKey(old), nullptr);
}

TEST_F(ServiceKeysTest, ARotationIsSeenWithoutARestart) {
  Published<ServiceKeys> published;
  ServiceKeyFolder folder(path_, HelloResponse(), published);
  ASSERT_TRUE(folder.Open(crypto::SystemRandom(), clock_.WallNow()).ok());
  const std::string old = published.current()->host_keys.front().udf;
  EXPECT_FALSE(*folder.ReloadIfDue(clock_.WallNow()));
  RotateHostKey("2026.json");
  EXPECT_TRUE(*folder.ReloadIfDue(clock_.WallNow()));
  EXPECT_NE(published.current()->host_keys.front().udf, old);
  EXPECT_NE(published.current()->FindHostKey(old), nullptr);
}

TEST_F(ServiceKeysTest, AReloadMakesNothingAndKeepsWhatThereIs) {
  Published<ServiceKeys> published;
  ServiceKeyFolder folder(path_, HelloResponse(), published);
  ASSERT_TRUE(folder.Open(crypto::SystemRandom(), clock_.WallNow()).ok());
  fs::remove(path_ + "/host-authentication.json");
  EXPECT_EQ(folder.ReloadIfDue(clock_.WallNow()).status().code(), Code::kUnavailable);
  EXPECT_FALSE(fs::exists(path_ + "/host-authentication.json"));
  EXPECT_EQ(published.version(), 1u);
}

TEST_F(ServiceKeysTest, TheKeysOfAnotherServiceAreRefused) {
  Published<ServiceKeys> published;
  ServiceKeyFolder folder(path_, HelloResponse(), published);
  ASSERT_TRUE(folder.Open(crypto::SystemRandom(), clock_.WallNow()).ok());
  fs::remove(path_ + "/service-signature.json");
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(folder.Reload(clock_.WallNow()).code(), Code::kFailedPrecondition);
  EXPECT_EQ(published.version(), 1u);
}

TEST_F(ServiceKeysTest, OnlyTheOwnerMayReadThem) {
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(ModeOf(path_), 0700u);
  for (const auto& file : fs::directory_iterator(path_)) {
    EXPECT_EQ(ModeOf(file.path()), 0600u) << file.path();
  }
}

TEST_F(ServiceKeysTest, AKeyThatOthersMayReadIsRefused) {
  ASSERT_TRUE(Load().ok());
  fs::permissions(path_ + "/service-signature.json", fs::perms(0640));
  EXPECT_TRUE(Load().ok());
  fs::permissions(path_ + "/service-signature.json", fs::perms(0644));
  EXPECT_EQ(Load().status().code(), Code::kPermissionDenied);
}

TEST_F(ServiceKeysTest, ABrokenKeyIsNotReplaced) {
  ASSERT_TRUE(Load().ok());
  const std::string path = path_ + "/host-signature.json";
  std::ofstream(path) << R"({"crv":"Ed448","Seed":"AQID"})";
  EXPECT_EQ(Load().status().code(), Code::kDataLoss);
  EXPECT_EQ(fs::file_size(path), 29u);
}

TEST_F(ServiceKeysTest, AFolderThatCannotBeMadeIsNamed) {
  Published<ServiceKeys> published;
  ServiceKeyFolder folder("/proc/nowhere", HelloResponse(), published);
  const Status status = folder.Open(crypto::SystemRandom(), clock_.WallNow());
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_NE(status.message().find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace mesh::frontend
