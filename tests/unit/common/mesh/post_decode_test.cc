// What the edge tells the owner of a sender about its messages.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/limits.h"
#include "common/dare/seal.h"
#include "common/mesh/message.h"
#include "common/mesh/message_signature.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"
#include "tests/unit/common/mesh/household.h"

namespace mesh {
namespace {

using testing::Device;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Household;

constexpr std::string_view kAlice = "alice@example.com";

class PostDecodeTest : public ::testing::Test {
 protected:
  static std::string Payload(std::string_view type = kRequestContact,
                             std::string_view sender = kAlice) {
    MessageHead head(type);
    head.message_id = "NAAA-BBBB";
    head.sender = sender;
    std::string payload;
    WriteMessage(head, payload);
    return payload;
  }
  static dare::Envelope Wrap(std::string_view payload, std::string_view type = kRequestContact) {
    MessageHead head(type);
    head.message_id = "NAAA-BBBB";
    return *WrapMessage(head, payload, 1767225600000, nullptr);
  }
  dare::Envelope Signed(dare::Envelope message) const {
    EXPECT_TRUE(SignMessage(laptop_.signature, alice_.Connect(laptop_.Connection()),
                            alice_.ProfileAccount(), &message)
                    .ok());
    return message;
  }
  static std::string PostOf(const std::string& members) { return R"({"Post":{)" + members + "}}"; }
  static std::string MessageOf(const dare::Envelope& message) {
    return R"("Message":[)" + dare::EnvelopeText(message) + "]";
  }

  proto::PostRequest Read(const std::string& members, bool strict = true) {
    DecodeOptions options;
    options.strict = strict;
    options.assertions = &assertions_;
    DecodedRequest request;
    DecodeFailure failure;
    EXPECT_TRUE(DecodeRequest(PostOf(members), options, &request, &failure))
        << failure.status.message();
    return request.request == nullptr ? proto::PostRequest() : request.request->post();
  }
  Status Refusal(const std::string& members, bool strict = true) {
    DecodeOptions options;
    options.strict = strict;
    options.assertions = &assertions_;
    DecodedRequest request;
    DecodeFailure failure;
    EXPECT_FALSE(DecodeRequest(PostOf(members), options, &request, &failure));
    return failure.status;
  }

  const Household alice_;
  const Device laptop_;
  AssertionCache assertions_;
};

// --- Whom it is for ------------------------------------------------------------------------

TEST_F(PostDecodeTest, RecipientsAreCanonicalAndNamedOnce) {
  const auto post = Read(R"("Accounts":["bob@Example.com","carol@example.org","bob@example.COM"])");
  EXPECT_THAT(post.accounts(), ElementsAre("bob@example.com", "carol@example.org"));
}

TEST_F(PostDecodeTest, ARecipientThatIsNoAddressIsRefused) {
  EXPECT_EQ(Refusal(R"("Accounts":["bob"])").code(), Code::kInvalidArgument);
  EXPECT_THAT(Refusal(R"("Accounts":[])").message(), HasSubstr("names nobody"));
}

TEST_F(PostDecodeTest, ThereAreBoundsToRecipientsAndMessages) {
  std::string accounts, messages;
  for (size_t i = 0; i <= kPostAccountsMax; ++i) {
    accounts += (i > 0 ? ",\"b" : "\"b") + std::to_string(i) + "@example.com\"";
  }
  for (size_t i = 0; i <= kPostMessagesMax; ++i) {
    messages += (i > 0 ? "," : "") + dare::EnvelopeText(Wrap(Payload()));
  }
  EXPECT_EQ(Refusal(R"("Accounts":[)" + accounts + "]").code(), Code::kResourceExhausted);
  EXPECT_EQ(Refusal(R"("Message":[)" + messages + "]").code(), Code::kResourceExhausted);
  EXPECT_EQ(Refusal(R"("Self":[)" + messages + "]").code(), Code::kResourceExhausted);
}

// --- What a message says ---------------------------------------------------------------------

TEST_F(PostDecodeTest, AMessageInClearSaysWhoSendsIt) {
  const auto post = Read(MessageOf(Wrap(Payload(kRequestContact, "alice@EXAMPLE.com"))) +
                         R"(,"Self":[)" + dare::EnvelopeText(Wrap(Payload())) + "]");
  EXPECT_EQ(post.messages(0).sender(), kAlice);
  EXPECT_EQ(post.messages(0).message_type(), kRequestContact);
  EXPECT_EQ(post.messages(0).unique_id(), "NAAA-BBBB");
  EXPECT_EQ(post.messages(0).signer_connection_digest(), "");
  EXPECT_EQ(post.self(0).sender(), kAlice);
}

TEST_F(PostDecodeTest, AnEncryptedMessageSaysNothing) {
  dare::SealOptions options;
  options.envelope_id = "MAAA";
  options.content_meta.emplace().unique_id = "N";
  options.recipients = {laptop_.agreement.public_key()};
  const auto post = Read(MessageOf(*dare::Seal(Payload(), options)));
  EXPECT_EQ(post.messages(0).sender(), "");
}

TEST_F(PostDecodeTest, AMessageHasItsNames) {
  dare::Envelope message = Wrap(Payload());
  message.header = R"({"EnvelopeID":"MAAA"})";
  EXPECT_THAT(Refusal(MessageOf(message)).message(), HasSubstr("UniqueID"));
  message.header = "{}";
  for (const bool strict : {true, false}) {
    EXPECT_EQ(Refusal(MessageOf(message), strict).code(), Code::kInvalidArgument);
  }
}

TEST_F(PostDecodeTest, WhatItIsLabelledItMustBe) {
  const dare::Envelope mislabelled = Wrap(Payload(kGroupInvitation), kRequestContact);
  EXPECT_THAT(Refusal(MessageOf(mislabelled)).message(), HasSubstr("another class"));
  EXPECT_EQ(Refusal(MessageOf(Wrap("not a message"))).code(), Code::kInvalidArgument);
  EXPECT_EQ(Refusal(MessageOf(Wrap(Payload(kRequestContact, "no address")))).code(),
            Code::kInvalidArgument);
  for (const std::string& payload : {std::string("not a message"), Payload(kGroupInvitation)}) {
    Read(MessageOf(Wrap(payload)), false);
  }
}

// --- Who signed it -----------------------------------------------------------------------------

TEST_F(PostDecodeTest, ASignatureBlockSaysWhichDeviceSigned) {
  const auto post = Read(MessageOf(Signed(Wrap(Payload()))) + R"(,"Accounts":["bob@example.com"])");
  EXPECT_EQ(post.messages(0).signer_connection_digest(),
            crypto::Sha512(alice_.Connect(laptop_.Connection()).payload).view());
  EXPECT_EQ(post.messages(0).signer_profile_digest(),
            crypto::Sha512(alice_.ProfileAccount().payload).view());
}

TEST_F(PostDecodeTest, TheSenderOfAnEncryptedMessageIsWhoSignedIt) {
  dare::SealOptions options;
  options.envelope_id = "MAAA";
  options.content_meta.emplace().unique_id = "N";
  options.recipients = {laptop_.agreement.public_key()};
  const auto post = Read(MessageOf(Signed(*dare::Seal(Payload(), options))));
  EXPECT_EQ(post.messages(0).sender(), kAlice);
  EXPECT_NE(post.messages(0).signer_profile_digest(), "");
}

TEST_F(PostDecodeTest, ASignatureThatDoesNotHoldIsRefused) {
  dare::Envelope swapped = Wrap(Payload(kReplyContact), kReplyContact);
  const std::string other = Signed(Wrap(Payload())).trailer;
  const std::string own = Signed(swapped).trailer;
  const std::string_view digest = "\"PayloadDigest\"";
  swapped.trailer = other.substr(0, other.rfind(digest)) + own.substr(own.rfind(digest));
  EXPECT_EQ(Refusal(MessageOf(swapped)).code(), Code::kPermissionDenied);

  const Household mallory;
  dare::Envelope forged = Wrap(Payload());
  ASSERT_TRUE(SignMessage(laptop_.signature, mallory.Connect(laptop_.Connection()),
                          alice_.ProfileAccount(), &forged)
                  .ok());
  EXPECT_EQ(Refusal(MessageOf(forged)).code(), Code::kPermissionDenied);
  ASSERT_TRUE(SignMessage(Device().signature, alice_.Connect(laptop_.Connection()),
                          alice_.ProfileAccount(), &forged)
                  .ok());
  EXPECT_THAT(Refusal(MessageOf(forged)).message(), HasSubstr("KeySignature"));
  Read(MessageOf(forged), false);  // In reference compatibility nobody asks for signatures.
}

TEST_F(PostDecodeTest, WhoSignsSpeaksForTheAddressesOfItsProfile) {
  const dare::Envelope message = Signed(Wrap(Payload(kRequestContact, "bob@example.com")));
  EXPECT_EQ(Refusal(MessageOf(message)).code(), Code::kPermissionDenied);
}

TEST_F(PostDecodeTest, WhatTheAccountKeepsForItselfIsNotVerified) {
  const dare::Envelope message = Signed(Wrap(Payload(kRequestContact, "bob@example.com")));
  const auto post = Read(R"("Self":[)" + dare::EnvelopeText(message) + "]");
  EXPECT_EQ(post.self(0).signer_profile_digest(), "");
}

// --- What nobody can ask for
// -----------------------------------------------------------------------

TEST_F(PostDecodeTest, WhatOwnersAreAskedByFrontEndsNoClientCanSay) {
  for (const std::string tag : {"Deliver", "LeaseOutbox", "SettleOutbox", "Grant"}) {
    DecodedRequest request;
    DecodeFailure failure;
    EXPECT_FALSE(DecodeRequest("{\"" + tag + "\":{}}", {}, &request, &failure));
    EXPECT_THAT(failure.status.message(), HasSubstr("unknown transaction"));
  }
}

}  // namespace
}  // namespace mesh
