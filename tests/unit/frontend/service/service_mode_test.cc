// Mode Service: other services, and who is none.

#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"
#include "tests/unit/frontend/service/service_mode_fixture.h"

namespace mesh::frontend {
namespace {

TEST_F(ServiceModeTest, AServiceIsKnownByWhatItsDomainShows) {
  TestExchange exchange = AsService();
  const SealedReply reply = Refusal(exchange);
  EXPECT_EQ(reply.status, 201);
  const auto ticket =
      *OpenTicket(*world_.keyring.current(), world_.service_udf, reply.extra.ticket);
  EXPECT_EQ(ticket->get().mode(), proto::Caller::SERVICE);
  EXPECT_EQ(ticket->get().domain(), "peer.example");
}

TEST_F(ServiceModeTest, ItMayNotActOnAnAccount) {
  TestExchange exchange = AsService();
  exchange.sealed.message = R"({"Status":{"Account":"alice@example.com"}})";
  const SealedReply reply = Refusal(exchange);
  EXPECT_EQ(reply.status, 403);
  EXPECT_TRUE(reply.sealed());
}

TEST_F(ServiceModeTest, WhatItMayNotIsRefusedUnread) {
  TestExchange exchange = AsService();
  exchange.sealed.message = R"({"Upload":{"Updates":"unread"}})";
  EXPECT_EQ(Refusal(exchange).status, 403);
}

TEST_F(ServiceModeTest, ADomainThatShowsAnotherServiceRefusesIt) {
  shown_ = "MOTH-ER";
  ExpectUnbelieved(AsService(), "domain");
  TestExchange exchange = AsService();
  exchange.extra.domain = "unknown.example";
  ExpectUnbelieved(std::move(exchange), "domain");
  exchange = AsService();
  exchange.extra.domain = "Peer.Example";
  ExpectUnbelieved(std::move(exchange), "domain");
}

TEST_F(ServiceModeTest, ADomainThatHasNoProofRefusesIt) {
  for (const Code code : {Code::kInvalidArgument, Code::kNotFound, Code::kUnauthenticated,
                          Code::kPermissionDenied, Code::kFailedPrecondition, Code::kDataLoss}) {
    peers_->failure = code;
    TestExchange exchange = AsService();
    exchange.extra.domain = "unknown.example";
    ExpectUnbelieved(std::move(exchange), "domain");
  }
}

TEST_F(ServiceModeTest, ADomainThatCannotBeAskedNowIsNoRefusal) {
  for (const Code code : {Code::kUnavailable, Code::kDeadlineExceeded, Code::kResourceExhausted}) {
    peers_->failure = code;
    TestExchange exchange = AsService();
    exchange.extra.domain = "away.example";
    const SealedReply reply = Refusal(exchange);
    EXPECT_EQ(reply.status, 503);
    EXPECT_FALSE(reply.sealed());
    EXPECT_THAT(reply.message, ::testing::HasSubstr("MeshServiceUnavailable: Domain: why"));
  }
  EXPECT_EQ(world_.Refused("domain"), 0u);
}

TEST_F(ServiceModeTest, EachLinkMustHold) {
  TestExchange exchange = AsService();
  exchange.extra.profile_service.reset();
  ExpectUnbelieved(std::move(exchange), "profile");
  exchange = AsService();
  exchange.extra.connection_host = *SignConnectionHost(connection_, device_.signature);
  ExpectUnbelieved(std::move(exchange), "connection");
  connection_.not_on_or_after = connection_.not_before;
  ExpectUnbelieved(AsService(), "connection");
}

TEST_F(ServiceModeTest, TheKeyMustBeTheConnections) {
  connection_.key_authentication = MakeKeyData(TestDevice().key.public_key());
  ExpectUnbelieved(AsService(), "key");
}

TEST_F(ServiceModeTest, WithoutADirectoryTheModeIsNotServed) {
  FrontEnd alone(world_);
  TestExchange exchange = AsService();
  alone.Send(exchange.Body());
  EXPECT_EQ(alone.reply()->status, 401);
  EXPECT_EQ(world_.Refused("mode"), 1u);
}

}  // namespace
}  // namespace mesh::frontend
