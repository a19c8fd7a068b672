// Requests and replies in JSON-B: octets on the wire, text in what is kept.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/crypto/digest.h"
#include "common/dare/envelope.h"
#include "common/encoding/base64url.h"
#include "common/encoding/json_b.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"
#include "tests/support/mesh_json.h"

namespace mesh {
namespace {

using namespace std::string_literals;
using testing::AccountMaker;
using testing::Entry;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::UploadOf;

constexpr DecodeOptions kJsonB{.json_b = true};

DecodedRequest Decode(const std::string& octets) {
  DecodedRequest request;
  DecodeFailure failure;
  EXPECT_TRUE(DecodeRequest(octets, kJsonB, &request, &failure)) << failure.status.message();
  return request;
}

DecodeFailure Refusal(const std::string& octets, const DecodeOptions& options = kJsonB) {
  DecodedRequest request;
  DecodeFailure failure;
  EXPECT_FALSE(DecodeRequest(octets, options, &request, &failure));
  return failure;
}

std::string InJsonB(const dare::Envelope& envelope) {
  std::string octets;
  dare::WriteEnvelope(envelope, octets, json::Form::kJsonB);
  return octets;
}

std::string Data(std::string_view octets) {
  std::string item;
  json_b::AppendData(octets, item);
  return item;
}

TEST(TransactionJsonB, ReadsItemsWithoutSeparators) {
  const DecodedRequest decoded = Decode(
      "{\xb4\x06Status{\xb4\x07"
      "Account\x80\x11"
      "alice@example.com\xb4\x13ProfileMasterDigest\x88\x03\x01\x02\x03\xb4\x08"
      "Catalogs[\x80\x0bmmm_Contact]\xb4\x07Unknown[\x92\x40\x24\x00\x00\x00\x00\x00\x00\xb2]}}"s);
  EXPECT_EQ(decoded.transaction, Transaction::kStatus);
  EXPECT_EQ(decoded.account, "alice@example.com");
  EXPECT_EQ(decoded.request->status().profile_master_digest(), "\1\2\3");
  EXPECT_EQ(decoded.request->status().catalogs(0), "mmm_Contact");
}

TEST(TransactionJsonB, NullStandsForAnAbsentMember) {
  const DecodedRequest decoded = Decode(
      "{\"Download\"{\"Select\"[{\"Container\"\"x\"\"IndexMin\"\xb2\"IndexMax\"\xa0\x07}]}}");
  EXPECT_FALSE(decoded.request->download().select(0).has_index_min());
  EXPECT_EQ(decoded.request->download().select(0).index_max(), 7);
}

TEST(TransactionJsonB, AnEntryIsKeptAsIfItHadComeInJson) {
  const dare::Envelope entry = Entry("alice", "\x00\xff payload"s);
  const DecodedRequest decoded = Decode(UploadOf("mmm_Contact", InJsonB(entry)));
  const proto::Envelope& kept = decoded.request->upload().updates(0).envelopes(0);
  EXPECT_EQ(kept.header(), entry.header);
  EXPECT_EQ(kept.payload(), entry.payload);
  EXPECT_EQ(kept.trailer(), entry.trailer);
  EXPECT_EQ(kept.unique_id(), "alice");
}

TEST(TransactionJsonB, ARedactedEntryHasNoPayload) {
  const std::string digest = Data(crypto::Sha512("later").view());
  const DecodedRequest decoded =
      Decode(UploadOf("mmm_Contact", "[{}\xb2{\xb4\x0dPayloadDigest" + digest + "}]"));
  const proto::Envelope& kept = decoded.request->upload().updates(0).envelopes(0);
  EXPECT_TRUE(kept.redacted());
  EXPECT_EQ(kept.payload_digest(), crypto::Sha512("later").view());
}

TEST(TransactionJsonB, ServiceMembersAreTakenOutOfAHeaderInItems) {
  const DecodedRequest decoded =
      Decode(UploadOf("mmm_Contact",
                      "[{\xb4\x0d"
                      "ContainerInfo{\xb4\x05Index\xa0\x07}\xb4\x04Salt\x88\x01"
                      "f\xb4\x08Received\x80\x14"
                      "2026-01-01T00:00:00Z}\x88\x01p]"));
  const proto::Envelope& kept = decoded.request->upload().updates(0).envelopes(0);
  EXPECT_EQ(kept.header(), R"({"Salt":"Zg"})");
  EXPECT_EQ(kept.client_index(), 7);
}

TEST(TransactionJsonB, AProfileIsKeptAsTheTextThatJsonWouldHave) {
  const AccountMaker person;
  const std::string mesh = person.ProfileMesh();
  const std::string account = person.ProfileAccount("alice@example.com", person.mesh_online);
  const DecodedRequest decoded =
      Decode(AccountMaker::Create("alice@example.com", InJsonB(*dare::ParseEnvelope(mesh)),
                                  InJsonB(*dare::ParseEnvelope(account))));
  EXPECT_EQ(decoded.request->create().signed_profile_mesh(), mesh);
  EXPECT_EQ(decoded.request->create().signed_assertion_account(), account);
}

TEST(TransactionJsonB, DigestsAndLimitsAreThoseOfJson) {
  const std::string wrong = Data(std::string(64, 'd'));
  EXPECT_THAT(Refusal(UploadOf("mmm_Contact", "[{}\x88\x01p{\"PayloadDigest\":" + wrong + "}]"))
                  .status.message(),
              HasSubstr("is not the SHA-2-512 digest"));
  EXPECT_EQ(Refusal(UploadOf("mmm_Contact", InJsonB(Entry("a", "12345"))),
                    {.message_bytes_max = 4, .json_b = true})
                .status.code(),
            Code::kResourceExhausted);
  EXPECT_EQ(Refusal(UploadOf("mmm_Contact",
                             "[{\"Salt\":" + Data(std::string(16000, 's')) + "}\x88\x01p]"))
                .status.code(),
            Code::kResourceExhausted)
      << "the limit of headers is on their text";
}

TEST(TransactionJsonB, WhatIsNotJsonBIsRefused) {
  EXPECT_THAT(Refusal("{\"Status\":{\xc8\x20\x80\x07"
                      "Account\x80\x01x}}")
                  .status.message(),
              HasSubstr("JSON-C is not read"));
  EXPECT_TRUE(Refusal("{\xb4\x06Upload\xb0}").transaction_known);
  Refusal("{\xb4\x06Upload{}");
  Refusal(
      "{\xb4\x06Upload{\xb4\x07"
      "Account\x88\x01x}}");
  Refusal("{\xb4\x06Upload{}}", {});
}

// --- Replies ---------------------------------------------------------------------------

std::string Encode(Transaction transaction, const proto::PartitionReply& reply) {
  std::string out;
  EncodeReply(transaction, reply, {.form = json::Form::kJsonB}, &out);
  return out;
}

TEST(TransactionJsonB, ADownloadHasNoBase64) {
  proto::PartitionReply reply;
  proto::DownloadUpdate* update = reply.mutable_download()->add_updates();
  update->set_container("mmm_Contact");
  update->set_index(5);
  update->set_digest("\1\2");
  update->set_page_key("key");
  proto::StoredEnvelope* envelope = update->add_envelopes();
  envelope->set_header(R"({"EnvelopeID":"M","Salt":"__79"})");
  envelope->set_payload("\0\"\xff"s);
  envelope->set_trailer(R"({"PayloadDigest":"Zm8"})");
  envelope->set_index(4);
  envelope->set_received(1767225600000);
  EXPECT_EQ(Encode(Transaction::kDownload, reply),
            "{\"DownloadResponse\":{\"Status\":201,\"StatusDescription\":\"Operation completed "
            "successfully\",\"Updates\":[{\"Container\":\"mmm_Contact\",\"Index\":5,\"Digest\":"
            "\x88\x02\x01\x02,\"Envelopes\":[[{\"EnvelopeID\":\"M\",\"Salt\":\x88\x03\xff\xfe\xfd,"
            "\"ContainerInfo\":{\"Index\":4},\"Received\":\"2026-01-01T00:00:00Z\"},"
            "\x88\x03\x00\"\xff,{\"PayloadDigest\":\x88\x02"
            "fo}]],\"PageKey\":\x88\x03key}]}}"s);
}

TEST(TransactionJsonB, AProfileThatIsKeptAsTextHasNoBase64) {
  proto::PartitionReply reply;
  reply.mutable_status()->set_enveloped_profile_master(
      R"([{"dig":"S512"},"Zm9v",{"signatures":[{"signature":"Zg"}]}])");
  EXPECT_THAT(Encode(Transaction::kStatus, reply),
              HasSubstr("\"EnvelopedProfileMaster\":[{\"dig\":\"S512\"},\x88\x03"
                        "foo,{\"signatures\":[{\"signature\":\x88\x01"
                        "f}]}]"));
}

TEST(TransactionJsonB, WhatWasLeftOutIsNotThere) {
  proto::PartitionReply reply;
  proto::StoredEnvelope* envelope = reply.mutable_download()->add_updates()->add_envelopes();
  envelope->set_header(R"({"Salt":"Zg"})");
  envelope->set_trailer("{}");
  envelope->set_without_header(true);
  envelope->set_without_payload(true);
  EXPECT_THAT(Encode(Transaction::kDownload, reply), HasSubstr("},null,{}]"));
  EXPECT_THAT(Encode(Transaction::kDownload, reply), Not(HasSubstr("Salt")));
}

}  // namespace
}  // namespace mesh
