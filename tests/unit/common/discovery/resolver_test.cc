// Real questions to a name server on loopback.

#include "common/discovery/resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "common/discovery/limits.h"
#include "tests/support/dns_responder.h"

namespace mesh::discovery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::DnsPacket;
using testing::DnsRequest;
using testing::DnsResponder;
using Packets = std::vector<std::string>;
using Targets = Result<std::vector<ServiceTarget>>;

constexpr char kDomain[] = "example.com";

// A zone with the service of example.com on host.example.com.
DnsPacket Zone(const DnsRequest& request) {
  DnsPacket packet(request);
  const Question& question = request.question;
  if (question.name == "_mmm._tcp.example.com" && question.type == RecordType::kService) {
    packet.Service(question.name, 0, 0, 8443, "host.example.com");
  } else if (question.name == "host.example.com" && question.type == RecordType::kAddress4) {
    packet.Address(question.name, "192.0.2.1");
  } else {
    packet.Code(3);
  }
  return packet;
}

class ResolverTest : public ::testing::Test {
 protected:
  // `query` is long enough to be no reason to ask again on a busy machine.
  void Serve(DnsResponder::Handler handler, milliseconds query = seconds(20)) {
    responder_ = std::make_unique<DnsResponder>(std::move(handler));
    ResolverOptions options;
    options.name_servers = {responder_->address()};
    options.query_time = query;
    options.lookup_time = seconds(60);
    resolver_ = std::make_unique<Resolver>(options, clock_, [] { return 0u; });
  }

  Targets Resolve(const std::string& domain = kDomain) {
    return resolver_->ResolveNow(domain, clock_.In(seconds(60)));
  }
  Code CodeOf(const std::string& domain = kDomain) { return Resolve(domain).status().code(); }

  const SystemClock clock_{};
  std::unique_ptr<DnsResponder> responder_;
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, FindsTheHostsOfAService) {
  Serve([](const DnsRequest& request) { return Packets{Zone(request).octets()}; });
  const Targets targets = Resolve();
  ASSERT_TRUE(targets.ok()) << targets.status().message();
  const ServiceTarget target{"host.example.com", 8443, {"192.0.2.1"}, "/.well-known/mmm"};
  EXPECT_EQ(*targets, std::vector{target});
}

TEST_F(ResolverTest, AsksAgainOnlyWhenTheAnswerIsTooOld) {
  Serve([](const DnsRequest& request) { return Packets{Zone(request).octets()}; });
  ASSERT_TRUE(Resolve().ok());
  const size_t asked = responder_->asked().size();
  ASSERT_TRUE(Resolve().ok());
  EXPECT_EQ(responder_->asked().size(), asked);
  EXPECT_EQ(CodeOf("none.example"), Code::kNotFound);
  const size_t asked_none = responder_->asked().size();
  EXPECT_EQ(CodeOf("none.example"), Code::kNotFound);
  EXPECT_EQ(responder_->asked().size(), asked_none);
}

TEST_F(ResolverTest, ALongAnswerComesByTcp) {
  Serve([](const DnsRequest& request) {
    if (!request.tcp) return Packets{DnsPacket(request).Truncated().octets()};
    return Packets{Zone(request).octets()};
  });
  const Targets targets = Resolve();
  ASSERT_TRUE(targets.ok()) << targets.status().message();
  EXPECT_EQ(targets->front().port, 8443);
}

TEST_F(ResolverTest, AnAnswerWithAnotherIdIsNotTheAnswer) {
  Serve([](const DnsRequest& request) {
    DnsPacket forged(request);
    forged.Id(static_cast<uint16_t>(request.id + 1));
    forged.Address(request.question.name, "192.0.2.66");
    forged.Service(request.question.name, 0, 0, 66, "evil.example");
    return Packets{forged.octets(), Zone(request).octets()};
  });
  const Targets targets = Resolve();
  ASSERT_TRUE(targets.ok()) << targets.status().message();
  EXPECT_EQ(targets->front().host, "host.example.com");
  EXPECT_EQ(targets->front().addresses, std::vector<std::string>{"192.0.2.1"});
}

TEST_F(ResolverTest, AnAnswerToAnotherQuestionIsNotTheAnswer) {
  Serve([](const DnsRequest& request) {
    DnsRequest other = request;
    other.question.name = "evil.example";
    return Packets{DnsPacket(other).Code(3).octets(), Zone(request).octets()};
  });
  EXPECT_TRUE(Resolve().ok());
}

TEST_F(ResolverTest, EveryFailureHasItsCode) {
  Serve([](const DnsRequest& request) {
    const std::string& name = request.question.name;
    DnsPacket packet(request);
    if (name.ends_with("broken.example")) packet.Record(name, 33, "short", 1);
    if (name.ends_with("loop.example")) packet.Alias(name, "x.example").Alias("x.example", name);
    if (name.ends_with("fails.example")) packet.Code(2);
    if (name.ends_with("refuses.example")) packet.Code(5);
    if (name.ends_with("none.example")) packet.Code(3);
    if (name.ends_with("not-here.example")) packet.Service(name, 0, 0, 0, "");
    return Packets{packet.octets()};
  });
  EXPECT_EQ(CodeOf("broken.example"), Code::kDataLoss);
  EXPECT_EQ(CodeOf("loop.example"), Code::kFailedPrecondition);
  EXPECT_EQ(CodeOf("fails.example"), Code::kUnavailable);
  EXPECT_EQ(CodeOf("refuses.example"), Code::kUnavailable);
  EXPECT_EQ(CodeOf("none.example"), Code::kNotFound);
  EXPECT_EQ(CodeOf("empty.example"), Code::kNotFound);
  EXPECT_EQ(CodeOf("not-here.example"), Code::kNotFound);
}

TEST_F(ResolverTest, ANameServerThatIsSilentIsAskedAgainAndThenGivenUp) {
  Serve([](const DnsRequest&) { return Packets{}; }, milliseconds(20));
  EXPECT_EQ(CodeOf(), Code::kDeadlineExceeded);
  EXPECT_EQ(responder_->asked().size(), 2u * kQueryTries);
}

TEST_F(ResolverTest, ANameServerThatIsNotThereIsUnavailable) {
  ResolverOptions options;
  options.name_servers = {"127.0.0.1:1"};
  Resolver resolver(options, clock_, [] { return 0u; });
  EXPECT_EQ(resolver.ResolveNow(kDomain, clock_.In(seconds(60))).status().code(),
            Code::kUnavailable);
}

TEST_F(ResolverTest, WhatIsNoDomainIsNotAskedFor) {
  Serve([](const DnsRequest&) { return Packets{}; });
  for (const char* domain : {"", "127.0.0.1", "a b", "example.com.", "Example.com", "a..b"}) {
    EXPECT_EQ(CodeOf(domain), Code::kInvalidArgument) << domain;
  }
  EXPECT_TRUE(responder_->asked().empty());
}

TEST_F(ResolverTest, ADomainThatHangsHoldsUpNobodyElse) {
  Serve([](const DnsRequest& request) {
    if (request.question.name.ends_with("hangs.example")) return Packets{};
    return Packets{Zone(request).octets()};
  });
  std::promise<Targets> hanging;
  resolver_->Resolve("hangs.example", clock_.In(milliseconds(50)),
                     [&](Targets targets) { hanging.set_value(std::move(targets)); });
  EXPECT_TRUE(Resolve().ok());
  EXPECT_EQ(hanging.get_future().get().status().code(), Code::kDeadlineExceeded);
}

TEST_F(ResolverTest, ThoseWhoAskForOneDomainShareOneLookup) {
  std::atomic<bool> open = false;
  Serve(
      [&](const DnsRequest& request) { return open ? Packets{Zone(request).octets()} : Packets{}; },
      milliseconds(20));
  std::vector<std::promise<Targets>> all(20);
  for (auto& one : all) {
    resolver_->Resolve(kDomain, clock_.In(seconds(60)),
                       [&](Targets targets) { one.set_value(std::move(targets)); });
  }
  while (responder_->asked().size() < 2) std::this_thread::yield();
  open = true;
  for (auto& one : all) (void)one.get_future().get();
  for (const DnsRequest& request : responder_->asked()) {
    EXPECT_TRUE(request.question.name.ends_with(kDomain));
  }
  EXPECT_LT(responder_->asked().size(), 20u);
}

TEST_F(ResolverTest, MoreDomainsThanLookupsWaitTheirTurn) {
  Serve([](const DnsRequest& request) { return Packets{DnsPacket(request).Code(3).octets()}; });
  std::vector<std::promise<Targets>> all(3 * kLookupsMax);
  for (size_t i = 0; i < all.size(); ++i) {
    resolver_->Resolve(std::to_string(i) + ".example", clock_.In(seconds(60)),
                       [&all, i](Targets targets) { all[i].set_value(std::move(targets)); });
  }
  for (auto& one : all) EXPECT_EQ(one.get_future().get().status().code(), Code::kNotFound);
}

TEST_F(ResolverTest, TooManyWhoWaitAreRefused) {
  Serve([](const DnsRequest&) { return Packets{}; });
  std::vector<std::promise<Targets>> all(2 * kWaitingMax + 1);
  for (auto& one : all) {
    resolver_->Resolve(kDomain, clock_.In(seconds(60)),
                       [&](Targets targets) { one.set_value(std::move(targets)); });
  }
  EXPECT_EQ(all.back().get_future().get().status().code(), Code::kResourceExhausted);
  resolver_.reset();
  EXPECT_EQ(all.front().get_future().get().status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh::discovery
