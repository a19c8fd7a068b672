#include "frontend/forwarder/transfer.h"

#include <gtest/gtest.h>

#include "common/encoding/json_writer.h"
#include "common/mesh/message.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

using Kind = TransferOutcome::Kind;

std::string Describe(const TransferOutcome& outcome) {
  if (outcome.kind == Kind::kDelivered) return "delivered";
  if (outcome.kind == Kind::kRefused) return outcome.error;
  return "again: " + std::string(AgainName(outcome.reason));
}

std::string Judge(int64_t status, const std::string& description) {
  return Describe(JudgePost(PeerAnswer{status, description, {}}));
}
std::string Judge(Code code) { return Describe(JudgePost(Status(code, "why"))); }

proto::OutboxEntry EntryOf(const std::string& payload) {
  MessageHead head(kMessageComplete);
  head.message_id = "NMESS-AGE";
  const dare::Envelope wrapped = *WrapMessage(head, payload, 0, nullptr);
  proto::OutboxEntry entry;
  entry.set_sender("alice@example.com");
  entry.set_recipient("eve@peer.example");
  entry.mutable_message()->set_header(wrapped.header);
  entry.mutable_message()->set_payload(payload);
  entry.mutable_message()->set_trailer(wrapped.trailer);
  return entry;
}

TEST(TransferTest, APostCarriesTheMessageAsItIs) {
  const proto::OutboxEntry entry =
      EntryOf(R"({"MessageComplete":{"MessageID":"NMESS-AGE","Sender":"alice@example.com"}})");
  DecodedRequest decoded;
  DecodeFailure failure;
  ASSERT_TRUE(DecodeRequest(PostMessageFor(entry), {}, &decoded, &failure))
      << failure.status.message();
  const proto::PostRequest& post = decoded.request->post();
  ASSERT_EQ(post.accounts_size(), 1);
  EXPECT_EQ(post.accounts(0), "eve@peer.example");
  ASSERT_EQ(post.messages_size(), 1);
  EXPECT_EQ(post.messages(0).header(), entry.message().header());
  EXPECT_EQ(post.messages(0).payload(), entry.message().payload());
  EXPECT_EQ(post.messages(0).trailer(), entry.message().trailer());
}

TEST(TransferTest, ADeliveryIsAskedOfTheRecipientsOwner) {
  proto::OutboxEntry entry = EntryOf("x");
  entry.set_sender_udf("MALI-CE");
  const auto request = DeliverRequestFor(entry);
  EXPECT_EQ(request->account(), "eve@peer.example");
  EXPECT_EQ(request->caller().mode(), proto::Caller::FORWARDER);
  EXPECT_EQ(request->deliver().sender(), "alice@example.com");
  EXPECT_EQ(request->deliver().sender_udf(), "MALI-CE");
  EXPECT_EQ(request->deliver().domain(), "");
}

TEST(TransferTest, WhatIsSaidOfTheWholePost) {
  EXPECT_EQ(Judge(403, "MeshServiceBlockedService: why"), "MeshServiceBlockedService");
  EXPECT_EQ(Judge(404, "MeshUnknownAccount"), "MeshUnknownAccount");
  EXPECT_EQ(Judge(413, "MeshRequestSize: why"), "MeshRequestSize");
  EXPECT_EQ(Judge(501, "MeshMessageUnsupported"), "MeshMessageUnsupported");
  EXPECT_EQ(Judge(400, ""), "MeshMessageInvalid");
  for (const int status : {401, 500, 503, 507, 302}) EXPECT_EQ(Judge(status, "x"), "again: busy");
}

// It is filed with the sender in spite of its quota: 256 KiB of it for each message, if it may.
TEST(TransferTest, WhatIsNoNameIsNotHandedOn) {
  for (const std::string& error :
       {std::string(65, 'M'), std::string(200'000, 'M'), std::string("Mesh\nMessage"),
        std::string("a\"b"), std::string("Mesh Message")}) {
    EXPECT_EQ(Judge(403, error), "MeshMessageInvalid");
    std::string message;
    json::Writer writer(message);
    writer.BeginObject().Member("PostResponse").BeginObject().Member("Entries").BeginArray();
    writer.BeginObject().Member("Result").String("Reject").Member("Error").String(error);
    writer.EndObject().EndArray().EndObject().EndObject();
    EXPECT_EQ(Describe(JudgePost(PeerAnswer{201, "", message})), "MeshMessageInvalid");
  }
  EXPECT_EQ(Judge(403, std::string(64, 'M')), std::string(64, 'M'));
}

TEST(TransferTest, WhatCameOfNoAnswer) {
  EXPECT_EQ(Judge(Code::kNotFound), "MeshUnknownAccount");
  EXPECT_EQ(Judge(Code::kInvalidArgument), "MeshUnknownAccount");
  EXPECT_EQ(Judge(Code::kUnavailable), "again: unreachable");
  EXPECT_EQ(Judge(Code::kDeadlineExceeded), "again: timeout");
  EXPECT_EQ(Judge(Code::kUnauthenticated), "again: identity");
  EXPECT_EQ(Judge(Code::kPermissionDenied), "again: identity");
  EXPECT_EQ(Judge(Code::kFailedPrecondition), "again: identity");
  EXPECT_EQ(Judge(Code::kDataLoss), "again: broken");
  EXPECT_EQ(Judge(Code::kResourceExhausted), "again: bound");
}

TEST(TransferTest, WhatAnOwnerSays) {
  proto::PartitionReply reply;
  proto::Delivery* delivery = reply.mutable_deliver()->add_deliveries();
  EXPECT_EQ(Describe(JudgeDelivery(reply)), "delivered");
  delivery->set_result(proto::RESULT_REJECT);
  delivery->set_error("MeshQuotaExceeded");
  EXPECT_EQ(Describe(JudgeDelivery(reply)), "MeshQuotaExceeded");
  delivery->set_again(true);
  EXPECT_EQ(Describe(JudgeDelivery(reply)), "again: recipient");
  reply.Clear();
  reply.set_mesh_status(403);
  reply.set_mesh_status_description("MeshMessageInsufficientPrivilege: why");
  EXPECT_EQ(Describe(JudgeDelivery(reply)), "MeshMessageInsufficientPrivilege");
  reply.Clear();
  EXPECT_EQ(Describe(JudgeDelivery(reply)), "again: busy");
  reply.set_code(static_cast<int>(Code::kUnavailable));
  EXPECT_EQ(Describe(JudgeDelivery(reply)), "again: unreachable");
}

TEST(TransferTest, OnlyAnAnswerShowsThatADestinationIsAlive) {
  EXPECT_TRUE(JudgePost(PeerAnswer{403, "MeshResponseRefused", {}}).answered());
  EXPECT_FALSE(JudgePost(PeerAnswer{503, "MeshServiceUnavailable", {}}).answered());
  EXPECT_FALSE(JudgePost(Status(Code::kUnavailable, "away")).answered());
  EXPECT_TRUE(JudgePost(PeerAnswer{201, "",
                                   R"({"PostResponse":{"Entries":[{"Result":"Reject",)"
                                   R"("Error":"MeshQuotaExceeded"}]}})"})
                  .answered());
}

}  // namespace
}  // namespace mesh::frontend
