// Access control, input by input.

#include "backend/model/message_policy.h"

#include <gtest/gtest.h>

#include "common/mesh/message_class.h"

namespace mesh::backend {
namespace {

using R = DeliveryResult;

class MessagePolicyTest : public ::testing::Test {
 protected:
  MessagePolicyTest() {
    message_.type = kRequestContact;
    message_.sender = "bob@example.org";
    message_.service = "example.org";
    message_.accreditation = Accreditation::kSigned;
  }
  R Result() const { return Decide(message_, recipient_, site_).result; }
  R ResultOf(std::string_view type) {
    message_.type = type;
    return Result();
  }
  void SetSite(std::string_view text) {
    const auto site = SitePolicy::Parse(text);
    ASSERT_TRUE(site.ok()) << site.status().message();
    site_ = *site;
  }

  InboundMessage message_;
  RecipientPolicy recipient_;
  SitePolicy site_;
};

TEST_F(MessagePolicyTest, StrangersMayAskForContactAndAreCounted) {
  EXPECT_EQ(Result(), R::kDelivered);
  EXPECT_TRUE(Decide(message_, recipient_, site_).counted);
  recipient_.knows_sender = true;
  EXPECT_FALSE(Decide(message_, recipient_, site_).counted);
}

TEST_F(MessagePolicyTest, OtherMessagesComeFromContacts) {
  for (const std::string_view type :
       {kReplyContact, kGroupInvitation, kRequestConfirmation, std::string_view("Unheard")}) {
    recipient_.knows_sender = false;
    EXPECT_EQ(ResultOf(type), R::kInsufficientPrivilege) << type;
    recipient_.knows_sender = true;
    EXPECT_EQ(ResultOf(type), R::kDelivered) << type;
  }
}

TEST_F(MessagePolicyTest, WhoWasAskedMayAnswer) {
  recipient_.asked_sender = true;
  EXPECT_EQ(ResultOf(kReplyContact), R::kDelivered);
  EXPECT_EQ(ResultOf(kResponseConfirmation), R::kDelivered);
  EXPECT_EQ(ResultOf(kGroupInvitation), R::kInsufficientPrivilege);
}

// A forged acknowledgement would make an administrator connect a stranger's device.
TEST_F(MessagePolicyTest, WhatOnlyAServiceOrTheAccountSaysNobodyMaySend) {
  recipient_.knows_sender = true;
  for (const std::string_view type :
       {kRequestConnection, kAcknowledgeConnection, kRespondConnection, kMessageClaim, kMessagePin,
        kMessageComplete, kMessageError}) {
    EXPECT_EQ(ResultOf(type), R::kUnsupported) << type;
  }
}

TEST_F(MessagePolicyTest, AnAccountSaysToItselfWhatItLikes) {
  recipient_.itself = true;
  EXPECT_EQ(ResultOf(kRespondConnection), R::kDelivered);
}

TEST_F(MessagePolicyTest, UnsignedMessagesComeFromThisServiceOnly) {
  message_.accreditation = Accreditation::kNone;
  EXPECT_EQ(Result(), R::kInsufficientPrivilege);
  message_.service = {};  // Reference compatibility.
  EXPECT_EQ(ResultOf(kGroupInvitation), R::kDelivered);
}

TEST_F(MessagePolicyTest, TheRecipientsBlocksOutweighItsContacts) {
  recipient_.knows_sender = true;
  recipient_.blocks_service = true;
  EXPECT_EQ(Result(), R::kRecipientBlockedService);
  recipient_.blocks_sender = true;
  EXPECT_EQ(Result(), R::kRecipientBlockedSender);
}

TEST_F(MessagePolicyTest, TheSiteBlocksSendersAndServices) {
  recipient_.knows_sender = true;
  SetSite("block-sender bob@EXAMPLE.org");
  EXPECT_EQ(Result(), R::kServiceBlockedSender);
  SetSite("block-service example.org");
  EXPECT_EQ(Result(), R::kServiceBlockedService);
  SetSite("only-service example.net");
  EXPECT_EQ(Result(), R::kServiceBlockedService);
  message_.service = {};  // This one needs no listing.
  EXPECT_EQ(Result(), R::kDelivered);
  message_.service = "example.org";
  SetSite("only-service example.net\nonly-service example.org");
  EXPECT_EQ(Result(), R::kDelivered);
}

TEST_F(MessagePolicyTest, TheSiteSaysWhoMaySendWhat) {
  SetSite("allow RequestContact contacts\nallow Poll strangers\nallow * nobody");
  EXPECT_EQ(ResultOf(kRequestContact), R::kInsufficientPrivilege);
  EXPECT_EQ(ResultOf("Poll"), R::kDelivered);
  EXPECT_EQ(ResultOf(kGroupInvitation), R::kUnsupported);
}

TEST_F(MessagePolicyTest, EveryRefusalHasAName) {
  for (size_t i = 0; i < kDeliveryResults; ++i) {
    const auto result = static_cast<R>(i);
    EXPECT_EQ(ErrorName(result).empty(), Delivered(result));
    EXPECT_FALSE(MetricName(result).empty());
  }
}

// --- The file --------------------------------------------------------------------------------

TEST(SitePolicyTest, LinesAndCommentsAreRead) {
  const auto policy = SitePolicy::Parse(
      "# who may send\r\n\n  allow\tRequestContact nobody # not here\n"
      "stranger-messages-per-hour 7");
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(policy->Allowed(kRequestContact), SitePolicy::Who::kNobody);
  EXPECT_EQ(policy->stranger_messages_per_hour(), 7u);
  EXPECT_TRUE(SitePolicy::Parse("").ok());
}

TEST(SitePolicyTest, AFaultIsSaidWithItsLine) {
  for (const std::string line :
       {"allow RequestContact everybody", "allow RequestContact", "block-sender bob",
        "block-service Example.org", "stranger-messages-per-hour -1",
        "stranger-messages-per-hour 4294967296", "stranger-messages-per-hour 7x", "only-service",
        "deny all"}) {
    const auto policy = SitePolicy::Parse("# first\n" + line + "\n");
    EXPECT_EQ(policy.status().code(), Code::kInvalidArgument) << line;
    EXPECT_EQ(policy.status().message().find("line 2: "), 0u) << policy.status().message();
  }
}

}  // namespace
}  // namespace mesh::backend
