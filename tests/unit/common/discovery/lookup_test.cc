// What is asked about a domain, and what is concluded: without any network.

#include "common/discovery/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/discovery/limits.h"

namespace mesh::discovery {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

using Answers = std::map<Question, Result<DnsAnswer>>;

const Question kServices{"_mmm._tcp.example.com", RecordType::kService};
const Question kTexts{"_mmm._tcp.example.com", RecordType::kText};

DnsAnswer Services(std::vector<ServiceRecord> services, seconds ttl = seconds(100)) {
  return {std::move(services), {}, {}, ttl};
}
DnsAnswer Texts(std::vector<std::string> texts, seconds ttl = seconds(100)) {
  return {{}, std::move(texts), {}, ttl};
}
DnsAnswer Addresses(std::vector<std::string> addresses, seconds ttl = seconds(100)) {
  return {{}, {}, std::move(addresses), ttl};
}
Question Four(const std::string& host) { return {host, RecordType::kAddress4}; }
Question Six(const std::string& host) { return {host, RecordType::kAddress6}; }

// Asks what the lookup wants asked; what `answers` lacks does not exist.
Outcome LookUp(const Answers& answers, std::vector<Question>* asked = nullptr) {
  Lookup lookup("example.com", [] { return 0u; });
  std::vector<Question> questions = lookup.Begin();
  while (!questions.empty()) {
    const Question question = questions.back();
    questions.pop_back();
    if (asked != nullptr) asked->push_back(question);
    const auto found = answers.find(question);
    const Result<DnsAnswer> none(DnsAnswer{{}, {}, {}, seconds(100)});
    for (const Question& more :
         lookup.Take(question, found == answers.end() ? none : found->second)) {
      questions.push_back(more);
    }
  }
  EXPECT_TRUE(lookup.finished());
  return lookup.Conclude();
}

std::vector<ServiceTarget> Targets(const Outcome& outcome) {
  std::vector<ServiceTarget> targets;
  for (const Candidate& candidate : *outcome.candidates) targets.push_back(candidate.target);
  return targets;
}

Code CodeOf(const Answers& answers) { return LookUp(answers).candidates.status().code(); }

TEST(Lookup, TheHostsAreThoseOfTheServiceRecords) {
  const Outcome outcome =
      LookUp({{kServices, Services({{1, 5, 8443, "a.example.net"}, {2, 6, 443, "b.example.net"}})},
              {Four("a.example.net"), Addresses({"192.0.2.1"})},
              {Six("a.example.net"), Addresses({"2001:db8::1"})},
              {Four("b.example.net"), Addresses({"192.0.2.2"})}});
  ASSERT_TRUE(outcome.candidates.ok());
  const ServiceTarget a{"a.example.net", 8443, {"2001:db8::1", "192.0.2.1"}, "/.well-known/mmm"};
  const ServiceTarget b{"b.example.net", 443, {"192.0.2.2"}, "/.well-known/mmm"};
  EXPECT_EQ(Targets(outcome), (std::vector{a, b}));
  EXPECT_EQ((*outcome.candidates)[1].preference.priority, 2);
  EXPECT_EQ((*outcome.candidates)[1].preference.weight, 6);
}

TEST(Lookup, WithoutServiceRecordsTheHostIsMmmDotDomain) {
  const Outcome outcome = LookUp({{Four("mmm.example.com"), Addresses({"192.0.2.1"})}});
  ASSERT_TRUE(outcome.candidates.ok());
  const ServiceTarget target{"mmm.example.com", 443, {"192.0.2.1"}, "/.well-known/mmm"};
  EXPECT_EQ(Targets(outcome), std::vector{target});
}

TEST(Lookup, TheServicesPathIsThatOfAllHostsWithoutTheirOwn) {
  const Outcome outcome =
      LookUp({{kServices, Services({{1, 0, 1, "a.example.net"}, {2, 0, 1, "b.example.net"}})},
              {kTexts, Texts({"path=/service"})},
              {{"_mmm._tcp.b.example.net", RecordType::kText}, Texts({"path=/host"})},
              {Four("a.example.net"), Addresses({"192.0.2.1"})},
              {Four("b.example.net"), Addresses({"192.0.2.2"})}});
  EXPECT_EQ(Targets(outcome)[0].path, "/service");
  EXPECT_EQ(Targets(outcome)[1].path, "/host");
}

TEST(Lookup, TextsThatCannotBeHadAreAsNone) {
  const Outcome outcome = LookUp({{kTexts, Status(Code::kUnavailable, "no")},
                                  {Four("mmm.example.com"), Addresses({"192.0.2.1"})}});
  ASSERT_TRUE(outcome.candidates.ok());
  EXPECT_EQ(Targets(outcome)[0].path, kDefaultPath);
  EXPECT_EQ(outcome.ttl, kTtlMin);  // They may be had in a moment.
}

TEST(Lookup, ATargetOfDotIsNoService) {
  std::vector<Question> asked;
  const Outcome outcome = LookUp(
      {{kServices, Services({{0, 0, 0, ""}})}, {Four("mmm.example.com"), Addresses({"192.0.2.1"})}},
      &asked);
  EXPECT_EQ(outcome.candidates.status().code(), Code::kNotFound);
  EXPECT_EQ(asked.size(), 2u);
}

TEST(Lookup, AnErrorIsNotTakenForNone) {
  const Answers fallback = {{Four("mmm.example.com"), Addresses({"192.0.2.1"})}};
  for (const Code code : {Code::kUnavailable, Code::kDeadlineExceeded, Code::kDataLoss}) {
    Answers answers = fallback;
    answers.emplace(kServices, Status(code, "no"));
    EXPECT_EQ(CodeOf(answers), code);
  }
}

TEST(Lookup, ADomainWithoutAnythingIsNotFound) {
  const Outcome outcome = LookUp({});
  EXPECT_EQ(outcome.candidates.status().code(), Code::kNotFound);
  EXPECT_THAT(outcome.candidates.status().message(), HasSubstr("mmm.example.com"));
}

TEST(Lookup, AHostWithoutAddressesIsLeftOut) {
  const Outcome outcome =
      LookUp({{kServices, Services({{1, 0, 1, "a.example.net"}, {2, 0, 1, "b.example.net"}})},
              {Four("a.example.net"), Status(Code::kUnavailable, "no")},
              {Four("b.example.net"), Addresses({"192.0.2.2"})}});
  ASSERT_EQ(Targets(outcome).size(), 1u);
  EXPECT_EQ(Targets(outcome)[0].host, "b.example.net");
}

TEST(Lookup, WhenNoHostHasAnAddressAnErrorSaysWhy) {
  const DnsAnswer services = Services({{1, 0, 1, "a.example.net"}});
  EXPECT_EQ(CodeOf({{kServices, services}}), Code::kNotFound);
  EXPECT_EQ(CodeOf({{kServices, services},
                    {Six("a.example.net"), Status(Code::kDeadlineExceeded, "late")}}),
            Code::kDeadlineExceeded);
}

TEST(Lookup, TargetsThatAreNoHostsAreLeftOut) {
  const Answers answers = {{kServices, Services({{0, 0, 443, "127.0.0.1"},
                                                 {0, 0, 443, "a\\.b.example"},
                                                 {0, 0, 443, "_x.example"},
                                                 {0, 0, 443, std::string(250, 'a')},
                                                 {0, 0, 0, "zero-port.example"},
                                                 {0, 0, 443, ""},
                                                 {0, 0, 443, "good.example"}})},
                           {Four("good.example"), Addresses({"192.0.2.2"})}};
  ASSERT_EQ(Targets(LookUp(answers)).size(), 1u);
  EXPECT_EQ(Targets(LookUp(answers))[0].host, "good.example");
  EXPECT_EQ(CodeOf({{kServices, Services({{0, 0, 443, "127.0.0.1"}})}}), Code::kFailedPrecondition);
}

TEST(Lookup, AsksAboutAHostOnceForAllItsPorts) {
  std::vector<Question> asked;
  const Outcome outcome =
      LookUp({{kServices, Services({{1, 0, 1, "a.example.net"}, {2, 0, 2, "a.example.net"}})},
              {Four("a.example.net"), Addresses({"192.0.2.1"})}},
             &asked);
  EXPECT_EQ(Targets(outcome).size(), 2u);
  EXPECT_EQ(asked.size(), 5u);
}

TEST(Lookup, AsksAboutFewOfManyHosts) {
  std::vector<ServiceRecord> many;
  for (uint16_t i = 0; i < 100; ++i)
    many.push_back({i, 0, 1, "h" + std::to_string(i) + ".example"});
  std::vector<Question> asked;
  (void)LookUp({{kServices, Services(many)}}, &asked);
  EXPECT_EQ(asked.size(), 2 + 3 * kTargetsMax);
}

TEST(Lookup, LastsAsLongAsTheLeastAnswer) {
  const auto ttl = [](seconds services, seconds texts, seconds addresses) {
    return LookUp({{kServices, Services({{1, 0, 1, "a.example.net"}}, services)},
                   {kTexts, Texts({}, texts)},
                   {{"_mmm._tcp.a.example.net", RecordType::kText}, Texts({}, seconds(99999))},
                   {Six("a.example.net"), Addresses({}, seconds(99999))},
                   {Four("a.example.net"), Addresses({"192.0.2.1"}, addresses)}})
        .ttl;
  };
  EXPECT_EQ(ttl(seconds(10), seconds(20), seconds(30)), seconds(10));
  EXPECT_EQ(ttl(seconds(30), seconds(10), seconds(20)), seconds(10));
  EXPECT_EQ(ttl(seconds(20), seconds(30), seconds(10)), seconds(10));
  EXPECT_EQ(ttl(seconds(0), seconds(1), seconds(1)), kTtlMin);
  EXPECT_EQ(ttl(seconds(99999), seconds(99999), seconds(99999)), kTtlMax);
}

TEST(Lookup, ConcludesFromWhatCameInTime) {
  Lookup lookup("example.com", [] { return 0u; });
  (void)lookup.Begin();
  EXPECT_EQ(lookup.Conclude().candidates.status().code(), Code::kDeadlineExceeded);
  (void)lookup.Take(kServices, Services({{1, 0, 1, "a.example.net"}}));
  EXPECT_EQ(lookup.Conclude().candidates.status().code(), Code::kDeadlineExceeded);
  (void)lookup.Take(Four("a.example.net"), Addresses({"192.0.2.1"}));
  EXPECT_FALSE(lookup.finished());
  const Outcome outcome = lookup.Conclude();
  ASSERT_TRUE(outcome.candidates.ok());
  EXPECT_EQ(outcome.ttl, kTtlMin);
}

}  // namespace
}  // namespace mesh::discovery
