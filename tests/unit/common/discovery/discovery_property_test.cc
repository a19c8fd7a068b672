// What must hold for any records.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "common/discovery/dns_answer.h"
#include "common/discovery/service_text.h"
#include "common/discovery/srv_order.h"
#include "tests/support/dns_responder.h"

namespace mesh::discovery {
namespace {

std::vector<Preference> AnyHosts(int weight_max, int priority_max, size_t count_max) {
  const auto count = *rc::gen::inRange<size_t>(1, count_max);
  std::vector<Preference> hosts(count);
  for (Preference& host : hosts) {
    host.priority = static_cast<uint16_t>(*rc::gen::inRange(0, priority_max));
    host.weight = static_cast<uint16_t>(*rc::gen::inRange(0, weight_max));
  }
  return hosts;
}

RC_GTEST_PROP(OrderLaw, EveryHostOccursOnceByPriority, ()) {
  const std::vector<Preference> hosts = AnyHosts(65536, 4, 12);
  const auto order = OrderOfUse(hosts, [] { return *rc::gen::arbitrary<uint32_t>(); });
  RC_ASSERT(std::set<size_t>(order.begin(), order.end()).size() == hosts.size());
  RC_ASSERT(order.size() == hosts.size());
  for (size_t i = 1; i < order.size(); ++i) {
    RC_ASSERT(hosts[order[i - 1]].priority <= hosts[order[i]].priority);
  }
}

// Of the numbers 0 to the sum of the weights, each as likely as another, a host is first for
// as many as its weight, and one host for one more: RFC 2782's law, exactly.
RC_GTEST_PROP(OrderLaw, AHostIsFirstAsOftenAsItsWeight, ()) {
  const std::vector<Preference> hosts = AnyHosts(20, 1, 6);
  uint64_t sum = 0;
  for (const Preference& host : hosts) sum += host.weight;
  std::map<size_t, uint64_t> first;
  for (uint64_t number = 0; number <= sum; ++number) {
    // The least random number that is scaled to `number`.
    const auto random = static_cast<uint32_t>(((number << 32) + sum) / (sum + 1));
    ++first[OrderOfUse(hosts, [&] { return random; }).front()];
  }
  uint64_t more = 0;
  for (size_t i = 0; i < hosts.size(); ++i) {
    RC_ASSERT(first[i] >= hosts[i].weight);
    more += first[i] - hosts[i].weight;
  }
  RC_ASSERT(more == 1u);
}

RC_GTEST_PROP(PathLaw, APathIsSafeInARequestLine, ()) {
  const auto texts = *rc::gen::container<std::vector<std::string>>(
      rc::gen::map(rc::gen::container<std::string>(rc::gen::elementOf(std::string("/.a=% \r\n?"))),
                   [](const std::string& text) { return "path=" + text; }));
  const auto path = PathAttribute(texts);
  if (!path) return;
  RC_ASSERT(path->front() == '/');
  RC_ASSERT(path->find_first_not_of("/.a") == std::string::npos);
  RC_ASSERT(path->find("/../") == std::string::npos && path->find("//") == std::string::npos);
}

RC_GTEST_PROP(AnswerLaw, AnyOctetsBehindTheHeaderAreReadOrRefused, ()) {
  const Question question{"a.example", RecordType::kService};
  std::string packet =
      testing::DnsPacket({1, question}).Service("a.example", 1, 2, 3, "b.c").octets();
  const auto at = *rc::gen::inRange<size_t>(0, packet.size());
  packet[at] = *rc::gen::arbitrary<char>();
  const auto answer = ReadDnsAnswer(packet, question);
  if (answer.ok()) RC_ASSERT(answer->services.size() <= 1u);
}

}  // namespace
}  // namespace mesh::discovery
