// What a device does until it has an answer that it can believe, and what it never believes.

#include "common/client/sealed_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "common/client/service_client.h"
#include "tests/unit/common/client/sealed_service.h"

namespace mesh::client {
namespace {

using binding::Encoding;
using binding::Mode;
using testing::HasSubstr;

class SealedCredentialsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    device_ = std::make_unique<Device>(*MakeDevice("desk", crypto::SystemRandom()));
    const MeshAdministrator mesh = *MakeMesh(crypto::SystemRandom());
    account_ = std::make_unique<Account>(*MakeAccount("alice@example.com",
                                                      {"https://example.com", "", ""}, std::nullopt,
                                                      mesh, *device_, crypto::SystemRandom()));
  }
  static void TearDownTestSuite() {
    account_.reset();
    device_.reset();
  }

  ServiceClient& client() {
    if (!client_) Speak(*AccountCaller(*device_, *account_));
    return *client_;
  }
  void Speak(Caller caller, Encoding encoding = Encoding::kJson) {
    client_.reset();
    credentials_.emplace(std::move(caller), encoding, known_, session_, clock_,
                         crypto::SystemRandom());
    client_.emplace(service_, *credentials_,
                    ServiceClient::Environment{clock_, crypto::SystemRandom(),
                                               [this](Duration wait) { clock_.Advance(wait); }});
  }
  static CreateRequest Creation() {
    return {account_->address, account_->profile_mesh, account_->profile_account};
  }
  static UploadRequest Entries(std::string_view container, size_t count = 1) {
    UploadRequest request;
    ContainerUpdate& update = request.updates.emplace_back();
    update.container = container;
    for (size_t i = 0; i < count; ++i) {
      update.envelopes.emplace_back().payload = std::string(10'000, 'x');
    }
    return request;
  }
  // One good Status, so that there is a ticket.
  void Begin() { ASSERT_TRUE(client().AccountStatus().ok()); }

  static std::unique_ptr<Device> device_;
  static std::unique_ptr<Account> account_;
  FakeClock clock_;
  FakeService answers_;
  SealedService service_{answers_, clock_};
  KnownService known_;
  CachedSession session_;
  std::optional<SealedCredentials> credentials_;
  std::optional<ServiceClient> client_;
};
std::unique_ptr<Device> SealedCredentialsTest::device_;
std::unique_ptr<Account> SealedCredentialsTest::account_;

// --- The good way ------------------------------------------------------------------

TEST_F(SealedCredentialsTest, TheFirstRequestAsksHelloThenExchangesThenATicketServes) {
  ASSERT_TRUE(client().AccountStatus().ok());
  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.Story(), "Hello Null, Status Profile, Status Ticket");
  EXPECT_EQ(known_.udf, service_.keys().udf());
  EXPECT_EQ(known_.origin, KnownService::Origin::kFirstUse);
  EXPECT_EQ(credentials_->exchanges(), 1);
  EXPECT_EQ(credentials_->ticketed(), 1);
}

TEST_F(SealedCredentialsTest, InJsonBThePayloadGoesAndComesAsItIs) {
  Speak(*AccountCaller(*device_, *account_), Encoding::kJsonB);
  UploadRequest upload;
  upload.updates.push_back({"mmm_Contact", {}, "", {{"{}", "\xff\xfe payload", true, ""}}});

  ASSERT_TRUE(client().AccountStatus().ok());
  ASSERT_TRUE(client().Upload(upload).ok());
  EXPECT_THAT(answers_.last_body(), HasSubstr("\x88\x0a\xff\xfe payload"));
  const Result<DownloadReply> reply = client().Download({{{"mmm_Contact", 0, {}, {}, {}, ""}}, {}});

  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ(reply->updates.at(0).envelopes.at(0).payload, "\xff\xfe payload");
  EXPECT_EQ(service_.Story(), "Hello Null, Status Profile, Upload Ticket, Download Ticket");
}

TEST_F(SealedCredentialsTest, ADeviceInNoAccountMakesOneInModeDevice) {
  Speak(DeviceCaller(*device_));

  ASSERT_TRUE(client().CreateAccount(Creation()).ok());

  EXPECT_EQ(service_.Story(), "Hello Null, CreateAccount Device");
  EXPECT_EQ(answers_.account(), "alice@example.com");
}

TEST_F(SealedCredentialsTest, NobodyMayAskHelloAndNothingElse) {
  Speak(Nobody());

  EXPECT_TRUE(client().Hello().ok());
  EXPECT_EQ(client().AccountStatus().status().code(), Code::kUnauthenticated);
  EXPECT_EQ(service_.hellos(), 1);
}

TEST_F(SealedCredentialsTest, ATicketOfAnEarlierCommandNeedsNeitherHelloNorExchange) {
  Begin();
  session_ = ReadSession(WriteSession(session_));
  known_ =
      ReadServices(WriteServices({{"https://example.com", known_}}))->at("https://example.com");
  Speak(*AccountCaller(*device_, *account_));

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.Story(), "Hello Null, Status Profile, Status Ticket");
}

TEST_F(SealedCredentialsTest, ATicketOfAnotherServiceIsNotUsed) {
  Begin();
  session_.service_udf = "MOTH-ER";

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.seen().back().mode, Mode::kProfile);
}

TEST_F(SealedCredentialsTest, ATicketThatHasEndedIsNotUsed) {
  Begin();
  clock_.Advance(std::chrono::hours(1));

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.Story(), "Hello Null, Status Profile, Status Profile");
}

TEST_F(SealedCredentialsTest, AHostKeyThatHasEndedIsAskedForAgain) {
  Begin();
  clock_.Advance(std::chrono::hours(25));

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.hellos(), 2);
}

// --- Too large ---------------------------------------------------------------------

TEST_F(SealedCredentialsTest, ARequestTooLargeForAnExchangeGoesUnderATicket) {
  const Result<UploadReply> reply = client().Upload(Entries("mmm_Contact", 7));

  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ(service_.Story(), "Hello Null, Status Profile, Upload Ticket");
}

TEST_F(SealedCredentialsTest, AReplyTooLargeForAnExchangeIsFetchedUnderATicket) {
  service_.set_exchange_reply_max(10);

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.Story(), "Hello Null, Status Profile, Status Ticket");
  EXPECT_EQ(service_.seen()[1].id, service_.seen()[2].id);
}

TEST_F(SealedCredentialsTest, WithoutATicketALargeRequestEndsWithAReason) {
  service_.set_tickets(false);

  const Status status = client().Upload(Entries("mmm_Contact", 7)).status();

  EXPECT_EQ(status.code(), Code::kUnauthenticated);
  EXPECT_THAT(status.message(), HasSubstr("no ticket"));
}

// --- Beginning anew ----------------------------------------------------------------

TEST_F(SealedCredentialsTest, AnUnknownTicketCostsOneExchangeAndTheRequestKeepsItsId) {
  Begin();
  service_.ForgetTickets();

  ASSERT_TRUE(client().Upload(Entries("mmm_Contact")).ok());

  EXPECT_EQ(service_.Story(),
            "Hello Null, Status Profile, MeshTicketUnknown Ticket, Upload Profile");
  EXPECT_EQ(credentials_->exchanges(), 2);
}

TEST_F(SealedCredentialsTest, ATicketOfAnEarlierIncarnationCostsOneExchange) {
  Begin();
  service_.set_ended_tickets(true);

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.Story(), "Hello Null, Status Profile, Status Ticket, Status Profile");
}

TEST_F(SealedCredentialsTest, ATicketWhoseKeyWasDamagedCostsOneExchange) {
  Begin();
  session_.master_key[0] ^= 1;

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.seen().back().mode, Mode::kProfile);
}

TEST_F(SealedCredentialsTest, ARotatedHostKeyIsFoundByHello) {
  Begin();
  service_.ForgetTickets();
  service_.keys().authentication = crypto::PrivateKey::Generate(crypto::Curve::kX448);

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(service_.hellos(), 2);
}

TEST_F(SealedCredentialsTest, AClockThatIsWrongIsSetByTheServicesTime) {
  service_.set_ahead(-binding::kTimeWindow * 5);
  service_.set_shown([&](auto* shown) {
    ConnectionHost connection = service_.Connection();
    shown->connection_host = *SignConnectionHost(connection, service_.keys().service);
  });

  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(session_.clock_offset, -binding::kTimeWindow * 5);
  EXPECT_EQ(service_.seen()[1].id, service_.seen()[2].id);
}

TEST_F(SealedCredentialsTest, AServiceThatNeverTakesTheTimeIsARefusal) {
  Begin();
  WallMillis ahead = 0;
  service_.set_tamper([&](HttpReply*) { service_.set_ahead(ahead += binding::kTimeWindow * 2); });

  EXPECT_EQ(client().AccountStatus().status().code(), Code::kOk);
  const Status status = client().AccountStatus().status();

  EXPECT_EQ(status.code(), Code::kUnauthenticated);
  EXPECT_THAT(client().refusal()->description, HasSubstr("MeshRequestTime"));
}

TEST_F(SealedCredentialsTest, AServiceThatKnowsNoTicketEndsInARefusal) {
  service_.set_exchange_reply_max(10);
  service_.set_tamper([&](HttpReply*) { service_.ForgetTickets(); });

  const Status status = client().AccountStatus().status();

  EXPECT_FALSE(status.ok());
  EXPECT_LT(service_.seen().size(), 10u);
}

// --- Retries -----------------------------------------------------------------------

TEST_F(SealedCredentialsTest, AChangeWhoseReplyWasLostIsSentAgainAsItWasAndDoneOnce) {
  Begin();
  service_.LoseReplies(2);

  const Result<UploadReply> reply = client().Upload(Entries("mmm_Contact"));

  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ(answers_.frames("mmm_Contact").size(), 1u);
  ASSERT_EQ(service_.seen().size(), 5u);
  EXPECT_EQ(service_.seen()[2].id, service_.seen()[4].id);
  EXPECT_EQ(service_.seen()[2].time, service_.seen()[4].time);
  EXPECT_LT(service_.seen()[4].time, clock_.WallNow());
}

TEST_F(SealedCredentialsTest, AChangeThatMayHaveBeenDoneIsNotSentAgainWithAnotherTime) {
  Begin();
  service_.LoseReplies(1);
  ServiceClient client(
      service_, *credentials_,
      {clock_, crypto::SystemRandom(), [this](Duration) { clock_.Advance(std::chrono::hours(1)); }},
      {.window = std::chrono::hours(2)});

  const Status status = client.Upload(Entries("mmm_Contact")).status();

  EXPECT_EQ(status.code(), Code::kDeadlineExceeded);
  EXPECT_THAT(status.message(), HasSubstr("whether it was done"));
  EXPECT_EQ(answers_.frames("mmm_Contact").size(), 1u);
}

TEST_F(SealedCredentialsTest, WhatMayHaveBeenDoneStaysUnknownHoweverOftenItIsTried) {
  Begin();
  service_.LoseReplies(1);
  service_.set_ahead(binding::kTimeWindow - 50);  // The first attempt is just in time.

  const Status status = client().Upload(Entries("mmm_Contact")).status();

  EXPECT_EQ(status.code(), Code::kDeadlineExceeded);
  EXPECT_FALSE(client().refusal().has_value());
  EXPECT_EQ(answers_.frames("mmm_Contact").size(), 1u);
}

TEST_F(SealedCredentialsTest, NothingIsSentAgainWhenTheServiceMayHaveForgotten) {
  Begin();
  service_.LoseReplies(100);
  service_.set_tamper({});
  credentials_.emplace(*AccountCaller(*device_, *account_), Encoding::kJson, known_, session_,
                       clock_, crypto::SystemRandom());
  RetryPolicy policy;
  policy.attempts = 1000;
  ServiceClient client(service_, *credentials_,
                       {clock_, crypto::SystemRandom(),
                        [this](Duration wait) { clock_.Advance(wait + std::chrono::seconds(1)); }},
                       policy);
  const MonotonicTime start = clock_.Now();

  EXPECT_EQ(client.DeleteAccount().code(), Code::kDeadlineExceeded);

  EXPECT_GT(client.attempts(), 10);
  EXPECT_LT(client.attempts(), 1000);
  EXPECT_GE(clock_.Now() - start, policy.window);
}

// --- What is never believed --------------------------------------------------------

TEST_F(SealedCredentialsTest, AnotherServiceThanThePinnedOneIsRefusedAndNothingIsSent) {
  known_.udf = ServiceKeys().udf();
  known_.origin = KnownService::Origin::kStored;
  const std::string pinned = known_.udf;

  const Status status = client().AccountStatus().status();

  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("another service"));
  EXPECT_THAT(status.message(), HasSubstr(service_.keys().udf()));
  EXPECT_EQ(known_.udf, pinned);
  EXPECT_FALSE(known_.host.has_value());
  EXPECT_EQ(service_.Story(), "Hello Null");
}

TEST_F(SealedCredentialsTest, AHostKeyOfTheProfileAloneIsNotTaken) {
  const ServiceKeys other;
  service_.set_shown([&](auto* shown) { shown->profile_host = other.ProfileHost(); });

  EXPECT_EQ(client().AccountStatus().status().code(), Code::kDataLoss);
}

TEST_F(SealedCredentialsTest, AConnectionOfAHostThatTheServiceDidNotSignIsNotTaken) {
  const ServiceKeys other;
  service_.set_shown([&](auto* shown) {
    shown->connection_host = *SignConnectionHost(service_.Connection(), other.service);
  });

  const Status status = client().AccountStatus().status();

  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("does not prove who it is"));
}

TEST_F(SealedCredentialsTest, AConnectionOfAHostThatHasEndedIsNotTaken) {
  service_.set_shown([&](auto* shown) {
    ConnectionHost connection = service_.Connection();
    connection.not_on_or_after = clock_.WallNow();
    shown->connection_host = *SignConnectionHost(connection, service_.keys().service);
  });

  EXPECT_EQ(client().AccountStatus().status().code(), Code::kDataLoss);
  EXPECT_TRUE(known_.udf.empty());
}

TEST_F(SealedCredentialsTest, AHelloWithoutConnectionOfAHostIsNotTaken) {
  service_.set_tamper([&](HttpReply* reply) {
    reply->body = NullEnvelope(Encoding::kJson, "{\"MeshHelloResponse\":{\"Status\":201}}");
  });

  EXPECT_THAT(client().AccountStatus().status().message(), HasSubstr("lacks"));
}

TEST_F(SealedCredentialsTest, ASuccessThatIsNotSealedIsAnAttack) {
  Begin();
  const std::string forged = "{\"StatusResponse\":{\"Status\":201}}";
  for (const std::string& body : {NullEnvelope(Encoding::kJson, forged), forged}) {
    service_.set_tamper([&](HttpReply* reply) { reply->body = body; });

    const Status status = client().AccountStatus().status();

    EXPECT_EQ(status.code(), Code::kDataLoss);
    EXPECT_THAT(status.message(), HasSubstr("not sealed"));
  }
}

TEST_F(SealedCredentialsTest, ARefusalThatIsNotSealedIsToldAndProvesNothing) {
  Begin();
  service_.set_tamper([&](HttpReply* reply) {
    *reply = {404, NullEnvelope(Encoding::kJson, ResultText(kUnknownAccount))};
  });

  EXPECT_EQ(client().AccountStatus().status().code(), Code::kNotFound);
  ASSERT_TRUE(client().refusal().has_value());
  EXPECT_FALSE(client().refusal()->proven);
}

TEST_F(SealedCredentialsTest, ASealedRefusalProvesItself) {
  answers_.Fail({FakeService::Fault::kBusy, FakeService::Fault::kBusy, FakeService::Fault::kBusy,
                 FakeService::Fault::kBusy, FakeService::Fault::kBusy});

  EXPECT_EQ(client().AccountStatus().status().code(), Code::kUnavailable);
  ASSERT_TRUE(client().refusal().has_value());
  EXPECT_TRUE(client().refusal()->proven);
}

TEST_F(SealedCredentialsTest, TheReplyToAnotherRequestIsRefused) {
  Begin();
  std::string earlier;
  service_.set_tamper([&](HttpReply* reply) {
    if (earlier.empty()) {
      earlier = reply->body;
    } else {
      reply->body = earlier;
    }
  });
  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_EQ(client().AccountStatus().status().code(), Code::kDataLoss);
}

TEST_F(SealedCredentialsTest, AReplyThatSaysAnotherRequestIdIsRefused) {
  service_.set_reply_id(std::string(binding::kRequestIdBytes, 'r'));

  const Status status = client().AccountStatus().status();

  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("answers another request"));
}

TEST_F(SealedCredentialsTest, AReplyThatWasAlteredIsRefused) {
  Begin();
  service_.set_tamper([&](HttpReply* reply) { reply->body[reply->body.size() - 9] ^= 1; });

  EXPECT_EQ(client().AccountStatus().status().code(), Code::kDataLoss);
}

// --- Administrators ----------------------------------------------------------------

TEST_F(SealedCredentialsTest, TheAdministratorSignsOnlyWhereThatIsNeeded) {
  Begin();
  ASSERT_TRUE(client().Upload(Entries("mmm_Contact")).ok());
  ASSERT_TRUE(client().Upload(Entries("mmm_Device")).ok());
  ASSERT_TRUE(client().DeleteAccount().ok());

  std::vector<bool> signatures;
  for (const auto& seen : service_.seen()) signatures.push_back(seen.administrator);
  EXPECT_THAT(signatures, testing::ElementsAre(false, false, false, true, true));
}

TEST_F(SealedCredentialsTest, WhileAnAccountBeginsEverythingIsSigned) {
  client().set_bootstrap(true);
  ASSERT_TRUE(client().AccountStatus().ok());
  client().set_bootstrap(false);
  ASSERT_TRUE(client().AccountStatus().ok());

  EXPECT_TRUE(service_.seen()[1].administrator);
  EXPECT_FALSE(service_.seen()[2].administrator);
}

TEST_F(SealedCredentialsTest, ADeviceWithoutTheAccountsKeysSignsNothing) {
  Caller caller = *AccountCaller(*device_, *account_);
  caller.administrator.reset();
  Speak(std::move(caller));

  ASSERT_TRUE(client().Upload(Entries("mmm_Device")).ok());

  EXPECT_FALSE(service_.seen().back().administrator);
}

}  // namespace
}  // namespace mesh::client
