#include "bench/load/carrier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/load/request_maker.h"
#include "common/client/codec.h"
#include "tests/unit/common/client/sealed_service.h"

namespace mesh::load {
namespace {

using client::FakeService;
using client::HttpReply;
using client::SealedService;
using testing::HasSubstr;

constexpr const char* kAddress = "load-0@example.com";

std::string BodyOf(const Sent& sent) {
  return sent.octets.substr(sent.octets.find("\r\n\r\n") + 4);
}

class CarrierTest : public testing::Test {
 protected:
  CarrierTest() { options_.authenticate = true; }

  std::string Ask(const Sent& sent) {
    const std::string media_type(binding::MediaType(options_.encoding));
    return service_.Post("", {{"Content-Type", media_type}}, BodyOf(sent), Deadline())->body;
  }
  void Greet() {
    const Sent sent = carrier_.Hello(maker_.Hello().message);
    const std::string body =
        service_.Post("", {{"Content-Type", "application/json"}}, BodyOf(sent), Deadline())->body;
    std::string storage;
    ASSERT_TRUE(carrier_.OpenHello(body, &storage).ok());
    ASSERT_TRUE(carrier_.KnowsService());
  }
  // The status of the answer.
  Result<int64_t> Tell(Sent sent) {
    std::string storage;
    const std::string body = Ask(sent);
    MESH_ASSIGN(const std::string_view message, carrier_.Open(kAddress, sent, body, &storage));
    MESH_ASSIGN(const client::Outcome outcome, client::DecodeOutcome(message, options_.form()));
    return outcome.status;
  }
  Result<int64_t> Enter() {
    return Tell(*carrier_.InExchange(kAddress, maker_.Enter(kAddress)->message));
  }

  Options options_;
  const Person person_ = *Person::Make("seed");
  FakeClock clock_;
  FakeService answers_;
  SealedService service_{answers_, clock_};
  RequestMaker maker_{options_, person_};
  Carrier carrier_{options_, person_, clock_};
};

TEST_F(CarrierTest, AnExchangeIsTheSameUntilItsTimeIsNearlyOver) {
  Greet();
  const std::string first = carrier_.Exchange(maker_.Hello().message)->octets;
  EXPECT_EQ(carrier_.Exchange(maker_.Hello().message)->octets, first);
  clock_.Advance(std::chrono::milliseconds(binding::kTimeWindow / 2 + 1));
  EXPECT_NE(carrier_.Exchange(maker_.Hello().message)->octets, first);
}

TEST_F(CarrierTest, ABareRequestNamesItsAccountAndItsLength) {
  options_.authenticate = false;

  const Sent sent = carrier_.Carry(kAddress, maker_.Status().message);

  EXPECT_TRUE(carrier_.KnowsService());
  EXPECT_TRUE(carrier_.HasTicket(kAddress));
  EXPECT_THAT(sent.octets, HasSubstr("X-Mesh-Account: load-0@example.com\r\n"));
  EXPECT_THAT(sent.octets, HasSubstr("Content-Length: 13\r\n\r\n{\"Status\":{}}"));
}

TEST_F(CarrierTest, AfterHelloAnExchangeBringsATicketAndTheTicketCarries) {
  EXPECT_FALSE(carrier_.KnowsService());
  Greet();
  EXPECT_EQ(*Tell(*carrier_.AsDevice(kAddress, maker_.CreateAccount(kAddress)->message)), 201);
  EXPECT_FALSE(carrier_.HasTicket(kAddress));
  EXPECT_EQ(*Enter(), 201);
  ASSERT_TRUE(carrier_.HasTicket(kAddress));

  EXPECT_EQ(*Tell(carrier_.Carry(kAddress, maker_.Upload(kAddress)->message)), 201);

  EXPECT_EQ(service_.Story(), "Hello Null, CreateAccount Device, Upload Profile, Upload Ticket");
}

TEST_F(CarrierTest, JsonBCarriesTheSame) {
  options_.encoding = binding::Encoding::kJsonB;
  Greet();
  ASSERT_EQ(*Enter(), 201);

  EXPECT_EQ(*Tell(carrier_.Carry(kAddress, maker_.Upload(kAddress)->message)), 201);
}

TEST_F(CarrierTest, ATicketThatTheServiceDoesNotKnowIsForgotten) {
  Greet();
  ASSERT_TRUE(Enter().ok());
  service_.ForgetTickets();

  EXPECT_EQ(*Tell(carrier_.Carry(kAddress, maker_.Status().message)), 401);
  EXPECT_FALSE(carrier_.HasTicket(kAddress));
}

TEST_F(CarrierTest, ASuccessThatIsNotSealedIsNone) {
  Greet();
  ASSERT_TRUE(Enter().ok());
  service_.set_tamper([](HttpReply* reply) {
    reply->body =
        client::NullEnvelope(binding::Encoding::kJson, "{\"StatusResponse\":{\"Status\":201}}");
  });

  EXPECT_EQ(Tell(carrier_.Carry(kAddress, maker_.Status().message)).status().code(),
            Code::kDataLoss);
}

}  // namespace
}  // namespace mesh::load
