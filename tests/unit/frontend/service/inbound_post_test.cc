// Messages that another service forwards to accounts here.

#include "frontend/service/inbound_post.h"

#include "common/mesh/message.h"
#include "tests/unit/frontend/service/service_mode_fixture.h"

namespace mesh::frontend {
namespace {

using ::testing::HasSubstr;

std::string Message(const std::string& sender, const std::string& id = "NMESS-AGE") {
  MessageHead head(kMessageComplete);
  head.message_id = id;
  head.sender = sender;
  std::string payload;
  WriteMessage(head, payload);
  return dare::EnvelopeText(*WrapMessage(head, payload, 0, nullptr));
}

std::string PostOf(const std::string& accounts, const std::string& messages,
                   const std::string& more = "") {
  return R"({"Post":{"Accounts":[)" + accounts + R"(],"Message":[)" + messages + "]" + more + "}}";
}

constexpr char kEve[] = "eve@peer.example";
constexpr char kBob[] = "\"bob@example.com\"";

class InboundPostTest : public ServiceModeTest {
 protected:
  // Sends it; what owners are asked is in world_.back_end.calls.
  void Post(const std::string& message) {
    exchange_.sealed.message = message;
    front_.Send(exchange_.Body());
  }
  SealedReply Reply() {
    EXPECT_TRUE(front_.reply().has_value());
    return front_.reply() ? exchange_.Read(*front_.reply()) : SealedReply();
  }
  void ExpectRefused(const std::string& message, int status) {
    exchange_ = AsService();
    Post(message);
    EXPECT_TRUE(world_.back_end.calls.empty());
    const SealedReply reply = Reply();
    EXPECT_EQ(reply.status, status) << reply.message;
    EXPECT_TRUE(reply.sealed());
  }

  static proto::PartitionReply Accepted(int messages = 1) {
    proto::PartitionReply reply;
    for (int i = 0; i < messages; ++i) reply.mutable_deliver()->add_deliveries();
    return reply;
  }
  static proto::PartitionReply Rejected(const char* error, bool again = false) {
    proto::PartitionReply reply;
    proto::Delivery* delivery = reply.mutable_deliver()->add_deliveries();
    delivery->set_result(proto::RESULT_REJECT);
    delivery->set_error(error);
    delivery->set_again(again);
    return reply;
  }
  // The Error of the only message after these answers of owners; "" for none.
  std::string ErrorAfter(const std::vector<proto::PartitionReply>& answers) {
    exchange_ = AsService();
    std::string accounts = kBob;
    for (size_t i = 1; i < answers.size(); ++i) {
      accounts += ",\"n" + std::to_string(i) + "@example.net\"";
    }
    Post(PostOf(accounts, Message(kEve)));
    for (const auto& answer : answers) world_.back_end.Answer(answer);
    const SealedReply reply = Reply();
    EXPECT_EQ(reply.status, 201);
    if (reply.message.find(R"("Result":"Reject")") == std::string::npos) return "";
    const std::string error = R"("Error":")";
    const size_t begin = reply.message.find(error) + error.size();
    return reply.message.substr(begin, reply.message.find('"', begin) - begin);
  }

  TestExchange exchange_ = AsService();
};

TEST_F(InboundPostTest, TheOwnerOfEachRecipientIsAskedToDeliver) {
  Post(PostOf(R"("bob@example.com","carol@Example.NET")",
              Message(kEve) + "," + Message(kEve, "NSECO-ND")));
  ASSERT_EQ(world_.back_end.calls.size(), 2u);
  const proto::PartitionRequest& asked = *world_.back_end.calls[1].request;
  EXPECT_EQ(world_.back_end.calls[0].request->account(), "bob@example.com");
  EXPECT_EQ(asked.account(), "carol@example.net");
  EXPECT_EQ(asked.deliver().messages_size(), 2);
  EXPECT_EQ(asked.deliver().messages(1).unique_id(), "NSECO-ND");
  EXPECT_EQ(asked.deliver().sender(), kEve);
  EXPECT_EQ(asked.deliver().domain(), "peer.example");
  EXPECT_EQ(asked.caller().mode(), proto::Caller::SERVICE);
  EXPECT_EQ(asked.caller().domain(), "peer.example");
  EXPECT_EQ(asked.caller().request_id(), exchange_.sealed.request_id);
  world_.back_end.Answer(Accepted(2));
  EXPECT_FALSE(front_.reply().has_value());
  world_.back_end.Answer(Accepted(2));
  EXPECT_EQ(Reply().message,
            R"({"PostResponse":{"Status":201,"StatusDescription":"Operation completed )"
            R"(successfully","Entries":[{"IndexRequest":0,"Result":"Accept"},)"
            R"({"IndexRequest":1,"Result":"Accept"}]}})");
}

TEST_F(InboundPostTest, ARefusalNamesItsError) {
  EXPECT_EQ(ErrorAfter({Accepted()}), "");
  EXPECT_EQ(ErrorAfter({Rejected("MeshRecipientBlockedSender")}), "MeshRecipientBlockedSender");
  EXPECT_EQ(ErrorAfter({Accepted(), Rejected("MeshUnknownAccount")}), "MeshUnknownAccount");
}

TEST_F(InboundPostTest, WhatMayPassIsToldByItsError) {
  EXPECT_EQ(ErrorAfter({Rejected("MeshQuotaExceeded", true)}), "MeshQuotaExceeded");
  EXPECT_EQ(ErrorAfter({Rejected("MeshSomethingNew", true)}), "MeshServiceUnavailable");
  EXPECT_EQ(ErrorAfter({Rejected("MeshUnknownAccount"), Rejected("MeshQuotaExceeded", true)}),
            "MeshQuotaExceeded");
}

TEST_F(InboundPostTest, AnOwnerThatGivesNoAnswerIsAskedAgainLater) {
  proto::PartitionReply away;
  away.set_code(static_cast<int>(Code::kUnavailable));
  EXPECT_EQ(ErrorAfter({away}), "MeshServiceUnavailable");
  EXPECT_EQ(ErrorAfter({Accepted(), away}), "MeshServiceUnavailable");
  EXPECT_EQ(ErrorAfter({Accepted(2)}), "MeshServiceUnavailable");
  proto::PartitionReply refused;
  refused.set_mesh_status(403);
  refused.set_mesh_status_description("MeshMessageInsufficientPrivilege: why");
  EXPECT_EQ(ErrorAfter({refused}), "MeshMessageInsufficientPrivilege");
}

TEST_F(InboundPostTest, AnOwnerThatMovedIsAskedOnceMore) {
  Post(PostOf(kBob, Message(kEve)));
  proto::PartitionReply moved;
  moved.set_code(static_cast<int>(Code::kAborted));
  const auto first = world_.back_end.Answer(moved);
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  EXPECT_EQ(world_.back_end.calls[0].request->deliver().SerializeAsString(),
            first->deliver().SerializeAsString());
  world_.back_end.Answer(Accepted());
  EXPECT_EQ(Reply().status, 201);
}

TEST_F(InboundPostTest, AServiceSpeaksForItsOwnDomainOnly) {
  for (const char* sender : {"eve@other.example", "bob@example.com", "eve@sub.peer.example", ""}) {
    ExpectRefused(PostOf(kBob, Message(sender)), 403);
    ExpectRefused(PostOf(kBob, Message(kEve) + "," + Message(sender)), 403);
  }
}

TEST_F(InboundPostTest, RecipientsAreOfDomainsServedHere) {
  ExpectRefused(PostOf(R"("bob@example.com","bob@other.example")", Message(kEve)), 404);
}

TEST_F(InboundPostTest, OneSendersWholeMessagesToSomebodyAreTaken) {
  ExpectRefused(PostOf(kBob, ""), 400);
  ExpectRefused(PostOf("", Message(kEve)), 400);
  ExpectRefused(R"({"Post":{"Message":[)" + Message(kEve) + "]}}", 400);
  ExpectRefused(PostOf(kBob, Message(kEve), R"(,"Self":[)" + Message(kEve) + "]"), 400);
  ExpectRefused(PostOf(kBob, Message(kEve) + "," + Message("mallory@peer.example")), 400);
}

}  // namespace
}  // namespace mesh::frontend
