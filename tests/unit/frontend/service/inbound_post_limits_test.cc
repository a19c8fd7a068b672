// How much a Post of another service may ask of owners.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "common/base/limits.h"
#include "frontend/service/inbound_post.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

// A request of so many octets may not stand for as many times of them.
class InboundPostLimitsTest : public ::testing::Test {
 protected:
  static int StatusOf(size_t accounts, size_t messages, size_t payload_bytes) {
    auto request = std::make_unique<proto::PartitionRequest>();
    request->mutable_caller()->set_mode(proto::Caller::SERVICE);
    request->mutable_caller()->set_domain("peer.example");
    for (size_t i = 0; i < accounts; ++i) {
      request->mutable_post()->add_accounts("bob" + std::to_string(i) + "@example.com");
    }
    for (size_t i = 0; i < messages; ++i) {
      proto::Envelope* message = request->mutable_post()->add_messages();
      message->set_sender("eve@peer.example");
      message->set_payload(std::string(payload_bytes, 'x'));
    }
    const InboundPost post(std::move(request));
    return post.Check([](std::string_view) { return true; }).code.status;
  }
};

TEST_F(InboundPostLimitsTest, ItMakesAsManyDeliveriesAsAPostOfOurOwn) {
  static_assert(kPostDeliveriesMax % kPostAccountsMax == 0);
  const size_t messages = kPostDeliveriesMax / kPostAccountsMax;
  EXPECT_EQ(StatusOf(kPostAccountsMax, messages, 1), 201);
  EXPECT_EQ(StatusOf(kPostAccountsMax, messages + 1, 1), 413);
}

TEST_F(InboundPostLimitsTest, AndOfAsManyOctets) {
  const size_t bytes = kPostBytesMax / kPostAccountsMax / 4;
  EXPECT_EQ(StatusOf(kPostAccountsMax, 4, bytes), 201);
  EXPECT_EQ(StatusOf(kPostAccountsMax, 4, bytes + 1), 413);
}

}  // namespace
}  // namespace mesh::frontend
