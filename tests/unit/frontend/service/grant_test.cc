// Requests about another account than the caller's own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"
#include "tests/unit/frontend/service/sealed_client.h"

namespace mesh::frontend {
namespace {

constexpr char kAlice[] = "alice@example.com";
constexpr char kGroup[] = "group@example.net";

class GrantTest : public ::testing::Test {
 protected:
  GrantTest() {
    exchange_.sealed.message = R"({"Status":{"Account":"group@Example.NET"}})";
    granted_.set_incarnation(7);
    granted_.mutable_grant()->mutable_grant()->set_account_udf("MALI-CE");
    aborted_.set_code(static_cast<int>(Code::kAborted));
    served_.mutable_status();
    front_.Send(exchange_.Body());
  }
  const proto::PartitionRequest& Asked() { return *world_.back_end.calls.at(0).request; }

  ServiceWorld world_;
  FrontEnd front_{world_};
  TestDevice device_;
  TestExchange exchange_{world_, binding::Mode::kProfile, device_};
  proto::PartitionReply granted_, aborted_, served_;
};

TEST_F(GrantTest, TheCallersOwnerIsAskedFirst) {
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  EXPECT_EQ(Asked().account(), kAlice);
  EXPECT_EQ(Asked().grant().account(), kGroup);
  EXPECT_EQ(Asked().caller().account(), kAlice);
  EXPECT_EQ(Asked().caller().request_id(), exchange_.sealed.request_id);
  EXPECT_FALSE(Asked().has_status());
}

TEST_F(GrantTest, TheOtherOwnerDecidesOnTheGrant) {
  world_.back_end.Answer(granted_);
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  EXPECT_EQ(Asked().account(), kGroup);
  EXPECT_TRUE(Asked().has_status());
  EXPECT_EQ(Asked().caller().grant().account_udf(), "MALI-CE");
  EXPECT_EQ(Asked().caller().request_id(), exchange_.sealed.request_id);
  EXPECT_EQ(world_.back_end.calls[0].deadline, world_.clock.In(std::chrono::seconds(5)));
  world_.back_end.Answer(served_);
  EXPECT_EQ(exchange_.Read(*front_.reply()).status, 201);
}

TEST_F(GrantTest, TheTicketIsForTheCallersAccount) {
  world_.back_end.Answer(granted_);
  served_.set_incarnation(99);  // The group's is of no interest.
  world_.back_end.Answer(served_);
  const SealedReply reply = exchange_.Read(*front_.reply());
  const auto ticket =
      *OpenTicket(*world_.keyring.current(), world_.service_udf, reply.extra.ticket);
  EXPECT_EQ(ticket->get().account(), kAlice);
  EXPECT_EQ(ticket->get().incarnation(), 7u);
}

TEST_F(GrantTest, WithoutAGrantTheOtherOwnerIsNotAsked) {
  proto::PartitionReply refused;
  refused.set_refusal(proto::REFUSAL_NOT_IN_ACCOUNT);
  refused.set_mesh_status(401);
  world_.back_end.Answer(refused);
  EXPECT_TRUE(world_.back_end.calls.empty());
  const SealedReply reply = exchange_.Read(*front_.reply());
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.extra.ticket, "");
  EXPECT_THAT(reply.message, ::testing::StartsWith(R"({"StatusResponse":{"Status":401)"));
}

TEST_F(GrantTest, ARefusalByTheOtherOwnerIsNotOneByTheCallers) {
  world_.back_end.Answer(granted_);
  proto::PartitionReply refused;
  refused.set_code(static_cast<int>(Code::kPermissionDenied));
  world_.back_end.Answer(refused);
  const SealedReply reply = exchange_.Read(*front_.reply());
  EXPECT_EQ(reply.status, 403);
  EXPECT_NE(reply.extra.ticket, "");
}

TEST_F(GrantTest, EachOfTheTwoIsAskedOnceMoreWhenItMoved) {
  const auto ask = world_.back_end.Answer(aborted_);
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  EXPECT_EQ(world_.back_end.Answer(granted_)->SerializeAsString(), ask->SerializeAsString());
  const auto request = world_.back_end.Answer(aborted_);
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  EXPECT_EQ(world_.back_end.Answer(served_)->SerializeAsString(), request->SerializeAsString());
  EXPECT_EQ(exchange_.Read(*front_.reply()).status, 201);
}

// An administrator signs for the account that is acted on.
TEST_F(GrantTest, AnAdministratorSignsForTheGroup) {
  world_.back_end.calls.clear();
  const auto& key = device_.account.account_online;
  for (const char* account : {kGroup, kAlice}) {
    TestExchange exchange(world_, binding::Mode::kProfile, device_);
    exchange.sealed.message = exchange_.sealed.message;
    exchange.extra.administrator = Administer(world_, exchange.sealed, account, key);
    front_.Send(exchange.Body());
    EXPECT_EQ(world_.back_end.calls.size(), account == kGroup ? 1u : 0u);
    world_.back_end.calls.clear();
  }
}

}  // namespace
}  // namespace mesh::frontend
