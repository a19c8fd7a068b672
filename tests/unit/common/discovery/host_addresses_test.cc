// Real questions to a name server on loopback.

#include "common/discovery/host_addresses.h"

#include <gtest/gtest.h>

#include "tests/support/dns_responder.h"

namespace mesh::discovery {
namespace {

using testing::DnsPacket;
using testing::DnsRequest;
using testing::DnsResponder;
using Packets = std::vector<std::string>;

constexpr char kHost[] = "b1.example.com";

class HostAddressesTest : public ::testing::Test {
 protected:
  Result<std::vector<std::string>> Ask(const DnsResponder::Handler& handler,
                                       Duration time = std::chrono::seconds(60)) {
    DnsResponder responder(handler);
    const auto addresses = HostAddresses(kHost, {responder.address()}, clock_, clock_.In(time));
    asked_ = responder.asked();
    return addresses;
  }

  const SystemClock clock_{};
  std::vector<DnsRequest> asked_;
};

TEST_F(HostAddressesTest, AreThoseOfBothFamiliesAndOfNoOtherName) {
  const auto addresses = Ask([](const DnsRequest& request) {
    const bool four = request.question.type == RecordType::kAddress4;
    DnsPacket packet(request);
    packet.Address(kHost, four ? "192.0.2.1" : "2001:db8::1");
    return Packets{packet.octets()};
  });
  ASSERT_TRUE(addresses.ok()) << addresses.status().message();
  EXPECT_EQ(*addresses, (std::vector<std::string>{"2001:db8::1", "192.0.2.1"}));
  for (const DnsRequest& request : asked_) EXPECT_EQ(request.question.name, kHost);
}

TEST_F(HostAddressesTest, OneFamilyIsEnough) {
  const auto addresses = Ask([](const DnsRequest& request) {
    DnsPacket packet(request);
    if (request.question.type == RecordType::kAddress4) return Packets{packet.Code(2).octets()};
    return Packets{packet.Address(kHost, "2001:db8::1").octets()};
  });
  ASSERT_TRUE(addresses.ok()) << addresses.status().message();
  EXPECT_EQ(*addresses, std::vector<std::string>{"2001:db8::1"});
}

TEST_F(HostAddressesTest, AHostThatIsNotThereIsNotFound) {
  const auto addresses =
      Ask([](const DnsRequest& request) { return Packets{DnsPacket(request).Code(3).octets()}; });
  EXPECT_EQ(addresses.status().code(), Code::kNotFound);
}

TEST_F(HostAddressesTest, ANameServerThatSaysNothingIsLate) {
  const auto addresses =
      Ask([](const DnsRequest&) { return Packets(); }, std::chrono::milliseconds(200));
  EXPECT_EQ(addresses.status().code(), Code::kDeadlineExceeded);
}

TEST_F(HostAddressesTest, WhatIsNoNameIsNotAsked) {
  const auto addresses = HostAddresses("192.0.2.1", {"127.0.0.1:1"}, clock_, Deadline::max());
  EXPECT_EQ(addresses.status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace mesh::discovery
