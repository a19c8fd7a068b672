#include "frontend/service/service_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "common/mesh/profile.h"

namespace mesh::frontend {
namespace {

namespace fs = std::filesystem;

class ServiceKeysTest : public ::testing::Test {
 protected:
  ServiceKeysTest() { fs::remove_all(folder_); }
  ~ServiceKeysTest() override { fs::remove_all(folder_); }

  Result<ServiceProfiles> Load() { return LoadServiceProfiles(folder_, crypto::SystemRandom()); }

  static mode_t ModeOf(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777 : 0;
  }

  const std::string folder_ = ::testing::TempDir() + "/service_keys_test";
};

TEST_F(ServiceKeysTest, TheServiceIsTheSameAfterARestart) {
  const auto first = Load();
  ASSERT_TRUE(first.ok()) << first.status().message();
  const auto second = Load();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(first->enveloped_profile_service, second->enveloped_profile_service);
  EXPECT_EQ(first->enveloped_profile_host, second->enveloped_profile_host);
}

TEST_F(ServiceKeysTest, ProfilesAreSelfSignedAndHaveTheKeysThatClientsNeed) {
  const auto profiles = Load();
  ASSERT_TRUE(profiles.ok());
  const auto service = VerifySelfSigned(*dare::ParseEnvelope(profiles->enveloped_profile_service),
                                        ProfileKind::kService);
  ASSERT_TRUE(service.ok()) << service.status().message();
  EXPECT_TRUE(service->key_encryption.has_value());
  EXPECT_EQ(service->udf(), profiles->service_udf);
  const auto host =
      VerifySelfSigned(*dare::ParseEnvelope(profiles->enveloped_profile_host), ProfileKind::kHost);
  ASSERT_TRUE(host.ok()) << host.status().message();
  EXPECT_TRUE(host->key_authentication.has_value());
}

TEST_F(ServiceKeysTest, OnlyTheOwnerMayReadThem) {
  ASSERT_TRUE(Load().ok());
  EXPECT_EQ(ModeOf(folder_), 0700u);
  for (const auto& file : fs::directory_iterator(folder_)) {
    EXPECT_EQ(ModeOf(file.path()), 0600u) << file.path();
  }
}

TEST_F(ServiceKeysTest, AKeyThatOthersMayReadIsRefused) {
  ASSERT_TRUE(Load().ok());
  fs::permissions(folder_ + "/service-signature.json", fs::perms(0644));
  EXPECT_EQ(Load().status().code(), Code::kPermissionDenied);
}

TEST_F(ServiceKeysTest, ABrokenKeyIsNotReplaced) {
  ASSERT_TRUE(Load().ok());
  const std::string path = folder_ + "/host-signature.json";
  std::ofstream(path) << R"({"crv":"Ed448","Seed":"AQID"})";
  EXPECT_EQ(Load().status().code(), Code::kDataLoss);
  EXPECT_EQ(fs::file_size(path), 29u);
}

TEST_F(ServiceKeysTest, AFolderThatCannotBeMadeIsNamed) {
  const auto profiles = LoadServiceProfiles("/proc/nowhere", crypto::SystemRandom());
  EXPECT_EQ(profiles.status().code(), Code::kUnavailable);
  EXPECT_NE(profiles.status().message().find("/proc/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace mesh::frontend
