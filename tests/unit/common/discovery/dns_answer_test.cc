// What is believed of an answer's octets.

#include "common/discovery/dns_answer.h"

#include <gtest/gtest.h>

#include "common/discovery/limits.h"
#include "tests/support/dns_responder.h"

namespace mesh::discovery {
namespace {

using std::chrono::seconds;
using testing::DnsPacket;
using testing::DnsRequest;

const Question kService{"_mmm._tcp.example.com", RecordType::kService};
const Question kText{"_mmm._tcp.example.com", RecordType::kText};
const Question kAddress{"host.example.com", RecordType::kAddress4};

DnsPacket AnswerTo(const Question& question) { return DnsPacket(DnsRequest{7, question}); }

Code CodeOf(const DnsPacket& packet, const Question& question) {
  return ReadDnsAnswer(packet.octets(), question).status().code();
}

TEST(DnsAnswer, HoldsTheServicesOfTheName) {
  const auto answer = ReadDnsAnswer(AnswerTo(kService)
                                        .Service(kService.name, 1, 2, 8443, "Host1.Example.com", 60)
                                        .Service(kService.name, 3, 4, 443, "", 30)
                                        .Service("other.example.com", 0, 0, 1, "evil.example")
                                        .octets(),
                                    kService);
  ASSERT_TRUE(answer.ok()) << answer.status().message();
  ASSERT_EQ(answer->services.size(), 2u);
  EXPECT_EQ(answer->services[0].priority, 1);
  EXPECT_EQ(answer->services[0].weight, 2);
  EXPECT_EQ(answer->services[0].port, 8443);
  EXPECT_EQ(answer->services[0].host, "host1.example.com");
  EXPECT_EQ(answer->services[1].host, "");
  EXPECT_EQ(answer->ttl, seconds(30));
}

TEST(DnsAnswer, HoldsEachTextOfEachRecord) {
  const auto answer = ReadDnsAnswer(
      AnswerTo(kText).Text(kText.name, {"path=/a", ""}).Text(kText.name, {"version=1.0"}).octets(),
      kText);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->texts, (std::vector<std::string>{"path=/a", "", "version=1.0"}));
}

TEST(DnsAnswer, HoldsAddressesOfTheFamilyAskedFor) {
  const auto answer = ReadDnsAnswer(AnswerTo(kAddress)
                                        .Address(kAddress.name, "192.0.2.1")
                                        .Address(kAddress.name, "2001:db8::1")
                                        .octets(),
                                    kAddress);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->addresses, std::vector<std::string>{"192.0.2.1"});
}

TEST(DnsAnswer, FollowsAliases) {
  const auto answer = ReadDnsAnswer(AnswerTo(kAddress)
                                        .Address("there.example.net", "192.0.2.1", 100)
                                        .Alias("b.example.net", "there.example.net", 50)
                                        .Alias(kAddress.name, "b.example.net", 40)
                                        .Address(kAddress.name, "192.0.2.99")
                                        .octets(),
                                    kAddress);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->addresses, std::vector<std::string>{"192.0.2.1"});
  EXPECT_EQ(answer->ttl, seconds(40));
}

TEST(DnsAnswer, WithAliasesThatGoRoundIsRefused) {
  EXPECT_EQ(CodeOf(AnswerTo(kAddress)
                       .Alias(kAddress.name, "b.example")
                       .Alias("b.example", "c.example")
                       .Alias("c.example", "b.example"),
                   kAddress),
            Code::kFailedPrecondition);
  EXPECT_EQ(CodeOf(AnswerTo(kAddress).Alias(kAddress.name, kAddress.name), kAddress),
            Code::kFailedPrecondition);
}

TEST(DnsAnswer, WithTooManyAliasesIsRefused) {
  const auto chain = [](size_t aliases) {
    DnsPacket packet = AnswerTo(kAddress);
    std::string name = kAddress.name;
    for (size_t i = 0; i < aliases; ++i) {
      const std::string next = "a" + std::to_string(i) + ".example";
      packet.Alias(name, next);
      name = next;
    }
    packet.Address(name, "192.0.2.1");
    return CodeOf(packet, kAddress);
  };
  EXPECT_EQ(chain(kAliasesMax - 1), Code::kOk);
  EXPECT_EQ(chain(kAliasesMax), Code::kFailedPrecondition);
}

TEST(DnsAnswer, ThatThereIsNoneLastsAsTheZoneSays) {
  const auto nothing = [](const DnsPacket& packet) {
    const auto answer = ReadDnsAnswer(packet.octets(), kService);
    EXPECT_TRUE(answer.ok() && answer->services.empty());
    return answer->ttl;
  };
  EXPECT_EQ(nothing(AnswerTo(kService).Authority("example.com", 100, 20)), seconds(20));
  EXPECT_EQ(nothing(AnswerTo(kService).Code(3).Authority("example.com", 10, 20)), seconds(10));
  EXPECT_EQ(nothing(AnswerTo(kService).Authority("example.com", 9999999, 9999999)),
            kNegativeTtlMax);
  EXPECT_EQ(nothing(AnswerTo(kService)), kNegativeTtlDefault);
}

TEST(DnsAnswer, OfAServerThatFailsOrRefusesIsNone) {
  for (const int code : {1, 2, 4, 5, 15}) {
    EXPECT_EQ(CodeOf(AnswerTo(kService).Code(code), kService), Code::kUnavailable) << code;
  }
}

TEST(DnsAnswer, ThatIsCutShortAnywhereIsNoAnswer) {
  const std::string whole =
      AnswerTo(kService).Service(kService.name, 1, 2, 3, "host.example").octets();
  ASSERT_TRUE(ReadDnsAnswer(whole, kService).ok());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ReadDnsAnswer(whole.substr(0, size), kService).status().code(), Code::kDataLoss)
        << size;
  }
}

TEST(DnsAnswer, WithARecordThatIsNotOfItsTypeIsRefused) {
  const auto record = [](const Question& question, std::string_view data) {
    const auto type = static_cast<uint16_t>(question.type);
    return CodeOf(AnswerTo(question).Record(question.name, type, data, 1), question);
  };
  EXPECT_EQ(record(kAddress, "abc"), Code::kDataLoss);
  EXPECT_EQ(record(kAddress, "abcde"), Code::kDataLoss);
  EXPECT_EQ(record(kText,
                   "\x05"
                   "abc"),
            Code::kDataLoss);
  EXPECT_EQ(record(kService, "123456"), Code::kDataLoss);
  EXPECT_EQ(record(kService,
                   "123456\x03"
                   "ab"),
            Code::kDataLoss);
}

TEST(DnsAnswer, ANameThatPointsAtItselfIsRefused) {
  DnsPacket packet = AnswerTo(kService);
  const size_t name = packet.octets().size() + 2 + kService.name.size() + 10 + 6;
  std::string pointer = "123456";
  pointer += static_cast<char>(0xc0 | (name >> 8));
  pointer += static_cast<char>(name);
  EXPECT_EQ(CodeOf(packet.Record(kService.name, 33, pointer, 1), kService), Code::kDataLoss);
}

TEST(DnsAnswer, IsReadNoFurtherThanItsBounds) {
  DnsPacket services = AnswerTo(kService);
  for (size_t i = 0; i < kRecordsMax + 100; ++i) services.Service(kService.name, 0, 0, 1, "a.b");
  EXPECT_EQ(ReadDnsAnswer(services.octets(), kService)->services.size(), kRecordsMax);

  DnsPacket addresses = AnswerTo(kAddress);
  for (size_t i = 0; i < 2 * kAddressesMax; ++i) addresses.Address(kAddress.name, "192.0.2.1");
  EXPECT_EQ(ReadDnsAnswer(addresses.octets(), kAddress)->addresses.size(), kAddressesMax);

  DnsPacket texts = AnswerTo(kText);
  for (size_t i = 0; i < 40; ++i) texts.Text(kText.name, {std::string(255, 'a')});
  EXPECT_EQ(ReadDnsAnswer(texts.octets(), kText)->texts.size(), kTextBytesMax / 255);
}

}  // namespace
}  // namespace mesh::discovery
