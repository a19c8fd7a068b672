// What the edge tells the owner of an account about entries of mmm_Device.

#include "common/mesh/device_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/mesh/assertion_cache.h"
#include "proto/partition.pb.h"
#include "tests/support/mesh_json.h"
#include "tests/unit/common/mesh/household.h"

namespace mesh {
namespace {

using testing::Device;
using testing::Entry;
using ::testing::HasSubstr;
using testing::Household;
using testing::UploadOf;

class DeviceEntryTest : public ::testing::Test {
 protected:
  static std::string TextOf(const CatalogedDevice& device) {
    std::string text;
    WriteCatalogedDevice(device, text);
    return text;
  }
  // The entry as the owner gets it.
  proto::Envelope Described(std::string_view unique_id, std::string_view payload,
                            std::string_view event = "New", bool strict = true) {
    DecodeOptions options;
    options.strict = strict;
    options.assertions = &assertions_;
    DecodedRequest request;
    DecodeFailure failure;
    const std::string json =
        UploadOf("mmm_Device", dare::EnvelopeText(Entry(unique_id, payload, event)));
    EXPECT_TRUE(DecodeRequest(json, options, &request, &failure)) << failure.status.message();
    return request.request->upload().updates(0).envelopes(0);
  }
  proto::Envelope Described(const CatalogedDevice& device) {
    return Described(device.device_udf, TextOf(device));
  }
  // Why the owner must refuse it; `denied` when something in it does not hold.
  std::string FaultOf(const CatalogedDevice& device, bool denied) {
    const proto::Envelope entry = Described(device);
    EXPECT_EQ(entry.device_denied(), denied);
    EXPECT_EQ(entry.members_size(), 0);
    return entry.device_fault();
  }

  const Household alice_;
  const Device laptop_;
  AssertionCache assertions_;
};

TEST_F(DeviceEntryTest, AConnectionThatHoldsIsAMember) {
  for (const char* event : {"New", "Update"}) {
    const CatalogedDevice device = alice_.Catalog(laptop_);
    const proto::Envelope entry = Described(device.device_udf, TextOf(device), event);
    EXPECT_EQ(entry.device_fault(), "");
    ASSERT_EQ(entry.members_size(), 1);
    const proto::Member& member = entry.members(0);
    EXPECT_EQ(member.device_udf(), laptop_.key_udf());
    EXPECT_EQ(member.connection_digest(),
              crypto::Sha512(device.accounts[0].connection_account->payload).view());
    EXPECT_EQ(member.connection_digest(), entry.connection_digests(0));
    EXPECT_EQ(member.profile_account_digest(),
              crypto::Sha512(alice_.ProfileAccount().payload).view());
    EXPECT_FALSE(member.limited());
  }
}

TEST_F(DeviceEntryTest, ADeviceOfTwoAccountsIsAMemberOfBoth) {
  const Household work;
  CatalogedDevice device = alice_.Catalog(laptop_);
  device.accounts.push_back(work.EntryOf(laptop_.Connection()));
  device.accounts.emplace_back().account_udf = "known, and not connected";
  const proto::Envelope entry = Described(device);
  EXPECT_EQ(entry.device_fault(), "");
  ASSERT_EQ(entry.members_size(), 2);
  EXPECT_NE(entry.members(0).profile_account_digest(), entry.members(1).profile_account_digest());
}

TEST_F(DeviceEntryTest, PermissionsGoWithTheMember) {
  Connection connection = laptop_.Connection();
  connection.permissions = {{"mmm_Contact", true}, {"mmm_Inbound", false}};
  CatalogedDevice device = alice_.Catalog(laptop_);
  device.accounts[0] = alice_.EntryOf(connection);
  const proto::Envelope entry = Described(device);
  const proto::Member& member = entry.members(0);
  EXPECT_TRUE(member.limited());
  ASSERT_EQ(member.permissions_size(), 2);
  EXPECT_EQ(member.permissions(0).container(), "mmm_Contact");
  EXPECT_TRUE(member.permissions(0).write());
  EXPECT_FALSE(member.permissions(1).write());
}

TEST_F(DeviceEntryTest, WhatDoesNotHoldIsDenied) {
  const Household mallory;
  const Device other;
  CatalogedDevice device = alice_.Catalog(laptop_);
  device.accounts[0].connection_account = mallory.Connect(laptop_.Connection());
  EXPECT_THAT(FaultOf(device, true), HasSubstr("KeysOnlineSignature"));

  device = alice_.Catalog(laptop_);
  device.accounts[0].account_udf = mallory.account_udf();
  EXPECT_THAT(FaultOf(device, true), HasSubstr("AccountUDF"));

  device = alice_.Catalog(laptop_);
  device.profile_device = laptop_.SignedProfileBy(other.offline);
  EXPECT_THAT(FaultOf(device, true), HasSubstr("KeyOfflineSignature"));

  device = alice_.Catalog(laptop_);
  device.profile_device = other.SignedProfile();
  EXPECT_THAT(FaultOf(device, true), HasSubstr("DeviceUDF"));

  device = alice_.Catalog(laptop_);
  const proto::Envelope filed_elsewhere = Described(other.udf(), TextOf(device));
  EXPECT_THAT(filed_elsewhere.device_fault(), HasSubstr("UniqueID"));
  EXPECT_TRUE(filed_elsewhere.device_denied());
}

TEST_F(DeviceEntryTest, WhatCannotBeReadIsAFault) {
  CatalogedDevice device = alice_.Catalog(laptop_);
  device.profile_device.reset();
  EXPECT_THAT(FaultOf(device, false), HasSubstr("EnvelopedProfileDevice"));

  device = alice_.Catalog(laptop_);
  for (size_t i = 0; i < kAccountsPerDeviceMax; ++i) device.accounts.emplace_back();
  EXPECT_THAT(FaultOf(device, false), HasSubstr("at most 16"));

  for (const char* payload : {"not JSON", "{}", "", "{\"CatalogedContact\":{}}"}) {
    const proto::Envelope entry = Described("M", payload);
    EXPECT_NE(entry.device_fault(), "") << payload;
    EXPECT_FALSE(entry.device_denied());
  }
}

TEST_F(DeviceEntryTest, ADeletionSaysNothingOfItsPayload) {
  const proto::Envelope entry = Described("M", "whatever", "Delete");
  EXPECT_EQ(entry.device_fault(), "");
  EXPECT_EQ(entry.members_size(), 0);
}

TEST_F(DeviceEntryTest, InReferenceCompatibilityNothingIsVerified) {
  const Household mallory;
  CatalogedDevice device = alice_.Catalog(laptop_);
  device.accounts[0].connection_account = mallory.Connect(laptop_.Connection());
  const proto::Envelope forged = Described(device.device_udf, TextOf(device), "New", false);
  EXPECT_EQ(forged.device_fault(), "");
  EXPECT_EQ(forged.members_size(), 0);
  EXPECT_EQ(forged.connection_digests_size(), 1);
  EXPECT_EQ(Described("M", "not JSON", "New", false).device_fault(), "");
}

TEST_F(DeviceEntryTest, OneRequestHasABoundedNumberOfAssertionsVerified) {
  const CatalogedDevice device = alice_.Catalog(laptop_);  // Two assertions.
  const std::string entry = dare::EnvelopeText(Entry(device.device_udf, TextOf(device), "Update"));
  const auto decode = [&](size_t entries) {
    std::string list = entry;
    for (size_t i = 1; i < entries; ++i) list += "," + entry;
    DecodeOptions options;
    options.assertions = &assertions_;
    DecodedRequest request;
    DecodeFailure failure;
    (void)DecodeRequest(UploadOf("mmm_Device", list), options, &request, &failure);
    return failure.status.code();
  };
  EXPECT_EQ(decode(kAssertionsPerRequestMax / 2), Code::kOk);
  EXPECT_EQ(decode(kAssertionsPerRequestMax / 2 + 1), Code::kResourceExhausted);
}

TEST_F(DeviceEntryTest, TheAnswerIsTheSameWithoutACache) {
  const CatalogedDevice device = alice_.Catalog(laptop_);
  DecodedRequest request;
  DecodeFailure failure;
  const std::string json =
      UploadOf("mmm_Device", dare::EnvelopeText(Entry(device.device_udf, TextOf(device))));
  ASSERT_TRUE(DecodeRequest(json, {}, &request, &failure));
  EXPECT_EQ(request.request->upload().updates(0).envelopes(0).SerializeAsString(),
            Described(device).SerializeAsString());
}

}  // namespace
}  // namespace mesh
