// What accounts here ask of accounts at other services, and the other way round.

#include "frontend/service/peer_forward.h"

#include <deque>

#include "common/mesh/message.h"
#include "tests/unit/frontend/service/service_mode_fixture.h"

namespace mesh::frontend {
namespace {

using ::testing::HasSubstr;

std::string Claim(const std::string& sender, const std::string& recipient) {
  MessageClaim claim;
  claim.head.message_id = "NCLA-IM";
  claim.head.sender = sender;
  claim.head.recipient = recipient;
  claim.publication_id = "EPUB-LICA-TION";
  claim.service_authenticate = "AUTH";
  std::string payload;
  WriteMessage(claim, payload);
  return R"({"Claim":{"EnvelopedMessageClaim":)" +
         dare::EnvelopeText(*WrapMessage(claim.head, payload, 0, nullptr)) + "}}";
}

constexpr char kAlice[] = "alice@example.com";
constexpr char kEve[] = "eve@peer.example";

// The other service, which answers when the test says so.
class FakePeerCalls final : public PeerCalls {
 public:
  using Calls = std::deque<std::pair<PeerCall, Then>>;
  explicit FakePeerCalls(Calls& calls) : calls_(calls) {}
  void Call(PeerCall call, Then then) override {
    calls_.emplace_back(std::move(call), std::move(then));
  }

 private:
  Calls& calls_;
};

class PeerForwardTest : public ::testing::Test {
 protected:
  PeerForwardTest() {
    granted_.set_incarnation(7);
    granted_.mutable_grant()->mutable_grant()->set_account_udf("MALI-CE");
  }
  void Ask(const std::string& message) {
    exchange_.sealed.message = message;
    front_.Send(exchange_.Body());
  }
  void Answer(const Result<PeerAnswer>& answer) {
    ASSERT_FALSE(calls_.empty());
    calls_.front().second(answer);
    calls_.pop_front();
  }
  SealedReply Reply() { return exchange_.Read(*front_.reply()); }
  int StatusAfter(const Result<PeerAnswer>& answer) {
    exchange_ = TestExchange(world_, binding::Mode::kProfile, device_);
    Ask(Claim(kAlice, kEve));
    world_.back_end.Answer(granted_);
    Answer(answer);
    last_ = Reply();
    return last_.status;
  }

  ServiceWorld world_;
  FakePeerCalls::Calls calls_;
  FrontEnd front_{world_, nullptr, MeshService::Forms::kAll,
                  std::make_unique<FakePeerCalls>(calls_)};
  TestDevice device_;
  TestExchange exchange_{world_, binding::Mode::kProfile, device_};
  proto::PartitionReply granted_;
  SealedReply last_;  // That StatusAfter has read.
};

TEST_F(PeerForwardTest, TheOtherServiceIsAskedWhenTheCallersOwnerHasLetItPass) {
  Ask(Claim(kAlice, kEve));
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  EXPECT_TRUE(calls_.empty());
  const auto asked = world_.back_end.Answer(granted_);
  EXPECT_EQ(asked->account(), kAlice);
  EXPECT_EQ(asked->grant().account(), kEve);
  ASSERT_EQ(calls_.size(), 1u);
  const PeerCall& call = calls_.front().first;
  EXPECT_EQ(call.from, "example.com");
  EXPECT_EQ(call.to, "peer.example");
  EXPECT_EQ(call.tag, "Claim");
  EXPECT_LT(call.deadline, world_.clock.In(std::chrono::seconds(5)));
  EXPECT_THAT(call.message, HasSubstr(R"({"Claim":{"EnvelopedMessageClaim":[)"));
  EXPECT_THAT(call.message,
              HasSubstr(R"("CallerAddress":"alice@example.com","CallerUDF":"MALI-CE"}})"));
}

TEST_F(PeerForwardTest, ItsAnswerIsHandedOn) {
  Ask(Claim(kAlice, kEve));
  world_.back_end.Answer(granted_);
  const std::string message = R"({"ClaimResponse":{"Status":201,"CatalogedPublication":{}}})";
  Answer(PeerAnswer{201, "Operation completed successfully", message});
  const SealedReply reply = Reply();
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.message, message);
  EXPECT_FALSE(reply.extra.ticket.empty());
}

TEST_F(PeerForwardTest, ItsRefusalIsHandedOnToo) {
  EXPECT_EQ(StatusAfter(PeerAnswer{404, "MeshPublicationUnknown: none", {}}), 404);
  EXPECT_THAT(last_.message, HasSubstr(R"("StatusDescription":"MeshPublicationUnknown: none")"));
}

TEST_F(PeerForwardTest, NoAnswerIsToldAsSuch) {
  EXPECT_EQ(StatusAfter(Status(Code::kUnavailable, "inside")), 503);
  EXPECT_EQ(last_.message.find("inside"), std::string::npos);
  EXPECT_EQ(StatusAfter(Status(Code::kNotFound, "none")), 404);
  EXPECT_EQ(StatusAfter(PeerAnswer{201, "", R"({"StatusResponse":{"Status":201}})"}), 503);
  EXPECT_EQ(StatusAfter(PeerAnswer{201, "", "<html>"}), 503);
}

// What it says becomes an HTTP status of ours: none that ends a reply early, or is no status.
TEST_F(PeerForwardTest, AStatusThatIsNoneOfOursIsNoAnswer) {
  for (const int64_t status : {int64_t{-1}, int64_t{0}, int64_t{100}, int64_t{204}, int64_t{304},
                               int64_t{600}, int64_t{201} + (int64_t{1} << 32)}) {
    const std::string message = R"({"ClaimResponse":{"Status":)" + std::to_string(status) + "}}";
    EXPECT_EQ(StatusAfter(PeerAnswer{status, "why", message}), 503) << status;
  }
}

// 401 is between the services: no exchange of the client's helps.
TEST_F(PeerForwardTest, ThatItDoesNotKnowUsIsNotToldTheClient) {
  EXPECT_EQ(StatusAfter(PeerAnswer{401, "MeshTicketExpired", {}}), 503);
  EXPECT_EQ(last_.message.find("MeshTicketExpired"), std::string::npos);
}

TEST_F(PeerForwardTest, WhoIsNotInTheAccountIsRefusedHere) {
  Ask(Claim(kAlice, kEve));
  proto::PartitionReply refused;
  refused.set_code(static_cast<int>(Code::kPermissionDenied));
  world_.back_end.Answer(refused);
  EXPECT_TRUE(calls_.empty());
  EXPECT_EQ(Reply().status, 403);
}

TEST_F(PeerForwardTest, NobodyClaimsInAnothersName) {
  Ask(Claim("bob@example.com", kEve));
  EXPECT_TRUE(world_.back_end.calls.empty());
  EXPECT_EQ(Reply().status, 403);
}

TEST_F(PeerForwardTest, OtherTransactionsAreNotForwarded) {
  Ask(R"({"Status":{"Account":"eve@peer.example"}})");
  EXPECT_TRUE(world_.back_end.calls.empty());
  EXPECT_EQ(Reply().status, 404);
}

TEST(ForwardedMessageTest, OnlyWeSayForWhomItIs) {
  const auto forwarded =
      ForwardedMessage(R"({"Operate":{"CallerUDF":"MLIE","AccountAddress":"g@peer.example",)"
                       R"("CallerAddress":"bob@example.com","Operations":[ {"a":1} ]}})",
                       json::Form::kText, {kAlice, "MALI-CE"});
  ASSERT_TRUE(forwarded.ok());
  EXPECT_EQ(*forwarded, R"({"Operate":{"AccountAddress":"g@peer.example","Operations":[ {"a":1} ],)"
                        R"("CallerAddress":"alice@example.com","CallerUDF":"MALI-CE"}})");
}

TEST(ForwardedMessageTest, JsonBIsForwardedAsJson) {
  std::string message;
  json::Writer writer(message, json::Form::kJsonB);
  writer.BeginObject().Member("Operate").BeginObject().Member("X").Binary("octets");
  writer.EndObject().EndObject();
  const auto forwarded = ForwardedMessage(message, json::Form::kJsonB, {kAlice, "M"});
  ASSERT_TRUE(forwarded.ok());
  EXPECT_EQ(*forwarded, R"({"Operate":{"X":"b2N0ZXRz",)"
                        R"("CallerAddress":"alice@example.com","CallerUDF":"M"}})");
}

TEST(ForwardedMessageTest, WhatIsNoRequestIsNotForwarded) {
  for (const char* message : {"", "[]", R"({"Claim":[]})",
                              R"({"Claim":{}} )"
                              "x"}) {
    EXPECT_FALSE(ForwardedMessage(message, json::Form::kText, {kAlice, "M"}).ok()) << message;
  }
}

class AskedByOthersTest : public ServiceModeTest {};

TEST_F(AskedByOthersTest, AClaimOfAnotherServiceGoesToTheOwner) {
  TestExchange exchange = AsService();
  exchange.sealed.message = Claim(kEve, "bob@example.com");
  proto::PartitionReply reply;
  reply.mutable_claim();
  EXPECT_EQ(Served(exchange, reply).status, 201);
  EXPECT_EQ(asked_->account(), "bob@example.com");
  EXPECT_EQ(asked_->caller().mode(), proto::Caller::SERVICE);
  EXPECT_EQ(asked_->caller().domain(), "peer.example");
  EXPECT_EQ(asked_->claim().sender(), kEve);
}

TEST_F(AskedByOthersTest, AClaimForADomainThatIsNotHereGoesNowhere) {
  TestExchange exchange = AsService();
  exchange.sealed.message = Claim(kEve, "bob@other.example");
  EXPECT_EQ(Refusal(exchange).status, 404);
}

}  // namespace
}  // namespace mesh::frontend
