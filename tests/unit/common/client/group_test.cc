// A group from its making to what a member reads, with the service's part done by hand.

#include "common/client/group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/client/codec.h"
#include "common/crypto/threshold.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/signature.h"

namespace mesh::client {
namespace {

using crypto::Curve;
using crypto::PrivateKey;
using testing::HasSubstr;

class GroupTest : public testing::Test {
 protected:
  Account Person(std::string_view address) {
    return *MakeAccount(address, {"https://example.com", "", ""}, std::nullopt, mesh_, device_,
                        random_);
  }
  Candidate CandidateOf(const Account& account) { return *ReadCandidate(WriteCandidate(account)); }
  Result<Membership> Join(const NewMember& made, const Account& account) {
    return OpenInvitation(made.invitation, account.address, *account.encryption);
  }
  NewMember Make(const Account& account) {
    return *MakeMember(group_, CandidateOf(account), service_.public_key(), 0, random_);
  }

  // The service's share in an entry of mmm_Capability.
  crypto::Scalar ServicesShare(const NewMember& made) {
    const Capability capability = *ParseCatalogedCapability(made.capability.payload);
    const dare::Envelope& envelope = capability.enveloped_shares.at(0);
    const dare::HeaderFields header = *dare::ParseHeader(envelope.header);
    const std::string master = *dare::RecoverMaster(header, service_);
    return ParseKeyShare(*dare::DecryptPayload(envelope, header, master))->number;
  }
  AskService Service(const NewMember& made) {
    const crypto::Scalar share = ServicesShare(made);
    return [share](const crypto::PublicKey& point) { return crypto::ContributeTo(point, share); };
  }

  crypto::RandomSource& random_ = crypto::SystemRandom();
  Device device_ = *MakeDevice("desk", random_);
  MeshAdministrator mesh_ = *MakeMesh(random_);
  Account alice_ = Person("alice@example.com");
  Account bob_ = Person("bob@example.com");
  PrivateKey service_ = PrivateKey::Generate(Curve::kX448);
  Group group_ = *MakeGroup("team@example.com", "alice@example.com", random_);
  NewMember made_ = Make(bob_);
  dare::Envelope secret_ = *EncryptToGroup(group_.profile, "for the team", random_);
};

TEST_F(GroupTest, AMemberReadsWithTheServicesHelp) {
  const auto bob = Join(made_, bob_);
  ASSERT_TRUE(bob.ok()) << bob.status().message();
  EXPECT_EQ(*DecryptFromGroup(secret_, *bob, Service(made_)), "for the team");
}

TEST_F(GroupTest, NotWithTheServicesShareForAnother) {
  const NewMember alices = Make(alice_);
  const auto content = DecryptFromGroup(secret_, *Join(made_, bob_), Service(alices));
  EXPECT_EQ(content.status().code(), Code::kDataLoss);
}

TEST_F(GroupTest, NotWithoutTheService) {
  const auto refusing = [](const crypto::PublicKey&) -> Result<crypto::PublicKey> {
    return Status(Code::kUnauthenticated, "no");
  };
  const auto silent = [](const crypto::PublicKey& point) -> Result<crypto::PublicKey> {
    return point;
  };
  const Membership bob = *Join(made_, bob_);
  EXPECT_EQ(DecryptFromGroup(secret_, bob, refusing).status().code(), Code::kUnauthenticated);
  EXPECT_EQ(DecryptFromGroup(secret_, bob, silent).status().code(), Code::kDataLoss);
}

TEST_F(GroupTest, WhatIsForOthersIsNotAsked) {
  const Group other = *MakeGroup("other@example.com", "alice@example.com", random_);
  const dare::Envelope envelope = *EncryptToGroup(other.profile, "for others", random_);
  const auto asked = [](const crypto::PublicKey&) -> Result<crypto::PublicKey> {
    ADD_FAILURE() << "the service was asked";
    return Status(Code::kInternal, "");
  };
  EXPECT_EQ(DecryptFromGroup(envelope, *Join(made_, bob_), asked).status().code(), Code::kNotFound);
}

TEST_F(GroupTest, TheEntriesSayWhoMayUseWhat) {
  const Capability capability = *ParseCatalogedCapability(made_.capability.payload);
  EXPECT_EQ(capability.type, kCapabilityDecryptServiced);
  EXPECT_EQ(capability.authentication_id, bob_.profile.udf());
  EXPECT_FALSE(capability.share);  // Not in clear.
  const dare::HeaderFields header = *dare::ParseHeader(made_.capability.header);
  EXPECT_EQ(header.content_meta.unique_id, capability.id);
  EXPECT_EQ(header.content_meta.event, "New");
  const CatalogedMember member = *ParseCatalogedMember(made_.member.payload);
  EXPECT_EQ(member.address, "bob@example.com");
  EXPECT_EQ(member.service_capability_id, capability.id);
  EXPECT_EQ(member.member_capability_id, group_.profile.key_encryption->udf);
}

TEST_F(GroupTest, ADeletionIsSignedByTheGroupAndEmpty) {
  const dare::Envelope entry = *MakeDeletion("bob@example.com", group_);
  const dare::HeaderFields header = *dare::ParseHeader(entry.header);
  EXPECT_EQ(header.content_meta.unique_id, "bob@example.com");
  EXPECT_EQ(header.content_meta.event, "Delete");
  EXPECT_EQ(entry.payload, "");
  EXPECT_TRUE(dare::VerifySignature(entry, group_.signature.public_key()).ok());
}

TEST_F(GroupTest, WithoutTheServicesKeyItsShareIsInClear) {
  const NewMember made = *MakeMember(group_, CandidateOf(bob_), std::nullopt, 0, random_);
  const Capability capability = *ParseCatalogedCapability(made.capability.payload);
  ASSERT_TRUE(capability.share);
  EXPECT_TRUE(capability.enveloped_shares.empty());
  const crypto::Scalar share = capability.share->number;
  const auto ask = [share](const crypto::PublicKey& point) {
    return crypto::ContributeTo(point, share);
  };
  EXPECT_EQ(*DecryptFromGroup(secret_, *Join(made, bob_), ask), "for the team");
}

TEST_F(GroupTest, AnInvitationIsForOneAccount) {
  EXPECT_EQ(Join(made_, alice_).status().code(), Code::kPermissionDenied);
  EXPECT_EQ(OpenInvitation(made_.invitation, alice_.address, *bob_.encryption).status().code(),
            Code::kPermissionDenied);
}

TEST_F(GroupTest, AnInvitationWithTheProfileOfAnotherGroupIsRefused) {
  const Group other = *MakeGroup("team@example.com", "alice@example.com", random_);
  Membership bob = *Join(made_, bob_);
  bob.invitation.profile_group = other.envelope;
  EXPECT_THAT(ReadMembership(WriteMembership(bob)).status().message(),
              HasSubstr("not one of the group's key"));
  bob = *Join(made_, bob_);
  bob.invitation.group_address = "elsewhere@example.com";
  EXPECT_FALSE(ReadMembership(WriteMembership(bob)).ok());
}

TEST_F(GroupTest, FilesAreReadBack) {
  const auto group = ReadGroup(WriteGroup(group_));
  EXPECT_EQ(group->address, "team@example.com");
  EXPECT_EQ(group->owner, "alice@example.com");
  EXPECT_EQ(group->encryption.seed(), group_.encryption.seed());
  const auto bob = ReadMembership(WriteMembership(*Join(made_, bob_)));
  EXPECT_EQ(*DecryptFromGroup(secret_, *bob, Service(made_)), "for the team");
}

TEST_F(GroupTest, AGroupsFileWithAnothersKeyIsDamaged) {
  const Group other = *MakeGroup("team@example.com", "alice@example.com", random_);
  std::string text = WriteGroup(group_);
  const std::string theirs = WriteGroup(other);
  text.replace(text.find("\"KeyEncryption\":{\"crv\""), std::string::npos,
               theirs.substr(theirs.find("\"KeyEncryption\":{\"crv\"")));
  EXPECT_EQ(ReadGroup(text).status().code(), Code::kDataLoss);
}

TEST_F(GroupTest, ACandidateWhoseProfilesDoNotHoldIsRefused) {
  Account forged = Person("bob@example.com");
  forged.address = "eve@example.com";
  EXPECT_EQ(ReadCandidate(WriteCandidate(forged)).status().code(), Code::kPermissionDenied);
  forged = Person("bob@example.com");
  forged.profile_mesh = MakeMesh(random_)->envelope;
  EXPECT_FALSE(ReadCandidate(WriteCandidate(forged)).ok());
  EXPECT_FALSE(ReadCandidate("{}").ok());
}

// --- Over the wire ------------------------------------------------------------------

TEST(GroupCodecTest, OperateIsAsTheReferenceSendsIt) {
  OperateRequest request;
  request.account_address = "groupw@example.com";
  request.operations.push_back({"NCZP", {Curve::kX448, "\x01\x02"}, ""});
  EXPECT_EQ(EncodeOperate(request),
            R"({"Operate":{"AccountAddress":"groupw@example.com","Operations":[)"
            R"({"CryptographicOperationKeyAgreement":{"KeyId":"NCZP",)"
            R"("PublicKey":{"PublicKeyECDH":{"crv":"X448","Public":"AQI"}}}}]}})");
  request.operations[0].coefficient = "\x03";
  EXPECT_THAT(EncodeOperate(request), HasSubstr(R"("KeyCoefficient":"Aw")"));
}

TEST(GroupCodecTest, ResultsAreAsTheReferenceSendsThem) {
  OperateReply reply;
  const auto outcome = DecodeOperate(
      R"({"OperateResponse":{"Status":201,"Results":[)"
      R"({"CryptographicResultKeyAgreement":{"KeyAgreement":{"KeyAgreementECDH":)"
      R"({"Curve":"X448","Result":"AQI"}}}},{"CryptographicResult":{"Error":"no"}}]}})",
      &reply);
  ASSERT_TRUE(outcome.ok());
  ASSERT_EQ(reply.results.size(), 2u);
  EXPECT_EQ(reply.results[0].point->octets, "\x01\x02");
  EXPECT_EQ(reply.results[0].error, "");
  EXPECT_FALSE(reply.results[1].point);
  EXPECT_EQ(reply.results[1].error, "no");
}

TEST(GroupCodecTest, RequestsNameTheAccountThatTheyActOn) {
  StatusRequest status;
  status.account = "team@example.com";
  EXPECT_EQ(EncodeStatus(status), R"({"Status":{"Account":"team@example.com"}})");
  UploadRequest upload;
  upload.account = "team@example.com";
  EXPECT_THAT(EncodeUpload(upload), HasSubstr(R"({"Account":"team@example.com")"));
  EXPECT_EQ(EncodeUpload({}).find("Account"), std::string::npos);
}

}  // namespace
}  // namespace mesh::client
