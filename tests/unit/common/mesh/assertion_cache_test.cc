#include "common/mesh/assertion_cache.h"

#include <gtest/gtest.h>

#include "tests/unit/common/mesh/household.h"

namespace mesh {
namespace {

using testing::Device;
using testing::Household;

class AssertionCacheTest : public ::testing::Test {
 protected:
  const Household alice_;
  const Device laptop_;
  AssertionCache cache_;
};

TEST_F(AssertionCacheTest, WhatHeldIsFoundAgain) {
  const dare::Envelope profile = laptop_.SignedProfile();
  const auto first = cache_.SelfSigned(profile, ProfileKind::kDevice);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->udf(), laptop_.udf());
  EXPECT_EQ(*cache_.SelfSigned(profile, ProfileKind::kDevice), *first);

  const dare::Envelope account = alice_.ProfileAccount();
  const dare::Envelope connection = alice_.Connect(laptop_.Connection());
  const auto connected = cache_.ConnectionAccount(connection, account);
  ASSERT_TRUE(connected.ok());
  EXPECT_EQ((*connected)->connection.key_authentication.udf, laptop_.key_udf());
  EXPECT_EQ((*connected)->account.udf(), alice_.account_udf());
  EXPECT_EQ((*connected)->connection_digest, crypto::Sha512(connection.payload).view());
  EXPECT_EQ((*connected)->profile_account_digest, crypto::Sha512(account.payload).view());
  EXPECT_EQ(*cache_.ConnectionAccount(connection, account), *connected);
}

// Everything that the verification looks at is in the name: nothing that was learned
// about one assertion is said of another.
TEST_F(AssertionCacheTest, WhatWasNotVerifiedIsNotFound) {
  const dare::Envelope profile = laptop_.SignedProfile();
  const dare::Envelope forged = laptop_.SignedProfileBy(Device().offline);
  ASSERT_TRUE(cache_.SelfSigned(profile, ProfileKind::kDevice).ok());
  EXPECT_EQ(cache_.SelfSigned(forged, ProfileKind::kDevice).status().code(),
            Code::kPermissionDenied);
  EXPECT_EQ(cache_.SelfSigned(profile, ProfileKind::kMesh).status().code(), Code::kInvalidArgument);

  const Household mallory;
  const dare::Envelope connection = alice_.Connect(laptop_.Connection());
  ASSERT_TRUE(cache_.ConnectionAccount(connection, alice_.ProfileAccount()).ok());
  EXPECT_EQ(cache_.ConnectionAccount(connection, mallory.ProfileAccount()).status().code(),
            Code::kPermissionDenied);
  dare::Envelope other_signature = mallory.Connect(laptop_.Connection());
  EXPECT_EQ(cache_.ConnectionAccount(other_signature, alice_.ProfileAccount()).status().code(),
            Code::kPermissionDenied);
}

TEST_F(AssertionCacheTest, TextsAreKnownOctetForOctet) {
  const std::string account = dare::EnvelopeText(alice_.ProfileAccount());
  const std::string connection = dare::EnvelopeText(alice_.Connect(laptop_.Connection()));
  const auto first = cache_.ConnectionAccount(connection, account);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->connection.key_authentication.udf, laptop_.key_udf());
  EXPECT_EQ(*cache_.ConnectionAccount(connection, account), *first);
  // The place of the first text says nothing of the second, nor its end of its beginning.
  const std::string mallory = dare::EnvelopeText(Household().ProfileAccount());
  EXPECT_EQ(cache_.ConnectionAccount(connection, mallory).status().code(), Code::kPermissionDenied);
  for (size_t i = 0; i < connection.size() / 2; i += 7) {
    std::string altered = connection;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    const auto other = cache_.ConnectionAccount(altered, account);
    EXPECT_TRUE(!other.ok() || *other != *first) << i;
  }
  EXPECT_EQ(cache_.ConnectionAccount("", account).status().code(), Code::kInvalidArgument);
}

TEST_F(AssertionCacheTest, TheLeastRecentlyUsedIsForgotten) {
  const dare::Envelope one = laptop_.SignedProfile();
  const dare::Envelope two = Device().SignedProfile();
  const dare::Envelope three = Device().SignedProfile();
  AssertionCache small(2 * one.payload.size() + one.payload.size() / 2);
  const auto first = *small.SelfSigned(one, ProfileKind::kDevice);
  const auto second = *small.SelfSigned(two, ProfileKind::kDevice);
  EXPECT_EQ(*small.SelfSigned(one, ProfileKind::kDevice), first);
  (void)small.SelfSigned(three, ProfileKind::kDevice);
  EXPECT_EQ(*small.SelfSigned(one, ProfileKind::kDevice), first);
  EXPECT_NE(*small.SelfSigned(two, ProfileKind::kDevice), second);
}

TEST_F(AssertionCacheTest, WhatIsLargerThanTheCacheIsVerifiedEachTime) {
  AssertionCache none(10);
  const auto first = *none.SelfSigned(laptop_.SignedProfile(), ProfileKind::kDevice);
  EXPECT_NE(*none.SelfSigned(laptop_.SignedProfile(), ProfileKind::kDevice), first);
}

}  // namespace
}  // namespace mesh
