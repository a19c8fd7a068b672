// Exchanges: who is believed, and each way of not being.

#include "common/crypto/digest.h"
#include "common/mesh/message.h"
#include "common/mesh/message_signature.h"
#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"
#include "tests/unit/frontend/service/exchange_fixture.h"

namespace mesh::frontend {
namespace {

using binding::Encoding;
using binding::Mode;
using crypto::Curve;
using crypto::PrivateKey;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr WallMillis kWindow = binding::kTimeWindow;

// --- Device ------------------------------------------------------------------------

TEST_F(ExchangeTest, ADeviceIsKnownByItsProfile) {
  TestExchange exchange = AsDevice();
  exchange.sealed.message = device_.account.Create("alice@example.com");
  proto::PartitionReply created;
  created.mutable_create();
  const SealedReply reply = Served(exchange, created);
  EXPECT_EQ(reply.status, 201);
  EXPECT_THAT(reply.message, StartsWith(R"({"CreateResponse":{"Status":201)"));
  EXPECT_EQ(reply.request_id, exchange.sealed.request_id);
  EXPECT_EQ(reply.time, world_.clock.WallNow());
  EXPECT_EQ(asked_->account(), "alice@example.com");
  const proto::Caller& caller = asked_->caller();
  EXPECT_EQ(caller.mode(), proto::Caller::DEVICE);
  EXPECT_EQ(caller.account(), "");
  EXPECT_EQ(caller.device_udf(), device_.udf());
  EXPECT_EQ(caller.profile_device_udf(), crypto::KeyFingerprint(device_.signature.public_key()));
  EXPECT_EQ(caller.request_id(), exchange.sealed.request_id);
  EXPECT_EQ(caller.request_time(), exchange.sealed.time);
  EXPECT_EQ(world_.Accepted("Device"), 1u);
}

TEST_F(ExchangeTest, ADeviceGetsATicketAndAFreshKey) {
  TestExchange exchange = AsDevice(), second = AsDevice();
  exchange.sealed.message = second.sealed.message = R"({"Hello":{}})";
  const SealedReply reply = Refusal(exchange);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.extra.master_key.size(), binding::kMasterKeyBytes);
  EXPECT_EQ(reply.extra.not_on_or_after,
            world_.clock.WallNow() + 1000ll * world_.options.ticket_seconds);
  const auto ticket =
      *OpenTicket(*world_.keyring.current(), world_.service_udf, reply.extra.ticket);
  EXPECT_EQ(ticket->get().mode(), proto::Caller::DEVICE);
  EXPECT_EQ(ticket->get().device_udf(), device_.udf());
  EXPECT_EQ(ticket->master_key(), reply.extra.master_key);
  const SealedReply other = Refusal(second);
  EXPECT_NE(other.extra.ticket, reply.extra.ticket);
  EXPECT_NE(other.extra.master_key, reply.extra.master_key);
}

TEST_F(ExchangeTest, ADeviceThatNamesNoAccountMayNot) {
  TestExchange exchange = AsDevice();
  const SealedReply reply = Refusal(exchange);
  EXPECT_EQ(reply.status, 403);
  EXPECT_TRUE(reply.sealed());
  EXPECT_NE(reply.extra.ticket, "");
}

// Reading an Upload or a Post costs verifications, which strangers are not to ask for.
TEST_F(ExchangeTest, WhatADeviceMayNotIsRefusedUnread) {
  for (const char* message :
       {R"({"Upload":{"Account":"alice@example.com","Updates":[]}})",
        R"({"Status":{"Account":"alice@example.com"}})",
        R"({"Claim":{"EnvelopedMessageClaim":"unread"}})", R"({"Post":{"Message":"unread"}})"}) {
    TestExchange exchange = AsDevice();
    exchange.sealed.message = message;
    const SealedReply reply = Refusal(exchange);
    EXPECT_EQ(reply.status, 403) << reply.message;
    EXPECT_NE(reply.extra.ticket, "");
  }
  EXPECT_EQ(world_.Refused("mode"), 4u);
}

TEST_F(ExchangeTest, AProfileDeviceMustBeThereAndItsOwn) {
  TestExchange exchange = AsDevice();
  exchange.extra.profile_device.reset();
  ExpectUnbelieved(std::move(exchange), "profile");
  exchange = AsDevice();
  exchange.extra.profile_device = device_.ProfileDevice(PrivateKey::Generate(Curve::kEd448));
  ExpectUnbelieved(std::move(exchange), "profile");
  exchange = AsDevice();
  exchange.extra.profile_device->payload += " ";
  ExpectUnbelieved(std::move(exchange), "profile");
  exchange = AsDevice();
  exchange.extra.profile_device = device_.ProfileAccount();
  ExpectUnbelieved(std::move(exchange), "profile");
}

TEST_F(ExchangeTest, AnotherDevicesProfileIsOfNoUse) {
  TestExchange exchange = AsDevice();
  exchange.extra = TestDevice().DeviceExtra();
  ExpectUnbelieved(std::move(exchange), "key");
}

// A profile whose key ends in neither 00 nor 80 is not parsed; nor one whose KeyAuthentication
// is of another curve.
TEST_F(ExchangeTest, AKeysLastOctetIs00Or80) {
  for (const int last : {0x00, 0x80, 0x01, 0x7f, 0xff}) {
    Profile profile = *ParseProfile(device_.ProfileDevice().payload, ProfileKind::kDevice);
    crypto::PublicKey key = profile.key_authentication->key;
    key.octets.back() = static_cast<char>(last);
    profile.key_authentication = MakeKeyData(key);
    TestExchange exchange = AsDevice();
    exchange.extra.profile_device = *SignProfile(profile, device_.signature);
    exchange.sealed.message = R"({"Hello":{}})";
    if (last == 0x00 || last == 0x80) {
      EXPECT_EQ(Refusal(exchange).status, 201) << last;
    } else {
      ExpectUnbelieved(std::move(exchange), "profile");
    }
  }
}

TEST_F(ExchangeTest, AKeyOfAnotherCurveIsNotTheStaticKey) {
  Profile profile = *ParseProfile(device_.ProfileDevice().payload, ProfileKind::kDevice);
  profile.key_authentication = MakeKeyData(PrivateKey::Generate(Curve::kX25519).public_key());
  TestExchange exchange = AsDevice();
  exchange.extra.profile_device = *SignProfile(profile, device_.signature);
  ExpectUnbelieved(std::move(exchange), "key");
}

// --- Profile -----------------------------------------------------------------------

TEST_F(ExchangeTest, AMemberIsKnownByItsConnection) {
  TestExchange exchange = AsMember();
  const SealedReply reply = Served(exchange, InAccount());
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(asked_->account(), "alice@example.com");
  const proto::Caller& caller = asked_->caller();
  EXPECT_EQ(caller.mode(), proto::Caller::PROFILE);
  EXPECT_EQ(caller.account(), "alice@example.com");
  EXPECT_EQ(caller.device_udf(), device_.udf());
  EXPECT_EQ(caller.incarnation(), 0u);
  EXPECT_EQ(caller.connection_digest(),
            crypto::Sha512(exchange.extra.connection_account->payload).view());
  EXPECT_EQ(caller.profile_account_digest(),
            crypto::Sha512(exchange.extra.profile_account->payload).view());
  EXPECT_EQ(caller.administrator_udf(), "");
  const auto ticket =
      *OpenTicket(*world_.keyring.current(), world_.service_udf, reply.extra.ticket);
  EXPECT_EQ(ticket->get().incarnation(), 7u);
  EXPECT_EQ(ticket->get().account(), "alice@example.com");
}

TEST_F(ExchangeTest, JsonBIsServedAlike) {
  TestExchange exchange = AsMember();
  exchange.encoding = Encoding::kJsonB;
  const SealedReply reply = Served(exchange, InAccount());
  EXPECT_EQ(reply.status, 201);
  EXPECT_NE(reply.extra.ticket, "");
  EXPECT_EQ(front_.reply()->content_type, "application/json-b");
}

// Keys of devices in accounts are sums of two scalars, which nobody clamps.
TEST_F(ExchangeTest, ACompositeKeyIsAsGoodAsAnother) {
  const TestDevice device(*crypto::CombinePrivateKeys(PrivateKey::Generate(Curve::kX448),
                                                      PrivateKey::Generate(Curve::kX448)));
  ASSERT_TRUE(device.key.composite());
  TestExchange exchange(world_, Mode::kProfile, device);
  EXPECT_NE(Served(exchange, InAccount()).extra.ticket, "");
  EXPECT_EQ(asked_->caller().device_udf(), device.udf());
  TestExchange alone(world_, Mode::kDevice, device);
  alone.sealed.message = R"({"Hello":{}})";
  EXPECT_NE(Refusal(alone).extra.ticket, "");
}

TEST_F(ExchangeTest, WhomTheOwnerDoesNotKnowGetsNoTicket) {
  TestExchange exchange = AsMember();
  proto::PartitionReply reply;
  reply.set_refusal(proto::REFUSAL_NOT_IN_ACCOUNT);
  reply.set_mesh_status(401);
  const SealedReply refused = Served(exchange, reply);
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(refused.sealed());
  EXPECT_EQ(refused.extra.ticket, "");
  TestExchange unsaid = AsMember();
  EXPECT_EQ(Served(unsaid, InAccount(0)).extra.ticket, "");
}

TEST_F(ExchangeTest, AKnownCallerWhoMayNotGetsATicketAllTheSame) {
  TestExchange exchange = AsMember();
  proto::PartitionReply reply;
  reply.set_code(static_cast<int>(Code::kPermissionDenied));
  reply.set_incarnation(7);
  const SealedReply refused = Served(exchange, reply);
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.extra.ticket, "");
}

TEST_F(ExchangeTest, AConnectionMustBeSignedByTheProfilesOnlineKey) {
  TestExchange exchange = AsMember();
  exchange.extra.connection_account = device_.ConnectionAccount(device_.account.account_offline);
  ExpectUnbelieved(std::move(exchange), "connection");
  exchange = AsMember();
  exchange.extra.profile_account = TestDevice().ProfileAccount();
  ExpectUnbelieved(std::move(exchange), "connection");
  exchange = AsMember();
  exchange.extra.connection_account.reset();
  ExpectUnbelieved(std::move(exchange), "connection");
  exchange = AsMember();
  exchange.extra.profile_account.reset();
  ExpectUnbelieved(std::move(exchange), "profile");
  exchange = AsMember();
  exchange.extra.account = "nobody";
  ExpectUnbelieved(std::move(exchange), "profile");
}

TEST_F(ExchangeTest, AnotherDevicesConnectionIsOfNoUse) {
  TestDevice other;
  TestExchange exchange = AsMember();
  exchange.extra = other.ProfileExtra();
  ExpectUnbelieved(std::move(exchange), "key");
}

TEST_F(ExchangeTest, AnAccountThatIsNotOursIsUnknown) {
  TestExchange exchange = AsMember();
  exchange.extra.account = "alice@example.org";
  EXPECT_EQ(Refusal(exchange).status, 404);
}

// --- Time --------------------------------------------------------------------------

TEST_F(ExchangeTest, ATimeWithinTheWindowIsAccepted) {
  for (const WallMillis skew : {-kWindow, kWindow}) {
    TestExchange exchange = AsMember();
    exchange.sealed.time += skew;
    EXPECT_EQ(Served(exchange, InAccount()).status, 201) << skew;
  }
}

TEST_F(ExchangeTest, ATimeBeyondItIsToldTheServicesTime) {
  for (const WallMillis skew : {-kWindow - 1, kWindow + 1, -world_.clock.WallNow()}) {
    TestExchange exchange = AsMember();
    exchange.sealed.time += skew;
    const SealedReply reply = Refusal(exchange);
    EXPECT_EQ(reply.status, 401);
    EXPECT_TRUE(reply.sealed());
    EXPECT_THAT(reply.message, HasSubstr("MeshRequestTime"));
    EXPECT_EQ(reply.time, world_.clock.WallNow());
    EXPECT_EQ(reply.extra.ticket, "");
  }
  TestExchange device = AsDevice();
  device.sealed.time = -1;
  EXPECT_EQ(Refusal(device).extra.ticket, "");
  EXPECT_EQ(world_.Refused("time"), 4u);
}

// --- Administrators ----------------------------------------------------------------

TEST_F(ExchangeTest, AnAdministratorIsNamedByItsKey) {
  TestExchange exchange = AsMember();
  const PrivateKey& key = device_.account.account_online;
  exchange.extra.administrator = Administer(world_, exchange.sealed, "alice@example.com", key);
  Served(exchange, InAccount());
  EXPECT_EQ(asked_->caller().administrator_udf(), crypto::KeyFingerprint(key.public_key()));
}

TEST_F(ExchangeTest, AnAdministratorsSignatureIsForOneRequest) {
  const PrivateKey& key = device_.account.account_online;
  TestExchange exchange = AsMember();
  const auto sign = [&](auto change) {
    Sealed sealed = exchange.sealed;
    change(sealed);
    exchange.extra.administrator = Administer(world_, sealed, "alice@example.com", key);
    exchange.sealed.extra.clear();
    const SealedReply reply = Refusal(exchange);
    EXPECT_EQ(reply.status, 401);
    EXPECT_TRUE(reply.sealed());
    EXPECT_EQ(reply.extra.ticket, "");
  };
  sign([](Sealed& sealed) { sealed.request_id[0] ^= 1; });
  sign([](Sealed& sealed) { sealed.time += 1; });
  sign([](Sealed& sealed) { sealed.message += " "; });
  exchange.extra.administrator = Administer(world_, exchange.sealed, "bob@example.com", key);
  exchange.sealed.extra.clear();
  EXPECT_EQ(Refusal(exchange).status, 401);
  EXPECT_EQ(world_.Refused("administrator"), 4u);
}

// --- Replies -----------------------------------------------------------------------

TEST_F(ExchangeTest, AReplyThatDoesNotFitIsReplacedByATicket) {
  TestExchange exchange = AsMember();
  exchange.sealed.message = R"({"Download":{"Select":[{"Container":"mmm_Contact"}]}})";
  proto::PartitionReply reply;
  reply.set_incarnation(7);
  proto::StoredEnvelope* entry = reply.mutable_download()->add_updates()->add_envelopes();
  entry->set_header("{}");
  entry->set_payload(std::string(60'000, 'p'));
  const SealedReply told = Served(exchange, reply);
  EXPECT_EQ(told.status, 413);
  EXPECT_THAT(told.message, StartsWith(R"({"DownloadResponse":{"Status":413)"));
  EXPECT_NE(told.extra.ticket, "");
  TestTicketed again(world_, told.extra);
  again.sealed.message = exchange.sealed.message;
  front_.Send(again.Body());
  world_.back_end.Answer(reply);
  EXPECT_EQ(again.Read(*front_.reply()).status, 201);
}

// A second message 2 to a message 1 that was recorded opens nothing of the first.
TEST_F(ExchangeTest, ARecordedMessage1IsAnsweredForItsOwnerOnly) {
  TestExchange exchange = AsMember();
  const std::string body = exchange.Body();
  front_.Send(body);
  world_.back_end.Answer(InAccount());
  front_.Send(body);
  ASSERT_EQ(world_.back_end.calls.size(), 1u);  // The owner keeps replies by RequestID.
  EXPECT_EQ(world_.back_end.calls[0].request->caller().request_id(), exchange.sealed.request_id);
}

TEST_F(ExchangeTest, ASecondTryIsTheSameRequest) {
  TestExchange exchange = AsMember();
  front_.Send(exchange.Body());
  proto::PartitionReply reply;
  reply.set_code(static_cast<int>(Code::kAborted));
  const auto first = world_.back_end.Answer(reply);
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  EXPECT_EQ(world_.back_end.Answer(InAccount())->SerializeAsString(), first->SerializeAsString());
  EXPECT_NE(exchange.Read(*front_.reply()).extra.ticket, "");
}

// --- Bounds ------------------------------------------------------------------------

TEST_F(ExchangeTest, ALoopTakesOnSoManyExchangesASecond) {
  world_.options.exchange_rate = 2;
  FrontEnd front(world_);
  for (const int expected : {201, 201, 503}) {
    TestExchange exchange = AsDevice();
    exchange.sealed.message = R"({"Hello":{}})";
    front.Send(exchange.Body());
    EXPECT_EQ(front.reply()->status, expected);
  }
  EXPECT_EQ(world_.Beyond("exchange-rate"), 1u);
  EXPECT_EQ(world_.BeyondAny(), 1u);
  EXPECT_THAT(front.reply()->body, StartsWith(R"([{"Version":1,"Mode":"Null"})"));
  world_.clock.Advance(std::chrono::milliseconds(600));
  TestExchange exchange = AsDevice();
  exchange.sealed.message = R"({"Hello":{}})";
  front.Send(exchange.Body());
  EXPECT_EQ(front.reply()->status, 201);
}

// What does not open has an allowance of its own, and cannot use up that of exchanges.
TEST_F(ExchangeTest, WhatOnlyLooksLikeAnExchangeLeavesExchangesAllowed) {
  world_.options.exchange_rate = 2;
  FrontEnd front(world_);
  TestExchange exchange = AsDevice();
  exchange.sealed.message = R"({"Hello":{}})";
  const std::string garbage = exchange.BodyOf(exchange.Header(), std::string(200, 'x'));
  const auto send = [&](const std::string& body) {
    front.Send(body);
    return front.reply()->status;
  };
  for (int i = 0; i < 2 * kOpeningsPerExchange - 2; ++i) EXPECT_EQ(send(garbage), 401);
  for (const int expected : {201, 201, 503}) EXPECT_EQ(send(exchange.Body()), expected);
  world_.clock.Advance(std::chrono::seconds(1));
  for (int i = 0; i < 2 * kOpeningsPerExchange; ++i) EXPECT_EQ(send(garbage), 401);
  EXPECT_EQ(send(garbage), 503);
  EXPECT_EQ(world_.Refused("handshake"), 4u * kOpeningsPerExchange - 2);
}

// The edge seals before an owner can say that the caller may not.
TEST_F(ExchangeTest, CapabilitiesThatAreSealedAreTakenFromTheAllowance) {
  world_.options.exchange_rate = 2;
  FrontEnd front(world_);
  std::string entries;
  for (int i = 0; i < 3; ++i) {
    entries.append(i == 0 ? "" : ",")
        .append(R"([{"ContentMetaData":"eyJVbmlxdWVJRCI6Ik4iLCJFdmVudCI6Ik5ldyJ9"},"c2hhcmU"])");
  }
  TestExchange upload = AsMember();
  upload.sealed.message =
      R"({"Upload":{"Updates":[{"Container":"mmm_Capability","Envelopes":[)" + entries + "]}]}}";
  front.Send(upload.Body());
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  TestExchange hello = AsDevice();
  hello.sealed.message = R"({"Hello":{}})";
  front.Send(hello.Body());
  EXPECT_EQ(front.reply()->status, 503);
}

// Who is in no account can put a Post into an exchange whose messages all are to be verified.
TEST_F(ExchangeTest, WhatARequestCostsToReadIsTakenFromTheAllowance) {
  world_.options.exchange_rate = 2;
  FrontEnd front(world_);
  std::string messages;
  for (int i = 0; i < 3; ++i) {
    const TestDevice signer;
    MessageHead head{"MessageComplete"};
    head.message_id = "NMESS-AGE" + std::to_string(i);
    head.sender = "alice@example.com";
    std::string payload;
    WriteMessage(head, payload);
    dare::Envelope message = *WrapMessage(head, payload, 0, nullptr);
    message.trailer.clear();
    ASSERT_TRUE(
        SignMessage(signer.signature, signer.ConnectionAccount(), signer.ProfileAccount(), &message)
            .ok());
    messages.append(i == 0 ? "" : ",").append(dare::EnvelopeText(message));
  }
  TestExchange post = AsMember();
  post.sealed.message = R"({"Post":{"Accounts":["bob@example.com"],"Message":[)" + messages + "]}}";
  front.Send(post.Body());
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  TestExchange hello = AsDevice();
  hello.sealed.message = R"({"Hello":{}})";
  front.Send(hello.Body());
  EXPECT_EQ(front.reply()->status, 503);
  world_.clock.Advance(std::chrono::seconds(1));
  front.Send(hello.Body());
  EXPECT_EQ(front.reply()->status, 201);
}

TEST_F(ExchangeTest, WhatIsSeenAtAGlanceCostsNoAllowance) {
  world_.options.exchange_rate = 1;
  FrontEnd front(world_);
  TestExchange exchange = AsDevice();
  exchange.sealed.message = R"({"Hello":{}})";
  const std::string header = exchange.Header();
  for (const std::string& first :
       {std::string(143, 'x'), std::string(65536, 'x'), std::string(200, '\xff'), std::string()}) {
    for (int i = 0; i < 2 * kOpeningsPerExchange; ++i) {
      front.Send(exchange.BodyOf(header, first));
      EXPECT_EQ(front.reply()->status, first.size() > 65535 ? 413 : 401);
    }
  }
  front.Send(exchange.Body());
  EXPECT_EQ(front.reply()->status, 201);
}

}  // namespace
}  // namespace mesh::frontend
