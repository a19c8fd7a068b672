// Calls over TLS on loopback, from any thread.

#include "frontend/peers/peer_caller.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/support/dns_responder.h"
#include "tests/support/front_end.h"
#include "tests/unit/frontend/peers/test_host.h"
#include "tests/unit/frontend/peers/test_service.h"

namespace mesh::frontend {
namespace {

using discovery::RecordType;
using std::chrono::seconds;

class PeerCallerTest : public ::testing::Test {
 protected:
  PeerCallerTest() {
    PeerOptions options;
    options.name_servers = {dns_.address()};
    options.ca_file = host_.ca_file();
    options.allow_private = true;
    peers_ = *Peers::Start(options, clock_, registry_);
    keys_.Publish(std::make_shared<ServiceKeys>(Keys()));
    caller_ = std::make_unique<PeerCaller>(options, *peers_, keys_, clock_, registry_);
  }

  ServiceKeys Keys() const {
    ServiceKeys keys;
    const WallMillis now = clock_.WallNow();
    keys.host_keys.push_back({service_.authentication.udf, service_.authentication_key.Clone()});
    keys.hello.enveloped_profile_service = dare::EnvelopeText(service_.ProfileService());
    keys.hello.enveloped_profile_host = dare::EnvelopeText(service_.ProfileHost());
    keys.hello.enveloped_connection_host =
        dare::EnvelopeText(service_.Connection(now - 1000, now + 3'600'000));
    return keys;
  }

  Result<PeerAnswer> Call(const std::string& domain) {
    std::promise<Result<PeerAnswer>> promise;
    caller_->Call({"ours.example", domain, "Hello", R"({"Hello":{}})", clock_.In(seconds(30))},
                  [&](Result<PeerAnswer> answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }

  std::vector<std::string> Zone(const testing::DnsRequest& request) {
    const discovery::Question& question = request.question;
    testing::DnsPacket packet(request);
    if (question.name == "_mmm._tcp.example.com" && question.type == RecordType::kService) {
      packet.Service(question.name, 1, 0, host_.port(), "a.example.net");
    } else if (question.name == "a.example.net" && question.type == RecordType::kAddress4) {
      packet.Address(question.name, "127.0.0.1");
    } else {
      packet.Code(3);
    }
    return {packet.octets()};
  }

  const SystemClock clock_;
  Registry registry_;
  const TestService service_{};
  TestHost host_{::testing::TempDir() + "/peer_caller_test", "mmm.example.com"};
  testing::DnsResponder dns_{[this](const auto& request) { return Zone(request); }};
  Published<ServiceKeys> keys_;
  std::unique_ptr<Peers> peers_;
  std::unique_ptr<PeerCaller> caller_;
};

TEST_F(PeerCallerTest, AServiceThatAnswersWithNothingButHelloIsNotBelieved) {
  host_.Answer(200, service_.HelloBody(clock_.WallNow()));
  EXPECT_EQ(Call("example.com").status().code(), Code::kDataLoss);
  EXPECT_EQ(host_.asked(), 2);  // Hello, and the exchange.
}

TEST_F(PeerCallerTest, ADomainWithoutAServiceIsNotCalled) {
  EXPECT_EQ(Call("example.org").status().code(), Code::kNotFound);
}

TEST_F(PeerCallerTest, WhoCallsAfterItsEndIsTold) {
  caller_->Stop();
  EXPECT_EQ(Call("example.com").status().code(), Code::kUnavailable);
}

TEST_F(PeerCallerTest, WhoWaitsAtItsEndIsTold) {
  std::promise<void> stopped;
  // The host outlives this, and may be asked once more.
  const std::shared_future<void> end = stopped.get_future().share();
  host_.AnswerBy([this, end](const http::Request&) {
    http::Response response;
    response.body = service_.HelloBody(clock_.WallNow());
    if (host_.asked() > 1) end.wait();
    return response;
  });
  std::promise<Code> promise;
  caller_->Call({"ours.example", "example.com", "Hello", "{}", clock_.In(seconds(30))},
                [&](const Result<PeerAnswer>& answer) {
                  promise.set_value(answer.ok() ? Code::kOk : answer.status().code());
                });
  while (host_.asked() < 2) std::this_thread::yield();
  caller_->Stop();
  stopped.set_value();
  EXPECT_EQ(promise.get_future().get(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh::frontend
