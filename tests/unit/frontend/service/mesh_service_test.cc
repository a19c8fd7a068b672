#include "frontend/service/mesh_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "common/crypto/digest.h"
#include "common/encoding/base64url.h"
#include "tests/support/front_end.h"
#include "tests/support/mesh_json.h"

namespace mesh::frontend {
namespace {

using testing::FakeBackEnd;
using testing::FakePartition;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Incidents as lines: "request/404 192.0.2.0/24 ".
class Noted final : public IncidentSink {
 public:
  void Note(IncidentKind kind, std::string_view reason, std::string_view source,
            std::string_view account) override {
    lines.push_back(std::string(IncidentKindName(kind)) + "/" + std::string(reason) + " " +
                    std::string(source) + " " + std::string(account));
  }
  std::vector<std::string> lines;
};

// A service, its back ends, and a client that sends one bare request after another.
class ServiceTest : public ::testing::Test {
 protected:
  void Start(bool reference) {
    options_.reference_compatibility = reference;
    auto router = std::make_unique<Router>(
        RouterOptions{world_.map, clock_,
                      [this](const BackEnd&) { return std::make_unique<FakePartition>(back_end_); },
                      [](uint64_t, std::function<void()> then) { then(); }});
    auto incidents = std::make_unique<Noted>();
    noted_ = incidents.get();
    service_ =
        std::make_unique<MeshService>(world_.shared, std::move(router), MeshService::Forms::kAll,
                                      nullptr, nullptr, std::move(incidents));
  }

  // Sends `body`; the reply is in reply_, now or after the back end answers.
  void Send(std::string body, std::vector<http::Field> fields = {}) {
    body_ = std::move(body);
    fields_ = std::move(fields);
    request_.method = method_;
    request_.target = target_;
    request_.host = host_;
    request_.content_type = content_type_;
    request_.body = body_;
    request_.fields = fields_;
    request_.client = "192.0.2.7";
    reply_.reset();
    service_->Handle(request_, clock_.In(std::chrono::seconds(5)),
                     [this](http::Response response) { reply_ = std::move(response); });
  }

  void SendAs(const char* account, std::string body) {
    Send(std::move(body), {{"X-Mesh-Account", account}});
  }

  ServiceWorld world_;
  FakeClock& clock_ = world_.clock;
  ServiceOptions& options_ = world_.options;
  FakeBackEnd& back_end_ = world_.back_end;
  Registry& registry_ = world_.registry;
  std::unique_ptr<MeshService> service_;
  Noted* noted_ = nullptr;  // The service's.

  std::string_view method_ = "POST";
  std::string_view target_ = "/.well-known/mmm/";
  std::string_view host_ = "example.com";
  std::string_view content_type_ = "application/json";
  std::string body_;
  std::vector<http::Field> fields_;
  http::Request request_;
  std::optional<http::Response> reply_;
};

constexpr char kHello[] = R"({"Hello":{}})";
constexpr char kStatus[] = R"({"Status":{}})";
constexpr char kAlice[] = "alice@example.com";

// --- HTTP ------------------------------------------------------------------------

TEST_F(ServiceTest, HelloIsAnsweredHere) {
  Start(false);
  Send(kHello);
  ASSERT_TRUE(reply_);
  EXPECT_EQ(reply_->status, 201);
  EXPECT_THAT(reply_->body, StartsWith(R"({"MeshHelloResponse":{"Status":201,)"));
  EXPECT_TRUE(back_end_.calls.empty());
}

TEST_F(ServiceTest, FourPathsLeadHereAndNoOther) {
  Start(false);
  for (const char* path :
       {"/.well-known/mmm", "/.well-known/mmm/", "/.well-known/srv/mmm", "/.well-known/srv/mmm/"}) {
    target_ = path;
    Send(kHello);
    EXPECT_EQ(reply_->status, 201) << path;
  }
  for (const char* path :
       {"/", "*", "/.well-known/mmm//", "/.well-known/mmm?x", "/.WELL-KNOWN/mmm"}) {
    target_ = path;
    Send(kHello);
    EXPECT_EQ(reply_->status, 404) << path;
  }
}

TEST_F(ServiceTest, OnlyPostIsServed) {
  Start(true);
  method_ = "GET";
  Send(kHello);
  EXPECT_EQ(reply_->status, 405);
  ASSERT_EQ(reply_->headers.size(), 1u);
  EXPECT_EQ(reply_->headers[0], std::make_pair(std::string("Allow"), std::string("POST")));
}

TEST_F(ServiceTest, TheHostMustBeServedHere) {
  Start(false);
  for (const char* host : {"example.com", "mmm.example.net", "node1.internal"}) {
    host_ = host;
    Send(kHello);
    EXPECT_EQ(reply_->status, 201) << host;
  }
  for (const char* host : {"", "example.org", "x.example.com", "mmm.node1.internal", "mmm."}) {
    host_ = host;
    Send(kHello);
    EXPECT_EQ(reply_->status, 421) << host;
    EXPECT_THAT(reply_->body, HasSubstr("MeshRedirect")) << host;
  }
}

TEST_F(ServiceTest, OnlyJsonIsServed) {
  Start(false);
  for (const char* type : {"", "application/json", "Application/JSON; charset=utf-8"}) {
    content_type_ = type;
    Send(kHello);
    EXPECT_EQ(reply_->status, 201) << type;
  }
  for (const char* type : {"text/plain", "application/jsonx", "application/json-c"}) {
    content_type_ = type;
    Send(kHello);
    EXPECT_EQ(reply_->status, 415) << type;
  }
}

TEST_F(ServiceTest, ABodyBeyondTheLimitIsRefused) {
  options_.request_bytes_max = 20;
  Start(false);
  Send(kHello);
  EXPECT_EQ(reply_->status, 201);
  Send(R"({"Hello":{         }})");
  EXPECT_EQ(reply_->status, 413);
}

TEST_F(ServiceTest, WhatHttpRefusesHasTheFormOfAReply) {
  Start(true);
  const http::Response response = service_->Refuse({431, "the header is too long"});
  EXPECT_EQ(response.status, 431);
  EXPECT_THAT(response.body, HasSubstr(R"("MeshResponse":{"Status":431)"));
  EXPECT_THAT(response.body, HasSubstr("the header is too long"));
}

// --- Who is calling ----------------------------------------------------------------

TEST_F(ServiceTest, StrangersGetHelloAndNothingElse) {
  Start(false);
  for (const char* tag : {"Status", "Upload", "DeleteAccount", "Post"}) {
    SendAs(kAlice, R"({")" + std::string(tag) + R"(":{}})");
    EXPECT_EQ(reply_->status, 401) << tag;
  }
  EXPECT_THAT(reply_->body, StartsWith(R"({"PostResponse":{"Status":401)"));
  EXPECT_TRUE(back_end_.calls.empty());
}

TEST_F(ServiceTest, InCompatibilityTheTransportSaysWhoCalls) {
  Start(true);
  const std::string connection = Base64UrlEncode(R"([{},"AQID"])");
  Send(kStatus, {{"X-Mesh-Account", "alice@Example.com"},
                 {"X-Mesh-Device", "MABC"},
                 {"X-Mesh-Connection", connection}});
  ASSERT_EQ(back_end_.calls.size(), 1u);
  const proto::PartitionRequest& request = *back_end_.calls[0].request;
  EXPECT_EQ(request.account(), kAlice);
  EXPECT_EQ(request.caller().account(), kAlice);
  EXPECT_EQ(request.caller().mode(), proto::Caller::REFERENCE);
  EXPECT_EQ(request.caller().device_udf(), "MABC");
  EXPECT_EQ(request.caller().connection_digest(), crypto::Sha512("\1\2\3").view());
  EXPECT_TRUE(request.lenient_index());
}

TEST_F(ServiceTest, TheRequestOutweighsTheTransport) {
  Start(true);
  SendAs("bob@example.com", R"({"Status":{"Account":"alice@example.com"}})");
  EXPECT_EQ(back_end_.calls.at(0).request->account(), kAlice);
}

TEST_F(ServiceTest, ACallerWithoutANameIsNobody) {
  Start(true);
  Send(kStatus);
  EXPECT_EQ(reply_->status, 200);
  EXPECT_THAT(reply_->body, StartsWith(R"({"StatusResponse":{"Status":401)"));
  SendAs("not an address", kStatus);
  EXPECT_THAT(reply_->body, HasSubstr(R"("Status":400)"));
  Send(kStatus, {{"X-Mesh-Account", kAlice}, {"X-Mesh-Connection", "AQID"}});
  EXPECT_THAT(reply_->body, HasSubstr("X-Mesh-Connection"));
  EXPECT_TRUE(back_end_.calls.empty());
}

TEST_F(ServiceTest, AccountsOfOtherDomainsAreUnknown) {
  Start(true);
  SendAs("alice@example.org", kStatus);
  EXPECT_THAT(reply_->body, HasSubstr(R"("Status":404)"));
  EXPECT_TRUE(back_end_.calls.empty());
}

TEST_F(ServiceTest, AnAccountThatPolicyRefusesIsToldWhyAndWhereToGo) {
  options_.account_url = "https://example.com/join";
  Start(true);
  Send(testing::AccountMaker().Create("alice@example.org"));
  EXPECT_THAT(reply_->body, HasSubstr(R"("CreateResponse":{"Status":403)"));
  EXPECT_THAT(reply_->body, HasSubstr(R"("Reason":"the account's domain)"));
  EXPECT_THAT(reply_->body, HasSubstr(R"("URL":"https://example.com/join")"));
}

// --- The way of a request ------------------------------------------------------------

TEST_F(ServiceTest, TheBackEndsReplyIsEncoded) {
  Start(true);
  SendAs(kAlice, kStatus);
  EXPECT_FALSE(reply_);
  proto::PartitionReply reply;
  reply.mutable_status()->add_container_status()->set_container("mmm_Contact");
  back_end_.Answer(reply);
  ASSERT_TRUE(reply_);
  EXPECT_EQ(reply_->status, 200);
  EXPECT_THAT(reply_->body, HasSubstr(R"("ContainerStatus":[{"Container":"mmm_Contact")"));
}

TEST_F(ServiceTest, TheDeadlineAndTheTraceGoAlong) {
  Start(true);
  const char trace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  Send(kStatus, {{"X-Mesh-Account", kAlice}, {"traceparent", trace}});
  EXPECT_EQ(back_end_.calls.at(0).request->traceparent(), trace);
  EXPECT_EQ(back_end_.calls.at(0).deadline, clock_.In(std::chrono::seconds(5)));
  Send(kStatus, {{"X-Mesh-Account", kAlice}, {"traceparent", "00-\nx"}});
  EXPECT_EQ(back_end_.calls.at(1).request->traceparent(), "");
}

TEST_F(ServiceTest, AFailedCallIsToldWithItsClass) {
  Start(true);
  const struct {
    Code code;
    const char* says;
  } cases[] = {
      {Code::kUnavailable, R"("Status":503,"StatusDescription":"MeshServiceUnavailable: why")"},
      {Code::kNotFound, R"("Status":404,"StatusDescription":"MeshUnknownAccount: why")"},
      {Code::kInternal, R"("Status":500,"StatusDescription":"MeshInternalError")"},
  };
  for (const auto& one : cases) {
    SendAs(kAlice, kStatus);
    proto::PartitionReply reply;
    reply.set_code(static_cast<int>(one.code));
    reply.set_message("why");
    back_end_.Answer(reply);
    EXPECT_THAT(reply_->body, HasSubstr(one.says));
  }
}

TEST_F(ServiceTest, AWrongOwnerIsAskedOnceMoreWithTheSameRequest) {
  Start(true);
  SendAs(kAlice,
         testing::UploadOf("mmm_Contact", dare::EnvelopeText(testing::Entry("a", "payload"))));
  proto::PartitionReply reply;
  reply.set_code(static_cast<int>(Code::kAborted));
  const auto first = back_end_.Answer(reply);
  ASSERT_EQ(back_end_.calls.size(), 1u);
  EXPECT_EQ(back_end_.calls[0].request->SerializeAsString(), first->SerializeAsString());
}

TEST_F(ServiceTest, WhatLacksAMemberIsRefusedInItsClass) {
  Start(true);
  SendAs(kAlice, R"({"Operate":{}})");
  EXPECT_THAT(reply_->body, StartsWith(R"({"OperateResponse":{"Status":400)"));
}

// --- Admission -------------------------------------------------------------------------

TEST_F(ServiceTest, RequestsBeyondTheBoundAreRefusedUntilOneIsDone) {
  options_.in_flight_max = 1;
  Start(true);
  SendAs(kAlice, kStatus);
  const auto first = back_end_.calls.front().done;
  // Another client's request, while the first one's waits.
  http::Request second = request_;
  std::optional<http::Response> refusal;
  service_->Handle(second, clock_.In(std::chrono::seconds(5)),
                   [&](http::Response response) { refusal = std::move(response); });
  ASSERT_TRUE(refusal);
  EXPECT_THAT(refusal->body, HasSubstr(R"("Status":503)"));
  EXPECT_EQ(world_.Beyond("in-flight-max"), 1u);
  EXPECT_EQ(world_.BeyondAny(), 1u);
  first(std::make_unique<proto::PartitionReply>());
  SendAs(kAlice, kStatus);
  EXPECT_FALSE(reply_);
}

TEST_F(ServiceTest, AnAccountHasAnAllowance) {
  options_.account_rate = 2;
  options_.account_burst_seconds = 1;
  Start(true);
  for (int i = 0; i < 2; ++i) {
    SendAs(kAlice, kStatus);
    back_end_.Answer({});
  }
  SendAs(kAlice, kStatus);
  ASSERT_TRUE(reply_);
  EXPECT_THAT(reply_->body, HasSubstr("too many requests"));
  EXPECT_EQ(world_.Beyond("account-rate"), 1u);
  EXPECT_EQ(world_.BeyondAny(), 1u);
  SendAs("bob@example.com", kStatus);
  EXPECT_FALSE(reply_);
  clock_.Advance(std::chrono::milliseconds(600));
  SendAs(kAlice, kStatus);
  EXPECT_FALSE(reply_);
}

TEST(Admission, OctetsAreBounded) {
  ServiceWorld world;
  world.options.body_bytes_in_flight_max = 100;
  Admission admission(world.options, SlotKey{}, world.metrics);
  EXPECT_TRUE(admission.Enter(60).ok());
  EXPECT_EQ(admission.Enter(60).code(), Code::kResourceExhausted);
  EXPECT_EQ(world.Beyond("body-bytes-max"), 1u);
  admission.Leave(60);
  EXPECT_TRUE(admission.Enter(100).ok());
  EXPECT_EQ(admission.in_flight(), 1u);
  EXPECT_EQ(world.BeyondAny(), 1u);
}

// What a back end has no room for is 503 too, and no bound of ours.
TEST_F(ServiceTest, WhatAnOwnerRefusesIsBeyondNoBoundHere) {
  Start(true);
  SendAs(kAlice, kStatus);
  proto::PartitionReply full;
  full.set_code(static_cast<int>(Code::kUnavailable));
  back_end_.Answer(full);
  EXPECT_THAT(reply_->body, HasSubstr(R"("Status":503)"));
  EXPECT_EQ(world_.BeyondAny(), 0u);
}

TEST_F(ServiceTest, RequestsAreCountedByTransactionAndCode) {
  Start(true);
  Send(kHello);
  Send(kStatus);
  Send("x");
  const std::string text = registry_.Text();
  EXPECT_THAT(text, HasSubstr(R"(mesh_requests_total{transaction="Hello",code="201"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(mesh_requests_total{transaction="Status",code="401"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(mesh_requests_total{transaction="unknown",code="400"} 1)"));
  EXPECT_THAT(text, HasSubstr("mesh_requests_in_flight 0"));
}

TEST_F(ServiceTest, RepliesOfWhichTheOutcomeIsNotKnownAreCounted) {
  Start(true);
  const auto count_after = [&](const char* told) {
    SendAs(kAlice, kStatus);
    proto::PartitionReply reply;
    reply.set_code(static_cast<int>(Code::kUnavailable));
    reply.set_message(told);
    back_end_.Answer(reply);
    EXPECT_THAT(reply_->body, HasSubstr(told));
    return registry_.GetCounter("mesh_requests_outcome_not_known_total", "").Value();
  };
  EXPECT_EQ(count_after("it is away; the request was not applied"), 0u);
  EXPECT_EQ(count_after("it was lost; whether it was applied is not known"), 1u);
}

// --- Incidents ---------------------------------------------------------------------

TEST_F(ServiceTest, WhatIsRefusedIsNotedWithTheClientsNetwork) {
  Start(false);
  Send(kStatus);
  Send("{");
  target_ = "/admin.php";
  Send(kHello);
  EXPECT_EQ(noted_->lines,
            (std::vector<std::string>{"authentication/null 192.0.2.0/24 ",
                                      "request/400 192.0.2.0/24 ", "request/404 192.0.2.0/24 "}));
}

TEST_F(ServiceTest, WhatIsServedIsNoIncident) {
  Start(false);
  Send(kHello);
  EXPECT_TRUE(noted_->lines.empty());
}

TEST_F(ServiceTest, WhoAsksTooOftenIsNoted) {
  options_.account_rate = 1;
  Start(true);
  for (int i = 0; i < 100; ++i) SendAs(kAlice, kStatus);
  ASSERT_EQ(reply_->status, 200);  // Of reference compatibility.
  ASSERT_FALSE(noted_->lines.empty());
  EXPECT_EQ(noted_->lines.back(), "rate/account 192.0.2.0/24 ");
}

TEST_F(ServiceTest, AConnectionThatIsOfNoUseIsNoted) {
  Start(false);
  service_->Misused("handshake", "2001:db8::1");
  EXPECT_EQ(noted_->lines, std::vector<std::string>{"connection/handshake 2001:db8::/48 "});
}

}  // namespace
}  // namespace mesh::frontend
