// Mode Service: other services, and who is none.

#include "common/mesh/connection_host.h"
#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"
#include "tests/unit/frontend/service/exchange_fixture.h"

namespace mesh::frontend {
namespace {

using binding::Mode;
using crypto::Curve;
using crypto::PrivateKey;

class ServiceModeTest : public ExchangeTest {
 protected:
  ServiceModeTest() {
    peer_.kind = ProfileKind::kService;
    peer_.key_offline_signature = MakeKeyData(signature_.public_key());
    peer_.key_encryption = MakeKeyData(device_.key.public_key());
    host_.kind = ProfileKind::kHost;
    host_.key_offline_signature = MakeKeyData(device_.signature.public_key());
    host_.key_authentication = MakeKeyData(device_.key.public_key());
    connection_ = {peer_.udf(), host_.udf(), *host_.key_authentication, world_.clock.WallNow(),
                   world_.clock.WallNow() + 1000};
    shown_ = peer_.udf();
  }
  TestExchange AsService() {
    TestExchange exchange(world_, Mode::kService, device_);
    exchange.sealed.message = R"({"Hello":{}})";
    exchange.extra = {};
    exchange.extra.domain = "peer.example";
    exchange.extra.profile_service = *SignProfile(peer_, signature_);
    exchange.extra.profile_host = *SignProfile(host_, device_.signature);
    exchange.extra.connection_host = *SignConnectionHost(connection_, signature_);
    return exchange;
  }

  const PrivateKey signature_ = PrivateKey::Generate(Curve::kEd448);
  mesh::Profile peer_;
  mesh::Profile host_;
  ConnectionHost connection_;
};

TEST_F(ServiceModeTest, AServiceIsKnownByWhatItsDomainShows) {
  TestExchange exchange = AsService();
  const SealedReply reply = Refusal(exchange);
  EXPECT_EQ(reply.status, 201);
  const auto ticket =
      *OpenTicket(*world_.keyring.current(), world_.service_udf, reply.extra.ticket);
  EXPECT_EQ(ticket->get().mode(), proto::Caller::SERVICE);
  EXPECT_EQ(ticket->get().domain(), "peer.example");
}

TEST_F(ServiceModeTest, ItMayAskHelloAndNothingElse) {
  TestExchange exchange = AsService();
  exchange.sealed.message = R"({"Status":{"Account":"alice@example.com"}})";
  const SealedReply reply = Refusal(exchange);
  EXPECT_EQ(reply.status, 403);
  EXPECT_TRUE(reply.sealed());
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
