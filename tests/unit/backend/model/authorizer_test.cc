#include "backend/model/authorizer.h"

#include <gtest/gtest.h>

#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

constexpr Right kRights[] = {Right::kCreate, Right::kRead, Right::kWrite, Right::kDelete};

proto::Caller CallerOf(proto::Caller::Mode mode, const std::string& account) {
  proto::Caller caller;
  caller.set_mode(mode);
  caller.set_account(account);
  return caller;
}

TEST(AuthorizerTest, AnAccountMayDoEverythingToItself) {
  const proto::Caller alice = CallerOf(proto::Caller::REFERENCE, "alice@example.com");
  for (const Right right : kRights) EXPECT_TRUE(Authorize(alice, "alice@example.com", right).ok());
}

TEST(AuthorizerTest, AnotherAccountMayDoNothingToIt) {
  const proto::Caller bob = CallerOf(proto::Caller::REFERENCE, "bob@example.com");
  for (const Right right : {Right::kRead, Right::kWrite, Right::kDelete}) {
    EXPECT_EQ(Authorize(bob, "alice@example.com", right).code(), Code::kPermissionDenied);
  }
}

TEST(AuthorizerTest, WhoNamesNoAccountMayOnlyRegisterOne) {
  const proto::Caller stranger = CallerOf(proto::Caller::REFERENCE, "");
  EXPECT_TRUE(Authorize(stranger, "alice@example.com", Right::kCreate).ok());
  for (const Right right : {Right::kRead, Right::kWrite, Right::kDelete}) {
    EXPECT_EQ(Authorize(stranger, "alice@example.com", right).code(), Code::kUnauthenticated);
  }
}

TEST(AuthorizerTest, NobodyMayDoAnything) {
  for (const Right right : kRights) {
    EXPECT_EQ(Authorize(proto::Caller(), "alice@example.com", right).code(),
              Code::kUnauthenticated);
  }
}

TEST(AuthorizerTest, OnlyPublicationsAreNotListed) {
  EXPECT_TRUE(Listed(kInbound));
  EXPECT_TRUE(Listed("mmm_Network"));
  EXPECT_FALSE(Listed(kPublicationCatalog));
}

}  // namespace
}  // namespace mesh::backend
