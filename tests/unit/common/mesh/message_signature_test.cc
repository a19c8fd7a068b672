#include "common/mesh/message_signature.h"

#include <gtest/gtest.h>

#include "common/dare/signature.h"
#include "common/mesh/message.h"
#include "common/mesh/message_error.h"
#include "proto/mesh.pb.h"
#include "tests/unit/common/mesh/household.h"

namespace mesh {
namespace {

using testing::Device;
using testing::Household;

class MessageSignatureTest : public ::testing::Test {
 protected:
  MessageSignatureTest() {
    message_.payload = "what is said";
    MESH_CHECK(SignMessage(laptop_.signature, alice_.Connect(laptop_.Connection()),
                           alice_.ProfileAccount(), &message_)
                   .ok());
  }
  Result<std::shared_ptr<const VerifiedConnection>> Verify(std::string_view payload) {
    return VerifyMessageSignature(message_.header, message_.trailer, dare::PayloadDigest(payload),
                                  assertions_);
  }

  const Household alice_;
  const Device laptop_;
  dare::Envelope message_;
  AssertionCache assertions_;
};

TEST_F(MessageSignatureTest, SaysWhichDeviceOfWhichAccount) {
  const auto signer = Verify("what is said");
  ASSERT_TRUE(signer.ok());
  EXPECT_EQ((*signer)->connection.key_signature.key, laptop_.signature.public_key());
  EXPECT_EQ((*signer)->account.udf(), alice_.account_udf());
  EXPECT_TRUE(dare::VerifySignature(message_, laptop_.signature.public_key()).ok());
}

TEST_F(MessageSignatureTest, CoversThePayload) {
  EXPECT_EQ(Verify("what is not said").status().code(), Code::kPermissionDenied);
}

TEST_F(MessageSignatureTest, AMessageWithoutABlockIsUnsigned) {
  message_.trailer.clear();
  EXPECT_EQ(*Verify("what is said"), nullptr);
  message_.trailer = R"({"signatures":[{"kid":"MABC","signature":"AA"}]})";
  EXPECT_EQ(*Verify("what is said"), nullptr);
}

TEST_F(MessageSignatureTest, AHeaderMayCarryItToo) {
  std::swap(message_.header, message_.trailer);
  message_.trailer.clear();
  EXPECT_NE(*Verify("what is said"), nullptr);
}

TEST_F(MessageSignatureTest, WithoutTheBlockTheSignatureIsStillThere) {
  message_.trailer = WithoutSignatureBlocks(message_.trailer);
  EXPECT_EQ(message_.trailer.find("Enveloped"), std::string::npos);
  EXPECT_EQ(*Verify("what is said"), nullptr);
  EXPECT_TRUE(dare::VerifySignature(message_, laptop_.signature.public_key()).ok());
  EXPECT_TRUE(dare::CheckPayloadDigest(message_).ok());
}

TEST_F(MessageSignatureTest, TextsThatHaveNoBlockStayAsTheyAre) {
  for (const char* text :
       {"", "{}", R"({ "signatures": [ { "kid": "M" } ], "Other": 1 })",
        R"({"signatures":[{"EnvelopedConnectionAccount":)", R"({"EnvelopedProfileAccount":)"}) {
    EXPECT_EQ(WithoutSignatureBlocks(text), text);
  }
}

TEST_F(MessageSignatureTest, WhatCannotBeReadIsRefused) {
  message_.trailer = R"({"signatures":[{"EnvelopedConnectionAccount":7}]})";
  EXPECT_EQ(Verify("what is said").status().code(), Code::kInvalidArgument);
}

TEST_F(MessageSignatureTest, AKnownBlockVouchesForNoOtherKeyAndPayload) {
  ASSERT_TRUE(Verify("what is said").ok());
  EXPECT_TRUE(Verify("what is said").ok());
  EXPECT_EQ(Verify("what is not said").status().code(), Code::kPermissionDenied);
  dare::Envelope forged;
  forged.payload = "what is said";
  ASSERT_TRUE(SignMessage(Device().signature, alice_.Connect(laptop_.Connection()),
                          alice_.ProfileAccount(), &forged)
                  .ok());
  message_ = forged;
  EXPECT_EQ(Verify("what is said").status().code(), Code::kPermissionDenied);
}

TEST_F(MessageSignatureTest, AKnownTrailerVouchesForNoOtherOctetsOfIt) {
  const auto first = Verify("what is said");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(*Verify("what is said"), *first);
  const std::string good = message_.trailer;
  message_.trailer = WithoutSignatureBlocks(good);
  EXPECT_EQ(*Verify("what is said"), nullptr);
  const size_t kid = good.find("\"kid\":\"") + 7;
  message_.trailer = good;
  message_.trailer[kid] = good[kid] == 'M' ? 'B' : 'M';
  EXPECT_EQ(Verify("what is said").status().code(), Code::kPermissionDenied);
}

TEST_F(MessageSignatureTest, OfOnePayloadTwoSignersAreToldApart) {
  const dare::Envelope first = message_;
  const Device phone;
  ASSERT_TRUE(SignMessage(phone.signature, alice_.Connect(phone.Connection()),
                          alice_.ProfileAccount(), &message_)
                  .ok());
  const dare::Envelope second = message_;
  for (int i = 0; i < 2; ++i) {
    message_ = first;
    EXPECT_EQ((*Verify("what is said"))->connection.key_signature.key,
              laptop_.signature.public_key());
    message_ = second;
    EXPECT_EQ((*Verify("what is said"))->connection.key_signature.key,
              phone.signature.public_key());
  }
}

TEST_F(MessageSignatureTest, ABlockThatIsNotLookedAtMustBeReadable) {
  const std::string_view end = "}],";
  message_.trailer.insert(message_.trailer.rfind(end) + 1,
                          R"(,{"EnvelopedConnectionAccount":[7]})");
  EXPECT_EQ(Verify("what is said").status().code(), Code::kInvalidArgument);
}

// Verifying costs 0.2 ms, finding again some microseconds; what is found again is what held.
TEST_F(MessageSignatureTest, WhatHeldIsRememberedAndNothingElse) {
  const crypto::PublicKey& key = laptop_.signature.public_key();
  const crypto::Digest512 digest = dare::PayloadDigest("what is said");
  const std::string signature = dare::SignPayload("what is said", laptop_.signature)->signature;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(assertions_.Signature(key, digest, signature).ok());
    EXPECT_FALSE(assertions_.Signature(key, dare::PayloadDigest("else"), signature).ok());
    EXPECT_FALSE(assertions_.Signature(Device().signature.public_key(), digest, signature).ok());
    EXPECT_FALSE(assertions_.Signature(key, digest, signature + "x").ok());
  }
}

TEST_F(MessageSignatureTest, AMessageErrorNamesTheMessageAndWhoDidNotGetIt) {
  const auto error =
      MakeMessageError({"NAAA", "bob@example.com", "alice@example.com", "MeshUnknownAccount"},
                       1767225600000, crypto::SystemRandom());
  ASSERT_TRUE(error.ok());
  const auto read = ParseMessageError(error->payload());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->error, "MeshUnknownAccount");
  EXPECT_EQ(read->head.sender, "bob@example.com");
  EXPECT_EQ(read->head.recipient, "alice@example.com");
  ASSERT_EQ(read->head.references.size(), 1u);
  EXPECT_EQ(read->head.references[0].message_id, "NAAA");
  EXPECT_EQ(error->message_type(), kMessageError);
  EXPECT_EQ(error->unique_id(), read->head.message_id);
  EXPECT_TRUE(error->references().empty());  // It marks nothing as read.
}

}  // namespace
}  // namespace mesh
