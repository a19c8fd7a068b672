#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/mesh/account_address.h"
#include "common/mesh/container_name.h"
#include "common/mesh/result_code.h"
#include "common/mesh/slot.h"

namespace mesh {
namespace {

TEST(AccountAddress, DomainsAreLowerCaseAndLocalPartsAreNot) {
  const Result<AccountAddress> address = AccountAddress::Parse("Alice.B+c@Example.COM");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->canonical(), "Alice.B+c@example.com");
  EXPECT_EQ(address->local(), "Alice.B+c");
  EXPECT_EQ(address->domain(), "example.com");
  EXPECT_EQ(*address, *AccountAddress::Parse("Alice.B+c@example.com"));
}

TEST(AccountAddress, WhatIsNoAddressIsRefused) {
  for (const char* text :
       {"", "alice", "@example.com", "alice@", "a b@example.com", "a@b@example.com",
        ".a@example.com", "a.@example.com", "a/b@example.com", "a@-b.com", "a@b-.com", "a@b..com",
        "a@.com", "a@exa_mple.com", "a\x7f@example.com", "caf\xc3\xa9@example.com"}) {
    EXPECT_EQ(AccountAddress::Parse(text).status().code(), Code::kInvalidArgument) << text;
  }
}

TEST(AccountAddress, LengthsAreBounded) {
  EXPECT_TRUE(AccountAddress::Parse(std::string(64, 'a') + "@example.com").ok());
  EXPECT_FALSE(AccountAddress::Parse(std::string(65, 'a') + "@example.com").ok());
  EXPECT_FALSE(AccountAddress::Parse("a@" + std::string(64, 'b') + ".com").ok());
  std::string domain = "b";
  while (domain.size() < 260) domain += ".b";
  EXPECT_FALSE(AccountAddress::Parse("a@" + domain).ok());
}

TEST(ContainerName, RealNamesAreAcceptedAndPathsAreNot) {
  for (const char* name : {"mmm_Inbound", "mmm_Network", "a", "A-1_b"}) {
    EXPECT_TRUE(CheckContainerName(name).ok()) << name;
  }
  for (const char* name : {"", "../x", "a/b", "a.b", "1a", "_a", "a b", "a\n", "\xc3\xa9"}) {
    EXPECT_FALSE(CheckContainerName(name).ok()) << name;
  }
  EXPECT_TRUE(CheckContainerName(std::string(64, 'a')).ok());
  EXPECT_FALSE(CheckContainerName(std::string(65, 'a')).ok());
}

TEST(ContainerName, FourContainersAreSpools) {
  for (const std::string_view name : {kInbound, kOutbound, kLocal, kArchive}) {
    EXPECT_TRUE(IsSpool(name));
  }
  EXPECT_FALSE(IsSpool(kDeviceCatalog));
}

// The reference vectors of SipHash-2-4: key 00..0f, messages "", 00, 00 01, ...
TEST(Slot, SipHashIsTheStandardOne) {
  SlotKey key;
  for (uint8_t i = 0; i < key.size(); ++i) key[i] = i;
  std::string message;
  for (char i = 0; i < 15; ++i) message.push_back(i);
  EXPECT_EQ(SipHash(key, ""), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(SipHash(key, message.substr(0, 1)), 0x74f839c593dc67fdu);
  EXPECT_EQ(SipHash(key, message.substr(0, 8)), 0x93f5f5799a932462u);
  EXPECT_EQ(SipHash(key, message), 0xa129ca6149be45e5u);
}

// PERSISTENT: these follow from the law that keys on disk rest on.
TEST(Slot, AccountsKeepTheirSlots) {
  const SlotKey key{};
  EXPECT_EQ(SlotOf(key, "alice@example.com"), SipHash(key, "alice@example.com") % 16384);
  EXPECT_LT(SlotOf(key, ""), kSlotCount);
}

TEST(ResultCode, EveryCodeHasAnAnswer) {
  EXPECT_EQ(ResultCodeOf(Code::kOk).status, 201);
  EXPECT_EQ(ResultCodeOf(Code::kInvalidArgument).status, 400);
  EXPECT_EQ(ResultCodeOf(Code::kAlreadyExists).extended, 1);
  EXPECT_EQ(ResultCodeOf(Code::kUnauthenticated).status, 401);
  EXPECT_EQ(ResultCodeOf(Code::kPermissionDenied).status, 403);
  EXPECT_EQ(ResultCodeOf(Code::kNotFound).status, 404);
  EXPECT_EQ(ResultCodeOf(Code::kFailedPrecondition).status, 409);
  EXPECT_EQ(ResultCodeOf(Code::kUnimplemented).status, 501);
  for (const Code busy :
       {Code::kUnavailable, Code::kAborted, Code::kDeadlineExceeded, Code::kResourceExhausted}) {
    EXPECT_EQ(ResultCodeOf(busy).status, 503);
  }
  EXPECT_EQ(ResultCodeOf(Code::kInternal).status, 500);
  EXPECT_EQ(ResultCodeOf(Code::kDataLoss).status, 500);
}

}  // namespace
}  // namespace mesh
