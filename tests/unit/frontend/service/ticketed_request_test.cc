// Requests under a ticket, and each way of having a wrong one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/encoding/base64url.h"
#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"
#include "tests/unit/frontend/service/sealed_client.h"

namespace mesh::frontend {
namespace {

using binding::Encoding;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TicketedRequestTest : public ::testing::Test {
 protected:
  // What an exchange of a member would have given.
  binding::ReplyExtra Give(std::function<void(proto::Ticket&)> change = [](proto::Ticket&) {}) {
    binding::ReplyExtra given;
    given.master_key = std::string(binding::kMasterKeyBytes, 'm');
    proto::Ticket ticket;
    ticket.set_mode(proto::Caller::PROFILE);
    ticket.set_account("alice@example.com");
    ticket.set_incarnation(7);
    ticket.set_device_udf("MDEV-ICE");
    ticket.set_connection_digest("digest");
    ticket.set_expires(world_.clock.WallNow() + 1000);
    ticket.set_master_key(given.master_key);
    change(ticket);
    given.ticket =
        SealTicket(*world_.keyring.current(), world_.service_udf, ticket, crypto::SystemRandom());
    return given;
  }
  TestTicketed Request() { return TestTicketed(world_, Give()); }

  void Send(const std::string& body, Encoding encoding = Encoding::kJson) {
    front_.Send(body, binding::MediaType(encoding));
  }
  // Sends it, expects that it reaches the back end, and lets that answer.
  SealedReply Served(const TestTicketed& request, proto::PartitionReply reply = {}) {
    Send(request.Body(), request.encoding);
    EXPECT_EQ(world_.back_end.calls.size(), 1u) << front_.reply()->body;
    if (world_.back_end.calls.empty()) return {};
    reply.mutable_status();
    asked_ = world_.back_end.Answer(reply);
    return request.Read(*front_.reply());
  }
  void ExpectRefused(const std::string& body, const char* name, const char* reason,
                     int status = 401) {
    const uint64_t before = world_.Refused(reason);
    Send(body);
    ASSERT_TRUE(front_.reply());
    EXPECT_EQ(front_.reply()->status, status) << reason;
    const auto envelope = *binding::ParseWireEnvelope(Encoding::kJson, front_.reply()->body);
    EXPECT_EQ(envelope.header.mode, binding::Mode::kNull);
    EXPECT_THAT(envelope.payload, HasSubstr(name));
    EXPECT_EQ(world_.Refused(reason), before + 1) << reason;
    EXPECT_TRUE(world_.back_end.calls.empty());
  }

  ServiceWorld world_;
  FrontEnd front_{world_};
  std::unique_ptr<proto::PartitionRequest> asked_;
};

TEST_F(TicketedRequestTest, ATicketSaysWhoCalls) {
  const TestTicketed request = Request();
  const SealedReply reply = Served(request);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.mode, binding::Mode::kTicket);
  EXPECT_THAT(reply.message, StartsWith(R"({"StatusResponse":{"Status":201)"));
  EXPECT_EQ(reply.request_id, request.sealed.request_id);
  EXPECT_EQ(reply.extra.ticket, "");
  EXPECT_EQ(asked_->account(), "alice@example.com");
  const proto::Caller& caller = asked_->caller();
  EXPECT_EQ(caller.mode(), proto::Caller::PROFILE);
  EXPECT_EQ(caller.account(), "alice@example.com");
  EXPECT_EQ(caller.incarnation(), 7u);
  EXPECT_EQ(caller.device_udf(), "MDEV-ICE");
  EXPECT_EQ(caller.connection_digest(), "digest");
  EXPECT_EQ(caller.request_id(), request.sealed.request_id);
  EXPECT_EQ(caller.request_time(), request.sealed.time);
  EXPECT_EQ(world_.Accepted("Ticket"), 1u);
}

TEST_F(TicketedRequestTest, JsonBIsServedAlike) {
  TestTicketed request = Request();
  request.encoding = Encoding::kJsonB;
  EXPECT_EQ(Served(request).status, 201);
  EXPECT_EQ(front_.reply()->content_type, "application/json-b");
}

TEST_F(TicketedRequestTest, EveryFrontEndServesIt) {
  const TestTicketed request = Request();
  FrontEnd other(world_);
  other.Send(request.Body());
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  world_.back_end.Answer({});
  EXPECT_EQ(request.Read(*other.reply()).status, 201);
}

TEST_F(TicketedRequestTest, HelloIsAnsweredUnderTheSeal) {
  TestTicketed request = Request();
  request.sealed.message = R"({"Hello":{}})";
  Send(request.Body());
  const SealedReply reply = request.Read(*front_.reply());
  EXPECT_TRUE(reply.sealed());
  EXPECT_THAT(reply.message, HasSubstr("EnvelopedConnectionHost"));
}

TEST_F(TicketedRequestTest, RefusalsAreSealedToo) {
  TestTicketed request = Request();
  for (const char* message : {R"({"Status":[]})", R"({"Nothing":{}})", R"({"Operate":{}})", ""}) {
    request.sealed.message = message;
    Send(request.Body());
    const SealedReply reply = request.Read(*front_.reply());
    EXPECT_TRUE(reply.sealed());
    EXPECT_EQ(reply.status, 400);
  }
}

TEST_F(TicketedRequestTest, WhomTheOwnerDoesNotKnowAnyMoreIsRefusedUnderTheSeal) {
  proto::PartitionReply reply;
  reply.set_refusal(proto::REFUSAL_NOT_IN_ACCOUNT);
  reply.set_mesh_status(401);
  const SealedReply refused = Served(Request(), reply);
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.sealed());
}

// --- The ticket ----------------------------------------------------------------------

TEST_F(TicketedRequestTest, NoOctetOfATicketCanBeChanged) {
  const TestTicketed good = Request();
  for (size_t i = 0; i < good.ticket.size(); ++i) {
    TestTicketed request = good;
    request.ticket[i] = static_cast<char>(request.ticket[i] ^ 0x10);
    ExpectRefused(request.Body(), "MeshTicketUnknown", i < 9 ? "ticket_key" : "ticket");
  }
  EXPECT_EQ(Served(good).status, 201);
}

TEST_F(TicketedRequestTest, NoTicketIsNoTicket) {
  TestTicketed request = Request();
  request.ticket = "";
  ExpectRefused(request.Body(), "MeshTicketUnknown", "ticket_key");
}

TEST_F(TicketedRequestTest, ATicketExpires) {
  const TestTicketed request = Request();
  world_.clock.Advance(std::chrono::milliseconds(999));
  EXPECT_EQ(Served(request).status, 201);
  world_.clock.Advance(std::chrono::milliseconds(1));
  ExpectRefused(request.Body(), "MeshTicketExpired", "ticket_expired");
}

TEST_F(TicketedRequestTest, ARetiredKeyEndsItsTickets) {
  const TestTicketed request = Request();
  EXPECT_EQ(Served(request).status, 201);
  world_.keyring.Publish(TicketKeyring::FromKeys({std::string(32, 'k'), std::string(32, 'l')}));
  EXPECT_EQ(Served(request).status, 201);
  world_.keyring.Publish(TicketKeyring::FromKeys({std::string(32, 'l')}));
  ExpectRefused(request.Body(), "MeshTicketUnknown", "ticket_key");
}

TEST_F(TicketedRequestTest, AnotherServicesTicketIsUnknown) {
  world_.service_udf = "MOTH-ER";
  const TestTicketed request = Request();
  ExpectRefused(request.Body(), "MeshTicketUnknown", "ticket");
}

TEST_F(TicketedRequestTest, AnotherCallersTicketDoesNotFitTheKey) {
  TestTicketed request = Request();
  request.ticket = Give([](proto::Ticket& ticket) {
                     ticket.set_account("bob@example.com");
                     ticket.set_master_key(std::string(32, 'o'));
                   }).ticket;
  ExpectRefused(request.Body(), "MeshRequestUnauthenticated", "seal");
}

// --- The seal ------------------------------------------------------------------------

TEST_F(TicketedRequestTest, NoOctetOfTheSealCanBeChanged) {
  const TestTicketed request = Request();
  const std::string header = request.Header();
  const std::string payload = request.Payload(header);
  for (size_t i = 0; i < payload.size(); ++i) {
    std::string edited = payload;
    edited[i] = static_cast<char>(edited[i] ^ 1);
    ExpectRefused(request.BodyOf(header, edited), "MeshRequestUnauthenticated", "seal");
    ExpectRefused(request.BodyOf(header, payload.substr(0, i)), "MeshRequestUnauthenticated",
                  "seal");
  }
  ExpectRefused(request.BodyOf(header, payload + payload), "MeshRequestUnauthenticated", "seal");
}

TEST_F(TicketedRequestTest, TheHeaderIsUnderTheSeal) {
  const TestTicketed request = Request();
  const std::string header = request.Header();
  const std::string payload = request.Payload(header);
  std::string edited = header;
  edited.insert(1, " ");
  ExpectRefused(request.BodyOf(edited, payload), "MeshRequestUnauthenticated", "seal");
  edited = header;
  edited.insert(1, R"("kid":"M",)");
  ExpectRefused(request.BodyOf(edited, payload), "MeshRequestUnauthenticated", "seal");
}

TEST_F(TicketedRequestTest, AnotherSaltOpensNothing) {
  TestTicketed request = Request();
  const std::string payload = request.Payload(request.Header());
  request.salt[0] ^= 1;
  ExpectRefused(request.BodyOf(request.Header(), payload), "MeshRequestUnauthenticated", "seal");
}

TEST_F(TicketedRequestTest, ASaltMustBeThereAndWhole) {
  const TestTicketed request = Request();
  const std::string ticket = Base64UrlEncode(request.ticket);
  for (const std::string& salt : {std::string(), R"(,"Salt":"AA")" + std::string(),
                                  R"(,"Salt":")" + std::string(44, 'A') + '"'}) {
    const std::string header =
        R"({"Version":1,"Mode":"Ticket","Ticket":")" + ticket + '"' + salt + "}";
    ExpectRefused(request.BodyOf(header, "x"), "MeshRequestInvalid", "envelope", 400);
  }
}

TEST_F(TicketedRequestTest, TwoEnvelopesAreNotOne) {
  const std::string body = Request().Body();
  ExpectRefused(body + body, "MeshRequestInvalid", "envelope", 400);
  ExpectRefused(body.substr(0, body.size() - 1), "MeshRequestInvalid", "envelope", 400);
}

TEST_F(TicketedRequestTest, ARequestSealedForAReplyDoesNotOpen) {
  const TestTicketed request = Request();
  const std::string header = request.Header();
  const std::string payload = binding::SealReply(
      request.master_key, request.salt, request.salt,
      binding::BindingOctets(binding::Mode::kTicket, world_.service_udf, Encoding::kJson, header),
      request.sealed.Text());
  ExpectRefused(request.BodyOf(header, payload), "MeshRequestUnauthenticated", "seal");
}

TEST_F(TicketedRequestTest, ASealWithNothingReadableInItIsMalformed) {
  const TestTicketed request = Request();
  const std::string header = request.Header();
  const std::string payload = binding::SealRequest(
      request.master_key, request.salt,
      binding::BindingOctets(binding::Mode::kTicket, world_.service_udf, Encoding::kJson, header),
      "");
  ExpectRefused(request.BodyOf(header, payload), "MeshRequestInvalid", "envelope", 400);
}

// --- Replies -------------------------------------------------------------------------

TEST_F(TicketedRequestTest, ARepliesAreNotSwapped) {
  const auto given = Give();
  const TestTicketed one(world_, given), two(world_, given);
  Send(one.Body());
  world_.back_end.Answer({});
  EXPECT_TRUE(one.TryRead(*front_.reply()).ok());
  EXPECT_EQ(two.TryRead(*front_.reply()).status().code(), Code::kUnauthenticated);
}

TEST_F(TicketedRequestTest, TheSameRequestIsAnsweredUnderAnotherSalt) {
  const std::string body = Request().Body();
  Send(body);
  world_.back_end.Answer({});
  const std::string first = front_.reply()->body;
  Send(body);
  world_.back_end.Answer({});
  EXPECT_NE(front_.reply()->body, first);
}

// --- Time, administrators, accounts ----------------------------------------------------

TEST_F(TicketedRequestTest, ATimeOutsideTheWindowIsToldTheServicesTime) {
  for (const WallMillis skew : {-binding::kTimeWindow - 1, binding::kTimeWindow + 1}) {
    TestTicketed request = Request();
    request.sealed.time += skew;
    Send(request.Body());
    const SealedReply reply = request.Read(*front_.reply());
    EXPECT_EQ(reply.status, 401);
    EXPECT_TRUE(reply.sealed());
    EXPECT_THAT(reply.message, HasSubstr("MeshRequestTime"));
    EXPECT_EQ(reply.time, world_.clock.WallNow());
  }
  EXPECT_EQ(world_.Refused("time"), 2u);
}

TEST_F(TicketedRequestTest, AnAdministratorsSignatureIsVerifiedHere) {
  const auto key = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  TestTicketed request = Request();
  binding::RequestExtra extra;
  extra.administrator = Administer(world_, request.sealed, "alice@example.com", key);
  request.sealed.extra = binding::WriteRequestExtra(request.encoding, extra);
  EXPECT_EQ(Served(request).status, 201);
  EXPECT_EQ(asked_->caller().administrator_udf(), crypto::KeyFingerprint(key.public_key()));

  request.sealed.request_id = std::string(16, 'x');
  Send(request.Body());
  EXPECT_EQ(request.Read(*front_.reply()).status, 401);
  request.sealed.extra = "[]";
  Send(request.Body());
  EXPECT_EQ(request.Read(*front_.reply()).status, 400);
  EXPECT_EQ(world_.Refused("administrator"), 1u);
}

// Alice may name whom she likes: what she uses up is her own.
TEST_F(TicketedRequestTest, AnAllowanceIsTheCallersOwn) {
  world_.options.account_rate = 1;
  world_.options.account_burst_seconds = 1;
  FrontEnd front(world_);
  const auto bob = Give([](proto::Ticket& ticket) { ticket.set_account("bob@example.com"); });
  TestTicketed alice(world_, Give());
  alice.sealed.message = R"({"Status":{"Account":"bob@example.com"}})";
  front.Send(alice.Body());
  EXPECT_FALSE(front.reply());
  world_.back_end.Answer({});
  front.Send(alice.Body());
  EXPECT_EQ(front.reply()->status, 503);
  front.Send(TestTicketed(world_, bob).Body());
  EXPECT_FALSE(front.reply());
}

TEST_F(TicketedRequestTest, ADeviceUnderATicketIsStillNoMember) {
  const TestTicketed request(world_, Give([](proto::Ticket& ticket) {
                               ticket.set_mode(proto::Caller::DEVICE);
                               ticket.clear_account();
                             }));
  Send(request.Body());
  EXPECT_EQ(request.Read(*front_.reply()).status, 403);
}

}  // namespace
}  // namespace mesh::frontend
