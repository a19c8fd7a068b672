#include "common/client/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/signature.h"
#include "common/encoding/base64url.h"

namespace mesh::client {
namespace {

using testing::HasSubstr;

class AccountTest : public testing::Test {
 protected:
  crypto::RandomSource& random_ = crypto::SystemRandom();
  Device device_ = *MakeDevice("desk", random_);
  Device second_ = *MakeDevice("pocket", random_);
  MeshAdministrator mesh_ = *MakeMesh(random_);
  ServiceAddress service_{"https://example.com", "", ""};
  Account account_ =
      *MakeAccount("alice@example.com", service_, std::nullopt, mesh_, device_, random_);

  std::string HandOver() {
    const CatalogedDevice entry = *ConnectDevice(account_, second_.envelope, NewActivation(random_),
                                                 Reading::kAllowed, random_);
    return WriteHandOver(account_, entry);
  }
};

TEST_F(AccountTest, PublicAndPrivateActivationGiveTheSameKeys) {
  const std::string activation = NewActivation(random_);

  const Connection connection = *ActivatePublic(device_.profile, activation);
  const ConnectionKeys keys = *ActivatePrivate(device_, activation);

  EXPECT_EQ(connection.key_signature.key, keys.signature.public_key());
  EXPECT_EQ(connection.key_encryption.key, keys.encryption.public_key());
  EXPECT_EQ(connection.key_authentication.key, keys.authentication.public_key());
}

TEST_F(AccountTest, AnActivatedKeySigns) {
  const ConnectionKeys keys = *ActivatePrivate(device_, account_.activation);

  const std::string signature = *crypto::Sign(keys.signature, "octets");

  EXPECT_TRUE(crypto::Verify(account_.connected.key_signature.key, "octets", signature).ok());
  EXPECT_FALSE(crypto::Verify(device_.signature.public_key(), "octets", signature).ok());
}

TEST_F(AccountTest, TheDevicesOwnKeysDoNotShowInTheAccount) {
  EXPECT_NE(account_.connected.key_signature, device_.profile.key_offline_signature);
  EXPECT_NE(account_.connected.key_authentication, *device_.profile.key_authentication);
}

TEST_F(AccountTest, ADeviceIsReadBackFromItsFile) {
  const Result<Device> read = ReadDevice(WriteDevice(device_));

  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->udf(), device_.udf());
  EXPECT_EQ(read->authentication.seed(), device_.authentication.seed());
}

TEST_F(AccountTest, ADeviceFileWithAnothersKeyIsDamaged) {
  std::string text = WriteDevice(device_);
  const std::string other = WriteDevice(second_);
  const size_t at = text.find("\"KeyAuthentication\":{\"crv\"");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, std::string::npos, other.substr(other.find("\"KeyAuthentication\":{\"crv\"")));

  const Result<Device> read = ReadDevice(text);

  EXPECT_EQ(read.status().code(), Code::kDataLoss);
  EXPECT_THAT(read.status().message(), HasSubstr("keys are not those of the profile"));
}

TEST_F(AccountTest, ACutFileIsDamaged) {
  const std::string text = WriteDevice(device_);

  EXPECT_EQ(ReadDevice(text.substr(0, text.size() / 2)).status().code(), Code::kDataLoss);
}

TEST_F(AccountTest, AnAccountIsReadBackFromItsFile) {
  account_.registered = true;

  const Result<Account> read = ReadAccount(WriteAccount(account_));

  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->address, "alice@example.com");
  EXPECT_TRUE(read->registered);
  EXPECT_TRUE(read->administrator());
  EXPECT_EQ(read->profile.udf(), account_.profile.udf());
  EXPECT_EQ(read->service, service_);
}

TEST_F(AccountTest, AnAccountFileWhoseChainDoesNotHoldIsDamaged) {
  Account other =
      *MakeAccount("bob@example.com", service_, std::nullopt, *MakeMesh(random_), second_, random_);
  account_.profile_mesh = other.profile_mesh;

  EXPECT_EQ(ReadAccount(WriteAccount(account_)).status().code(), Code::kDataLoss);
}

TEST_F(AccountTest, ADeviceJoinsByItsHandOver) {
  const Result<Account> joined = ReadHandOver(HandOver(), second_);

  ASSERT_TRUE(joined.ok()) << joined.status().message();
  EXPECT_EQ(joined->address, "alice@example.com");
  EXPECT_EQ(joined->mesh.udf(), mesh_.profile.udf());
  EXPECT_FALSE(joined->administrator());
  const ConnectionKeys keys = *ActivatePrivate(second_, joined->activation);
  EXPECT_EQ(joined->connected.key_authentication.key, keys.authentication.public_key());
}

TEST_F(AccountTest, AnothersHandOverIsRefused) {
  const Result<Account> joined = ReadHandOver(HandOver(), device_);

  EXPECT_EQ(joined.status().code(), Code::kPermissionDenied);
  EXPECT_THAT(joined.status().message(), HasSubstr("for the device " + second_.udf()));
}

TEST_F(AccountTest, TheHandOverDoesNotShowTheActivation) {
  const std::string activation = NewActivation(random_);
  const CatalogedDevice entry =
      *ConnectDevice(account_, second_.envelope, activation, Reading::kAllowed, random_);

  EXPECT_THAT(WriteHandOver(account_, entry), testing::Not(HasSubstr(activation)));
}

TEST_F(AccountTest, AConnectedDeviceHasTheKeyOfTheAccountsMessages) {
  const Account joined = *ReadHandOver(HandOver(), second_);

  ASSERT_TRUE(joined.encryption);
  EXPECT_EQ(joined.encryption->public_key(), account_.profile.key_encryption->key);
  EXPECT_TRUE(CheckReader(joined).ok());
  const Account again = *ReadAccount(WriteAccount(joined));
  ASSERT_TRUE(again.encryption);
  EXPECT_FALSE(again.administrator());
}

TEST_F(AccountTest, UnlessItIsWithheld) {
  const CatalogedDevice entry = *ConnectDevice(account_, second_.envelope, NewActivation(random_),
                                               Reading::kWithheld, random_);

  const Account joined =
      *ReadAccount(WriteAccount(*ReadHandOver(WriteHandOver(account_, entry), second_)));

  EXPECT_FALSE(joined.encryption);
  const Status status = CheckReader(joined);
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("mesh device add"));
}

TEST_F(AccountTest, AnotherAccountsKeyIsNotTaken) {
  Account other = *MakeAccount("bob@example.com", service_, std::nullopt, mesh_, device_, random_);
  account_.encryption = other.encryption->Clone();

  EXPECT_EQ(ReadHandOver(HandOver(), second_).status().code(), Code::kPermissionDenied);
  EXPECT_EQ(ReadAccount(WriteAccount(account_)).status().code(), Code::kDataLoss);
}

TEST_F(AccountTest, TheHandOverDoesNotShowTheKeyOfTheMessages) {
  const std::string key = Base64UrlEncode(account_.encryption->seed());

  EXPECT_THAT(HandOver(), testing::Not(HasSubstr(key)));
}

TEST_F(AccountTest, AnotherFileIsNoHandOver) {
  EXPECT_EQ(ReadHandOver("{\"People\":[]}", second_).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ReadHandOver("not JSON", second_).status().code(), Code::kInvalidArgument);
}

TEST_F(AccountTest, OnlyAnAdministratorConnectsDevices) {
  const Account joined = *ReadHandOver(HandOver(), second_);

  const Status status =
      ConnectDevice(joined, device_.envelope, NewActivation(random_), Reading::kAllowed, random_)
          .status();

  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
}

TEST_F(AccountTest, ADevicesRequestIsReadBack) {
  const Result<dare::Envelope> read = ReadDeviceRequest(WriteDeviceRequest(second_.envelope));

  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read, second_.envelope);
}

TEST_F(AccountTest, ARequestThatWasAlteredIsRefused) {
  dare::Envelope altered = second_.envelope;
  altered.payload.replace(altered.payload.find("pocket"), 6, "hacker");

  EXPECT_FALSE(ReadDeviceRequest(WriteDeviceRequest(altered)).ok());
}

}  // namespace
}  // namespace mesh::client
