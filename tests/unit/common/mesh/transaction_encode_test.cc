#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Encode(Transaction transaction, const proto::PartitionReply& reply,
                   bool reference = false) {
  std::string out;
  EncodeReply(transaction, reply, {reference}, &out);
  return out;
}

std::string Result(const Transaction* transaction, const ResultCode& code,
                   std::string_view detail = "") {
  std::string out;
  EncodeResult(transaction, code, detail, {true}, &out);
  return out;
}

proto::StoredEnvelope Stored() {
  proto::StoredEnvelope envelope;
  envelope.set_header(R"({"EnvelopeID":"M"})");
  envelope.set_payload("\1\2\3");
  envelope.set_trailer(R"({"PayloadDigest":"x"})");
  envelope.set_index(4);
  envelope.set_received(1767225600000);
  return envelope;
}

TEST(TransactionEncode, AStatusListsItsContainers) {
  proto::PartitionReply reply;
  reply.mutable_status()->set_enveloped_profile_master(R"([{},"AQ"])");
  proto::ContainerStatus* container = reply.mutable_status()->add_container_status();
  container->set_container("mmm_Contact");
  container->set_index(2);
  container->set_digest("\1");
  EXPECT_EQ(Encode(Transaction::kStatus, reply),
            R"({"StatusResponse":{"Status":201,"StatusDescription":"Operation completed )"
            R"(successfully","EnvelopedProfileMaster":[{},"AQ"],"ContainerStatus":[{"Container":)"
            R"("mmm_Contact","Index":2,"Digest":"AQ"}]}})");
}

TEST(TransactionEncode, RequiredArraysAreThereWhenEmpty) {
  proto::PartitionReply status, download, upload;
  status.mutable_status();
  download.mutable_download()->add_updates()->set_container("c");
  upload.mutable_upload();
  EXPECT_THAT(Encode(Transaction::kStatus, status), HasSubstr(R"("ContainerStatus":[])"));
  EXPECT_THAT(Encode(Transaction::kDownload, download), HasSubstr(R"("Envelopes":[])"));
  EXPECT_THAT(Encode(Transaction::kUpload, upload), HasSubstr(R"("Entries":[])"));
  download.mutable_download()->clear_updates();
  EXPECT_THAT(Encode(Transaction::kDownload, download), HasSubstr(R"("Updates":[])"));
}

TEST(TransactionEncode, TheReferenceClientGetsNoSignatureBlock) {
  proto::PartitionReply reply;
  proto::StoredEnvelope* message = reply.mutable_download()->add_updates()->add_envelopes();
  *message = Stored();
  message->set_trailer(
      R"({"signatures":[{"kid":"M","signature":"AQ","EnvelopedConnectionAccount":[{},"AQ"],)"
      R"("EnvelopedProfileAccount":[{},"Ag"]}],"PayloadDigest":"x"})");
  EXPECT_THAT(Encode(Transaction::kDownload, reply), HasSubstr("EnvelopedProfileAccount"));
  EXPECT_THAT(Encode(Transaction::kDownload, reply, true),
              HasSubstr(R"({"signatures":[{"kid":"M","signature":"AQ"}],"PayloadDigest":"x"})"));
}

TEST(TransactionEncode, AnEntryHasItsPlaceAndItsTime) {
  proto::PartitionReply reply;
  proto::DownloadUpdate* update = reply.mutable_download()->add_updates();
  update->set_container("mmm_Contact");
  update->set_index(5);
  *update->add_envelopes() = Stored();
  EXPECT_THAT(Encode(Transaction::kDownload, reply),
              HasSubstr(R"([{"EnvelopeID":"M","ContainerInfo":{"Index":4},"Received":)"
                        R"("2026-01-01T00:00:00Z"},"AQID",{"PayloadDigest":"x"}])"));
}

TEST(TransactionEncode, WhatWasLeftOutIsNotThere) {
  proto::PartitionReply reply;
  proto::StoredEnvelope* envelope = reply.mutable_download()->add_updates()->add_envelopes();
  *envelope = Stored();
  envelope->set_without_header(true);
  envelope->set_without_payload(true);
  const std::string both = Encode(Transaction::kDownload, reply);
  EXPECT_THAT(both, HasSubstr(R"([{"ContainerInfo":{"Index":4})"));
  EXPECT_THAT(both, HasSubstr(R"(},null,{"PayloadDigest":"x"}])"));
  envelope->set_without_trailer(true);
  EXPECT_THAT(Encode(Transaction::kDownload, reply), HasSubstr(R"(00:00Z"}]])"));
  EXPECT_THAT(Encode(Transaction::kDownload, reply, true), Not(HasSubstr("null")));
}

TEST(TransactionEncode, TheReferenceClientGetsNoMemberThatItDoesNotKnow) {
  proto::PartitionReply reply;
  reply.mutable_download()->add_updates()->set_page_key("key");
  EXPECT_THAT(Encode(Transaction::kDownload, reply, false), HasSubstr("PageKey"));
  EXPECT_THAT(Encode(Transaction::kDownload, reply, true), Not(HasSubstr("PageKey")));
}

TEST(TransactionEncode, AnUploadAnswersForEachEntry) {
  proto::PartitionReply reply;
  reply.set_mesh_status(409);
  reply.set_mesh_status_description("MeshContainerConflict");
  proto::EntryResponse* entry = reply.mutable_upload()->add_entries();
  entry->set_index_request(1);
  entry->set_index_container(7);
  entry->set_result(proto::RESULT_CONFLICT);
  entry->mutable_constraints_data()->set_bytes_max(10);
  EXPECT_EQ(Encode(Transaction::kUpload, reply),
            R"({"UploadResponse":{"Status":409,"StatusDescription":"MeshContainerConflict",)"
            R"("Entries":[{"IndexRequest":1,"IndexContainer":7,"Result":"Conflict",)"
            R"("ConstraintsData":{"BytesMax":10}}]}})");
}

TEST(TransactionEncode, APostSaysWhyNobodyWasSentAMessage) {
  proto::PartitionReply reply;
  proto::EntryResponse* entry = reply.mutable_post()->add_entries();
  entry->set_result(proto::RESULT_REJECT);
  entry->set_error("MeshUnknownAccount");
  EXPECT_THAT(Encode(Transaction::kPost, reply),
              HasSubstr(R"("Result":"Reject","Error":"MeshUnknownAccount"}]}})"));
  std::string reference;
  EncodeReply(Transaction::kPost, reply, {true}, &reference);
  EXPECT_THAT(reference, HasSubstr(R"("Result":"Reject"}]}})"));
}

TEST(TransactionEncode, ErrorsHaveTheClassOfTheirTransaction) {
  const Transaction post = Transaction::kPost;
  EXPECT_EQ(Result(&post, kUnsupported),
            R"({"PostResponse":{"Status":501,"StatusDescription":"MeshMessageUnsupported"}})");
  EXPECT_EQ(Result(nullptr, kMalformed, "octet 1"),
            R"({"MeshResponse":{"Status":400,"StatusDescription":"MeshRequestInvalid: octet 1"}})");
  EXPECT_THAT(Result(&post, kAlreadyRegistered), HasSubstr(R"("StatusExtended":1)"));
}

TEST(TransactionEncode, ARefusedAccountHasAReason) {
  const Transaction create = Transaction::kCreateAccount;
  EXPECT_THAT(Result(&create, kMalformed, "no address"), HasSubstr(R"("Reason":"no address")"));
}

TEST(TransactionEncode, WhatIsQuotedCannotDoHarm) {
  EXPECT_THAT(Result(nullptr, kMalformed, "a\n\x80\"b"), HasSubstr(R"(a??\"b)"));
}

TEST(TransactionEncode, HelloSaysWhatTheServiceTakes) {
  HelloResponse hello;
  hello.encodings = {"application/json"};
  hello.enveloped_profile_service = R"([{},"AQ"])";
  hello.enveloped_profile_host = R"([{},"Ag"])";
  hello.entries_max = 1024;
  hello.messages_max = 32;
  hello.message_bytes_max = 65536;
  std::string out;
  EncodeHello(hello, false, &out);
  EXPECT_EQ(out,
            R"({"MeshHelloResponse":{"Status":201,"Version":{"Major":3,"Minor":0,"Encodings":)"
            R"([{"ID":["application/json"]}]},"ConstraintsUpdate":{"MaxEntries":1024,"BytesMax":)"
            R"(65536},"ConstraintsPost":{"MaxEntries":32,"BytesMax":65536},"PolicyAccount":)"
            R"({"Minimum":1,"Maximum":64,"InvalidCharacters":" \"'(),/:;<>@[\\]`{|}"},)"
            R"("EnvelopedProfileService":[{},"AQ"],"EnvelopedProfileHost":[{},"Ag"]}})");
}

TEST(TransactionEncode, SaysWhereTheAccountsHostIsButNotToTheReferenceClient) {
  proto::PartitionReply reply;
  reply.mutable_status();
  for (const bool reference : {false, true}) {
    EncodeOptions options;
    options.reference = reference;
    options.direct_host = "b1.example.com";
    std::string out;
    EncodeReply(Transaction::kStatus, reply, options, &out);
    EXPECT_EQ(out.find(R"("DirectHost":"b1.example.com")") == out.npos, reference) << out;
  }
}

}  // namespace
}  // namespace mesh
