// The requests of devices that ask for an account, and those about publications: what the edge
// makes of them for the owner, and what it refuses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/digest.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/mesh/message.h"
#include "common/mesh/publication.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"
#include "tests/unit/common/mesh/household.h"

namespace mesh {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ConnectDecodeTest : public ::testing::Test {
 protected:
  bool Decode(std::string_view json) { return DecodeRequest(json, {}, &decoded_, &failure_); }
  const proto::PartitionRequest& request() const { return *decoded_.request; }
  Status Refusal(std::string_view json) {
    EXPECT_FALSE(Decode(json)) << json;
    return failure_.status;
  }

  template <typename Message>
  static std::string Enveloped(const Message& message) {
    std::string payload;
    WriteMessage(message, payload);
    return dare::EnvelopeText(*WrapMessage(message.head, payload, 0, nullptr));
  }
  RequestConnection Asking() const {
    RequestConnection request;
    request.head.message_id = "NAOF-V5BY";
    request.account = "alice@Example.com";
    request.profile_device = device_.SignedProfile();
    request.client_nonce = std::string(kConnectionNonceBytes, 'c');
    return request;
  }
  static std::string Connect(const RequestConnection& request) {
    return R"({"Connect":{"MessageConnectionRequestClient":)" + Enveloped(request) + "}}";
  }
  static MessageClaim Claiming() {
    MessageClaim claim;
    claim.head.message_id = "NCLA-IM";
    claim.head.sender = "bob@Example.com";
    claim.head.recipient = "alice@example.com";
    claim.publication_id = "EBQM-GBQ2";
    claim.service_authenticate = "AAMK-DOFP";
    claim.expires = 1767225600000;
    return claim;
  }
  static std::string Claim(const MessageClaim& claim) {
    return R"({"Claim":{"EnvelopedMessageClaim":)" + Enveloped(claim) + "}}";
  }
  static std::string Publish(const std::string& publications) {
    return R"({"Publish":{"Publications":[)" + publications + "]}}";
  }

  const testing::Device device_;
  const std::string authenticator_ = crypto::ServiceAuthenticator("secret");
  DecodedRequest decoded_;
  DecodeFailure failure_;
};

TEST_F(ConnectDecodeTest, AConnectionIsAskedForByTheDeviceOfItsProfile) {
  ASSERT_TRUE(Decode(Connect(Asking()))) << failure_.status.message();
  EXPECT_EQ(decoded_.account, "alice@Example.com");
  const proto::ConnectRequest& connect = request().connect();
  EXPECT_EQ(connect.profile_device_udf(), device_.udf());
  EXPECT_EQ(connect.device_fingerprint(),
            crypto::KeyFingerprintOctets(device_.offline.public_key()));
  EXPECT_EQ(connect.client_nonce(), std::string(kConnectionNonceBytes, 'c'));
  EXPECT_EQ(connect.request(), Enveloped(Asking()));
}

TEST_F(ConnectDecodeTest, AProfileThatIsNotSignedByItselfIsRefused) {
  RequestConnection asking = Asking();
  asking.profile_device = device_.SignedProfileBy(testing::Device().offline);
  EXPECT_EQ(Refusal(Connect(asking)).code(), Code::kPermissionDenied);
}

TEST_F(ConnectDecodeTest, ANonceHasSixteenOctets) {
  RequestConnection asking = Asking();
  asking.client_nonce = "short";
  EXPECT_THAT(Refusal(Connect(asking)).message(), HasSubstr("ClientNonce"));
}

TEST_F(ConnectDecodeTest, WhatMustBeThereIsNamed) {
  EXPECT_THAT(Refusal(R"({"Connect":{}})").message(), HasSubstr("MessageConnectionRequestClient"));
  EXPECT_THAT(Refusal(R"({"Complete":{"ResponseID":"M"}})").message(), HasSubstr("AccountAddress"));
  EXPECT_THAT(Refusal(R"({"Complete":{"AccountAddress":"a@example.com"}})").message(),
              HasSubstr("ResponseID"));
  EXPECT_THAT(Refusal(R"({"Claim":{}})").message(), HasSubstr("EnvelopedMessageClaim"));
  EXPECT_THAT(Refusal(R"({"PollClaim":{"PublicationId":"E"}})").message(),
              HasSubstr("TargetAccountAddress"));
  EXPECT_THAT(Refusal(R"({"PollClaim":{"TargetAccountAddress":"a@example.com"}})").message(),
              HasSubstr("PublicationId"));
  EXPECT_THAT(Refusal(R"({"Publish":{}})").message(), HasSubstr("Publications"));
  EXPECT_THAT(Refusal(Publish("")).message(), HasSubstr("Publications"));
}

TEST_F(ConnectDecodeTest, AnswersAndClaimsAreSoughtByTheEnvelopeIdOfTheirNames) {
  ASSERT_TRUE(Decode(R"({"Complete":{"AccountAddress":"a@example.com","ResponseID":"MBBF"}})"));
  EXPECT_EQ(request().complete().envelope_id(), crypto::EnvelopeId("MBBF"));
  ASSERT_TRUE(
      Decode(R"({"PollClaim":{"TargetAccountAddress":"a@example.com","PublicationId":"EBQM"}})"));
  EXPECT_EQ(request().poll_claim().envelope_id(), crypto::EnvelopeId("EBQM"));
}

TEST_F(ConnectDecodeTest, AClaimIsFiledUnderItsPublication) {
  ASSERT_TRUE(Decode(Claim(Claiming()))) << failure_.status.message();
  EXPECT_EQ(decoded_.account, "alice@example.com");
  const proto::ClaimRequest& claim = request().claim();
  const std::string id = crypto::EnvelopeId("EBQM-GBQ2");
  EXPECT_EQ(claim.claim().envelope_id(), id);
  EXPECT_EQ(dare::ParseHeader(claim.claim().header())->envelope_id, id);
  EXPECT_EQ(dare::ParseHeader(claim.claim().header())->content_meta.unique_id, "NCLA-IM");
  EXPECT_EQ(claim.sender(), "bob@Example.com");
  EXPECT_EQ(claim.claim().sender(), "bob@example.com");
  EXPECT_EQ(claim.service_authenticate(), "AAMK-DOFP");
  EXPECT_EQ(claim.expires(), 1767225600000);
}

TEST_F(ConnectDecodeTest, AnotherMessageIsNoClaim) {
  EXPECT_THAT(
      Refusal(R"({"Claim":{"EnvelopedMessageClaim":)" + Enveloped(Asking()) + "}}").message(),
      HasSubstr("MessageClaim"));
}

TEST_F(ConnectDecodeTest, APublicationBecomesAnEntryThatHoldsItAsWritten) {
  const std::string object =
      R"({"ID":"EBQM","Authenticator":")" + authenticator_ +
      R"(","EnvelopedData":[{},"ZGF0YQ"],"NotOnOrAfter":"2026-01-01T00:00:00Z"})";
  ASSERT_TRUE(Decode(Publish(object))) << failure_.status.message();
  ASSERT_EQ(request().upload().updates_size(), 1);
  const proto::ContainerUpdate& update = request().upload().updates(0);
  EXPECT_EQ(update.container(), "mmm_Publication");
  ASSERT_EQ(update.envelopes_size(), 1);
  const proto::Envelope& entry = update.envelopes(0);
  EXPECT_EQ(entry.event(), proto::EVENT_NEW);
  EXPECT_EQ(entry.unique_id(), "EBQM");
  EXPECT_EQ(entry.payload(), R"({"CatalogedPublication":)" + object + "}");
  EXPECT_EQ(entry.payload_digest(), crypto::Sha512(entry.payload()).view());
  EXPECT_EQ(entry.publication().authenticator(), authenticator_);
  EXPECT_EQ(entry.publication().not_on_or_after(), 1767225600000);
  EXPECT_EQ(PublicationObject(entry.payload()), object);
}

TEST_F(ConnectDecodeTest, APublicationMaySayOnlyHowLongItsDataIsAndItsDigest) {
  const std::string begin = R"({"ID":"EBQM","Authenticator":")" + authenticator_ + R"(")";
  const std::string print = std::string(86, 'A');
  EXPECT_TRUE(Decode(Publish(begin + R"(,"Length":7,"Fingerprint":")" + print + "\"}")));
  for (const std::string& rest :
       {std::string(), std::string(R"(,"Length":7)"), R"(,"Fingerprint":")" + print + "\"",
        R"(,"Length":-1,"Fingerprint":")" + print + "\"",
        std::string(R"(,"Length":7,"Fingerprint":"AAAA")")}) {
    EXPECT_THAT(Refusal(Publish(begin + rest + "}")).message(), HasSubstr("EnvelopedData"));
  }
}

TEST_F(ConnectDecodeTest, APublicationNeedsAnIdAndAnAuthenticator) {
  EXPECT_THAT(Refusal(Publish(R"({"Authenticator":"E","EnvelopedData":[{},"ZGF0YQ"]})")).message(),
              HasSubstr("ID"));
  EXPECT_THAT(Refusal(Publish(R"({"ID":"EBQM","EnvelopedData":[{},"ZGF0YQ"]})")).message(),
              HasSubstr("Authenticator"));
}

TEST_F(ConnectDecodeTest, UploadedPublicationsAndAnswersAreDescribedToo) {
  CatalogedPublication publication;
  publication.id = "EBQM";
  publication.authenticator = authenticator_;
  publication.data = *dare::ParseEnvelope(R"([{},"ZGF0YQ"])");
  std::string payload;
  WriteCatalogedPublication(publication, payload);
  dare::SealOptions options;
  options.content_meta.emplace();
  options.content_meta->unique_id = "EBQM";
  options.content_meta->event = "New";
  const std::string entry = dare::EnvelopeText(*dare::Seal(payload, options));
  RespondConnection respond;
  respond.head.message_id = "MBBF";
  respond.result = "Accept";
  respond.device.emplace().device_udf = "MDEV";
  ASSERT_TRUE(Decode(R"({"Upload":{"Updates":[{"Container":"mmm_Publication","Envelopes":[)" +
                     entry + R"(]},{"Container":"mmm_Local","Envelopes":[)" + Enveloped(respond) +
                     R"(]},{"Container":"mmm_Archive","Envelopes":[)" + Enveloped(respond) +
                     "]}]}}"))
      << failure_.status.message();
  const auto& updates = request().upload().updates();
  EXPECT_EQ(updates[0].envelopes(0).publication().authenticator(), authenticator_);
  EXPECT_EQ(updates[1].envelopes(0).profile_device_udf(), "MDEV");
  EXPECT_EQ(updates[2].envelopes(0).profile_device_udf(), "");
}

// --- Replies -------------------------------------------------------------------------------

std::string Encoded(Transaction transaction, const proto::PartitionReply& reply) {
  std::string text;
  EncodeReply(transaction, reply, {true}, &text);
  return text;
}

TEST(ConnectEncode, APublishIsAnsweredWithItsResultAlone) {
  proto::PartitionReply reply;
  reply.mutable_upload()->add_entries();
  EXPECT_EQ(Encoded(Transaction::kPublish, reply),
            R"({"PublishResponse":{"Status":201,"StatusDescription":"Operation completed )"
            R"(successfully"}})");
}

TEST(ConnectEncode, AClaimGivesThePublicationAsItWasWritten) {
  proto::PartitionReply reply;
  reply.mutable_claim()->set_publication(R"({"CatalogedPublication":{"ID":"E" }})");
  EXPECT_THAT(Encoded(Transaction::kClaim, reply),
              HasSubstr(R"("CatalogedPublication":{"ID":"E" }}})"));
}

TEST(ConnectEncode, APollWithoutAClaimSucceedsWithoutOne) {
  proto::PartitionReply reply;
  reply.mutable_poll_claim();
  EXPECT_EQ(Encoded(Transaction::kPollClaim, reply),
            R"({"PollClaimResponse":{"Status":201,"StatusDescription":"Operation completed )"
            R"(successfully"}})");
}

TEST(ConnectEncode, AConnectGivesTheAcknowledgementAndTheProfiles) {
  proto::PartitionReply reply;
  proto::ConnectResponse* connect = reply.mutable_connect();
  connect->mutable_acknowledge()->set_header(R"({"EnvelopeID":"M"})");
  connect->mutable_acknowledge()->set_payload("ack");
  connect->mutable_acknowledge()->set_index(3);
  connect->set_profile_mesh("[\"mesh\"]");
  connect->set_assertion_account("[\"account\"]");
  const std::string text = Encoded(Transaction::kConnect, reply);
  EXPECT_THAT(text,
              HasSubstr(R"("EnvelopedConnectionResponse":[{"EnvelopeID":"M","ContainerInfo")"));
  EXPECT_THAT(text, HasSubstr(R"("EnvelopedProfileMaster":["mesh"])"));
  EXPECT_THAT(text, HasSubstr(R"("EnvelopedAccountAssertion":["account"])"));
}

}  // namespace
}  // namespace mesh
