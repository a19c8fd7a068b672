// What tests of exchanges stand on: a front end, a device, and a way to be refused.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/unit/frontend/service/sealed_client.h"

namespace mesh::frontend {

// Whom a domain is, as the test says it is.
class FakePeers final : public PeerDirectory {
 public:
  explicit FakePeers(std::string* shown) : shown_(shown) {}
  void Resolve(const std::string& domain, Deadline, Then then) override {
    if (domain == "peer.example") return then(*shown_);
    then(Status(failure, "why"));
  }

  Code failure = Code::kNotFound;  // Of any other domain.

 private:
  std::string* const shown_;
};

class ExchangeTest : public ::testing::Test {
 protected:
  TestExchange AsDevice() { return TestExchange(world_, binding::Mode::kDevice, device_); }
  TestExchange AsMember() { return TestExchange(world_, binding::Mode::kProfile, device_); }

  // Sends it and expects that it is answered at once, and the back end not asked.
  SealedReply Refusal(TestExchange& exchange) { return RefusalOf(exchange, exchange.Body()); }
  SealedReply RefusalOf(TestExchange& exchange, const std::string& body) {
    front_.Send(body, binding::MediaType(exchange.encoding));
    EXPECT_TRUE(world_.back_end.calls.empty());
    world_.back_end.calls.clear();
    EXPECT_TRUE(front_.reply().has_value());
    return exchange.Read(*front_.reply());
  }
  // Sends it, and lets the back end answer.
  SealedReply Served(TestExchange& exchange, const proto::PartitionReply& reply) {
    front_.Send(exchange.Body(), binding::MediaType(exchange.encoding));
    EXPECT_EQ(world_.back_end.calls.size(), 1u) << front_.reply()->body;
    if (world_.back_end.calls.empty()) return {};
    asked_ = world_.back_end.Answer(reply);
    return exchange.Read(*front_.reply());
  }
  void ExpectUnbelieved(TestExchange exchange, const char* reason) {
    const uint64_t before = world_.Refused(reason);
    const SealedReply reply = Refusal(exchange);
    EXPECT_EQ(reply.status, 401) << reason;
    EXPECT_FALSE(reply.sealed()) << reason;
    EXPECT_THAT(reply.message, ::testing::HasSubstr("MeshRequestUnauthenticated")) << reply.message;
    EXPECT_EQ(world_.Refused(reason), before + 1) << reason << ": " << reply.message;
  }
  static proto::PartitionReply InAccount(uint64_t incarnation = 7) {
    proto::PartitionReply reply;
    reply.set_incarnation(incarnation);
    reply.mutable_status();
    return reply;
  }

  ServiceWorld world_;
  std::string shown_;
  FakePeers* const peers_ = new FakePeers(&shown_);
  FrontEnd front_{world_, std::unique_ptr<FakePeers>(peers_)};
  TestDevice device_;
  std::unique_ptr<proto::PartitionRequest> asked_;
};

}  // namespace mesh::frontend
