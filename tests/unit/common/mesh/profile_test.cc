#include "common/mesh/profile.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "common/crypto/udf.h"
#include "common/dare/seal.h"

namespace mesh {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

// A person's mesh with one account and one device, all keys at hand.
struct Person {
  PrivateKey mesh_offline = PrivateKey::Generate(Curve::kEd448);
  PrivateKey mesh_online = PrivateKey::Generate(Curve::kEd448);
  PrivateKey account_offline = PrivateKey::Generate(Curve::kEd448);
  PrivateKey account_online = PrivateKey::Generate(Curve::kEd448);
  PrivateKey device_offline = PrivateKey::Generate(Curve::kEd448);
  PrivateKey device_signature = PrivateKey::Generate(Curve::kEd448);
  PrivateKey agreement = PrivateKey::Generate(Curve::kX448);

  Profile MeshProfile() const {
    Profile profile;
    profile.kind = ProfileKind::kMesh;
    profile.key_offline_signature = MakeKeyData(mesh_offline.public_key());
    profile.keys_online_signature = {MakeKeyData(mesh_online.public_key())};
    profile.key_encryption = MakeKeyData(agreement.public_key());
    return profile;
  }
  Profile AccountProfile() const {
    Profile profile;
    profile.kind = ProfileKind::kAccount;
    profile.key_offline_signature = MakeKeyData(account_offline.public_key());
    profile.keys_online_signature = {MakeKeyData(account_online.public_key())};
    profile.account_addresses = {"alice@example.com"};
    profile.mesh_profile_udf = crypto::KeyFingerprint(mesh_offline.public_key());
    profile.key_encryption = MakeKeyData(agreement.public_key());
    profile.key_authentication = MakeKeyData(agreement.public_key());
    return profile;
  }
  Profile DeviceProfile() const {
    Profile profile;
    profile.kind = ProfileKind::kDevice;
    profile.key_offline_signature = MakeKeyData(device_offline.public_key());
    profile.key_encryption = MakeKeyData(agreement.public_key());
    profile.key_authentication = MakeKeyData(agreement.public_key());
    profile.description = "a \"device\"";
    return profile;
  }
  Connection AccountConnection() const {
    Connection connection;
    connection.key_signature = MakeKeyData(device_signature.public_key());
    connection.key_encryption = MakeKeyData(agreement.public_key());
    connection.key_authentication = MakeKeyData(agreement.public_key());
    return connection;
  }
  CatalogedDevice Device() const {
    CatalogedDevice device;
    device.udf = crypto::KeyFingerprint(device_signature.public_key());
    device.device_udf = DeviceProfile().udf();
    device.profile_device = *SignProfile(DeviceProfile(), device_offline);
    AccountEntry& entry = device.accounts.emplace_back();
    entry.account_udf = AccountProfile().udf();
    entry.connection_account = *SignConnection(AccountConnection(), account_online);
    return device;
  }
};

std::string TextOf(const Profile& profile) {
  std::string text;
  WriteProfile(profile, text);
  return text;
}

class ProfileTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { alice_ = new Person; }
  static void TearDownTestSuite() { delete alice_; }
  static Person* alice_;
};
Person* ProfileTest::alice_ = nullptr;

TEST_F(ProfileTest, ReadsWhatItWrites) {
  for (const Profile& profile :
       {alice_->MeshProfile(), alice_->AccountProfile(), alice_->DeviceProfile()}) {
    const Result<Profile> read = ParseProfile(TextOf(profile), profile.kind);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(TextOf(*read), TextOf(profile));
    EXPECT_EQ(read->udf(), profile.udf());
  }
}

TEST_F(ProfileTest, ReadsTextThatTheReferenceFolded) {
  std::string text = TextOf(alice_->MeshProfile());
  for (size_t at = text.find("\"Public\":\""); at != std::string::npos;
       at = text.find("\"Public\":\"", at + 1)) {
    text.insert(at + 40, "\n  ");
  }
  const Result<Profile> read = ParseProfile(text, ProfileKind::kMesh);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(TextOf(*read), TextOf(alice_->MeshProfile()));
}

TEST_F(ProfileTest, RefusesAnotherKindAndKeysOfTheWrongUse) {
  const std::string text = TextOf(alice_->MeshProfile());
  EXPECT_EQ(ParseProfile(text, ProfileKind::kDevice).status().message(),
            "expected the one member ProfileDevice");
  EXPECT_EQ(ParseProfile("{}", ProfileKind::kMesh).status().message(),
            "expected the member ProfileMesh");
  EXPECT_EQ(ParseProfile("{\"ProfileMesh\":{}}", ProfileKind::kMesh).status().message(),
            "ProfileMesh: KeyOfflineSignature is missing");
  Profile profile = alice_->MeshProfile();
  profile.key_offline_signature = MakeKeyData(alice_->agreement.public_key());
  EXPECT_FALSE(ParseProfile(TextOf(profile), ProfileKind::kMesh).ok());
  profile = alice_->MeshProfile();
  profile.key_encryption = MakeKeyData(alice_->mesh_online.public_key());
  EXPECT_FALSE(ParseProfile(TextOf(profile), ProfileKind::kMesh).ok());
}

TEST_F(ProfileTest, RefusesAKeyUnderAnotherKeysName) {
  Profile profile = alice_->MeshProfile();
  profile.key_offline_signature.udf = profile.keys_online_signature[0].udf;
  const Status status = ParseProfile(TextOf(profile), ProfileKind::kMesh).status();
  EXPECT_NE(status.message().find("UDF: is not that of the key"), std::string::npos);
}

TEST_F(ProfileTest, ASelfSignedProfileIsSignedByItsOwnKey) {
  const Profile profile = alice_->DeviceProfile();
  EXPECT_TRUE(
      VerifySelfSigned(*SignProfile(profile, alice_->device_offline), ProfileKind::kDevice).ok());
  EXPECT_EQ(VerifySelfSigned(*SignProfile(profile, alice_->mesh_online), ProfileKind::kDevice)
                .status()
                .code(),
            Code::kPermissionDenied);
  EXPECT_FALSE(
      VerifySelfSigned(*SignProfile(profile, alice_->device_offline), ProfileKind::kHost).ok());
}

TEST_F(ProfileTest, TheMeshVouchesForTheAccount) {
  const dare::Envelope mesh = *SignProfile(alice_->MeshProfile(), alice_->mesh_offline);
  const dare::Envelope account = *SignProfile(alice_->AccountProfile(), alice_->mesh_online);
  const Result<AccountChain> chain = VerifyAccountChain(mesh, account);
  ASSERT_TRUE(chain.ok()) << chain.status().message();
  EXPECT_EQ(chain->account.account_addresses.at(0), "alice@example.com");
  EXPECT_EQ(chain->account.mesh_profile_udf, chain->mesh.udf());
}

TEST_F(ProfileTest, AnAccountSignedByAnyoneElseIsRefused) {
  const dare::Envelope mesh = *SignProfile(alice_->MeshProfile(), alice_->mesh_offline);
  for (const PrivateKey* signer :
       {&alice_->account_offline, &alice_->mesh_offline, &alice_->account_online}) {
    const dare::Envelope account = *SignProfile(alice_->AccountProfile(), *signer);
    EXPECT_EQ(VerifyAccountChain(mesh, account).status().code(), Code::kPermissionDenied);
  }
  const dare::Envelope forged = *SignProfile(alice_->MeshProfile(), alice_->mesh_online);
  const dare::Envelope account = *SignProfile(alice_->AccountProfile(), alice_->mesh_online);
  EXPECT_EQ(VerifyAccountChain(forged, account).status().code(), Code::kPermissionDenied);
}

TEST_F(ProfileTest, AnAccountOfAnotherMeshIsRefused) {
  Profile profile = alice_->AccountProfile();
  profile.mesh_profile_udf = profile.udf();
  const dare::Envelope mesh = *SignProfile(alice_->MeshProfile(), alice_->mesh_offline);
  const Result<AccountChain> chain =
      VerifyAccountChain(mesh, *SignProfile(profile, alice_->mesh_online));
  EXPECT_EQ(chain.status().code(), Code::kPermissionDenied);
  EXPECT_NE(chain.status().message().find("MeshProfileUDF"), std::string::npos);
}

TEST_F(ProfileTest, TheAccountVouchesForItsConnections) {
  const Profile account = alice_->AccountProfile();
  const Connection connection = alice_->AccountConnection();
  const Result<Connection> read =
      VerifyConnectionAccount(*SignConnection(connection, alice_->account_online), account);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->key_authentication, connection.key_authentication);
  for (const PrivateKey* signer :
       {&alice_->mesh_online, &alice_->account_offline, &alice_->device_signature}) {
    EXPECT_EQ(
        VerifyConnectionAccount(*SignConnection(connection, *signer), account).status().code(),
        Code::kPermissionDenied);
  }
}

TEST_F(ProfileTest, AConnectionNeedsAllThreeKeys) {
  std::string text;
  WriteConnection(alice_->AccountConnection(), text);
  EXPECT_TRUE(ParseConnection(text, ConnectionKind::kAccount).ok());
  EXPECT_FALSE(ParseConnection(text, ConnectionKind::kDevice).ok());
  for (const char* member : {"KeySignature", "KeyEncryption", "KeyAuthentication"}) {
    std::string without = text;
    without.replace(without.find(member), 3, "Xey");
    EXPECT_FALSE(ParseConnection(without, ConnectionKind::kAccount).ok()) << member;
  }
}

TEST_F(ProfileTest, PermissionsReadAsTheyWereWritten) {
  Connection connection = alice_->AccountConnection();
  for (const std::vector<Permission>& permissions :
       {std::vector<Permission>(), {{"mmm_Contact", true}, {"mmm_Inbound", false}}}) {
    connection.permissions = permissions;
    std::string text;
    WriteConnection(connection, text);
    const Result<Connection> read = ParseConnection(text, ConnectionKind::kAccount);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(read->permissions, permissions);
  }
}

TEST_F(ProfileTest, APermissionThatTheServiceDoesNotKnowGivesNothing) {
  std::string text;
  WriteConnection(alice_->AccountConnection(), text);
  const auto with = [&](const std::string& permissions) {
    std::string limited = text;
    limited.insert(limited.size() - 2, R"(,"Permissions":[)" + permissions + "]");
    return ParseConnection(limited, ConnectionKind::kAccount);
  };
  const std::string good = R"({"Name":"mmm_Contact","Role":"Read","Capability":5})";
  const auto read = with(good + R"(,{"Name":"mmm_Local","Role":"Own"},{"Role":"Read"},{},)" +
                         R"({"Name":"../x","Role":"Write"},{"Name":"mmm_Inbound"})");
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->permissions, std::vector<Permission>({{"mmm_Contact", false}}));
  EXPECT_FALSE(with(R"("mmm_Contact")").ok());
  std::string many = good;
  for (size_t i = 1; i < kPermissionsMax; ++i) many += "," + good;
  EXPECT_TRUE(with(many).ok());
  EXPECT_FALSE(with(many + "," + good).ok());
}

TEST_F(ProfileTest, ADeviceEntryReadsAsItWasWritten) {
  std::string text;
  WriteCatalogedDevice(alice_->Device(), text);
  const Result<CatalogedDevice> device = ParseCatalogedDevice(text);
  ASSERT_TRUE(device.ok()) << device.status().message();
  std::string again;
  WriteCatalogedDevice(*device, again);
  EXPECT_EQ(again, text);
  EXPECT_FALSE(ParseCatalogedDevice("{\"CatalogedContact\":{}}").ok());
}

TEST_F(ProfileTest, ADeviceEntryGivesItsConnectionsToTheAccount) {
  const Result<std::vector<Connection>> connections =
      VerifyCatalogedDevice(alice_->Device(), alice_->AccountProfile());
  ASSERT_TRUE(connections.ok()) << connections.status().message();
  ASSERT_EQ(connections->size(), 1u);
  EXPECT_EQ(connections->at(0).key_authentication.udf,
            crypto::KeyFingerprint(alice_->agreement.public_key()));
}

TEST_F(ProfileTest, ADeviceEntryWithABrokenLinkIsRefused) {
  const Profile account = alice_->AccountProfile();
  CatalogedDevice device = alice_->Device();
  device.accounts[0].connection_account->payload.back() = ' ';
  EXPECT_FALSE(VerifyCatalogedDevice(device, account).ok());
  device = alice_->Device();
  device.accounts[0].connection_account.reset();
  EXPECT_FALSE(VerifyCatalogedDevice(device, account).ok());
  device = alice_->Device();
  device.accounts[0].account_udf = "MAAA";
  EXPECT_EQ(VerifyCatalogedDevice(device, account).status().code(), Code::kPermissionDenied);
  device = alice_->Device();
  device.device_udf = account.udf();
  EXPECT_EQ(VerifyCatalogedDevice(device, account).status().code(), Code::kPermissionDenied);
}

}  // namespace
}  // namespace mesh
