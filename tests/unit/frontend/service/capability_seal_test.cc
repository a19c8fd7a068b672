// Capabilities at rest: what an owner is given holds no share in clear, what a client gets is
// what was uploaded.

#include "frontend/service/capability_seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/limits.h"
#include "common/crypto/digest.h"
#include "common/dare/seal.h"
#include "common/encoding/base64url.h"
#include "common/mesh/container_name.h"
#include "proto/mesh.pb.h"

namespace mesh::frontend {
namespace {

using crypto::Curve;
using crypto::PrivateKey;
using testing::HasSubstr;
using testing::Not;

class CapabilitySealTest : public testing::Test {
 protected:
  Capability Serviced() const {
    Capability capability;
    capability.type = kCapabilityDecryptServiced;
    capability.id = "NCAP";
    capability.authentication_id = "MBOB";
    return capability;
  }
  Capability InClear() const {
    Capability capability = Serviced();
    capability.share = share_;
    return capability;
  }
  Capability EncryptedTo(const PrivateKey& key) const {
    Capability capability = Serviced();
    dare::SealOptions options;
    options.recipients = {key.public_key()};
    capability.enveloped_shares.push_back(*dare::Seal(WriteKeyShare(share_), options));
    return capability;
  }
  static std::string Text(const Capability& capability) {
    std::string text;
    WriteCatalogedCapability(capability, text);
    return text;
  }

  static proto::UploadRequest UploadOf(std::string payload, std::string header = "{}") {
    proto::UploadRequest upload;
    proto::ContainerUpdate* update = upload.add_updates();
    update->set_container(std::string(kCapabilityCatalog));
    proto::Envelope* entry = update->add_envelopes();
    entry->set_payload_digest(std::string(crypto::Sha512(payload).view()));
    entry->set_header(std::move(header));
    entry->set_payload(std::move(payload));
    entry->set_event(proto::EVENT_NEW);
    entry->set_unique_id("NCAP");
    return upload;
  }
  // What the owner gets.
  proto::Envelope Sealed(proto::UploadRequest upload) const {
    const Status status = SealCapabilities(service_, crypto::SystemRandom(), &upload);
    EXPECT_TRUE(status.ok()) << status.message();
    return upload.updates(0).envelopes(0);
  }
  static proto::StoredEnvelope Stored(const proto::Envelope& entry) {
    proto::StoredEnvelope stored;
    stored.set_header(entry.header());
    stored.set_payload(entry.payload());
    if (entry.payload_sealed()) stored.mutable_sealed();
    return stored;
  }
  // What the client gets.
  std::string Opened(const proto::StoredEnvelope& stored) const {
    proto::DownloadResponse download;
    download.add_updates()->set_container(std::string(kCapabilityCatalog));
    *download.mutable_updates(0)->add_envelopes() = stored;
    const Status status = OpenCapabilities(service_, &download);
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_FALSE(HoldsSealed(download));
    return download.updates(0).envelopes(0).payload();
  }

  const PrivateKey service_ = PrivateKey::Generate(Curve::kX448);
  const PrivateKey other_ = PrivateKey::Generate(Curve::kX448);
  const KeyShare share_{"NSHARE", Curve::kX448, other_.scalar()};
};

TEST_F(CapabilitySealTest, TheOwnerSeesNoShare) {
  const proto::Envelope entry = Sealed(UploadOf(Text(InClear())));
  EXPECT_TRUE(entry.payload_sealed());
  EXPECT_EQ(entry.authentication_id(), "MBOB");
  const std::string number(share_.number.octets());
  const std::string all = entry.SerializeAsString();
  EXPECT_THAT(all, Not(HasSubstr(number)));
  EXPECT_THAT(all, Not(HasSubstr(Base64UrlEncode(number))));
  EXPECT_THAT(all, Not(HasSubstr("PrivateKeyECDH")));
}

TEST_F(CapabilitySealTest, TheClientGetsWhatWasUploaded) {
  const std::string payload = " " + Text(InClear()) + "\n";
  const proto::Envelope entry = Sealed(UploadOf(payload));
  EXPECT_EQ(Opened(Stored(entry)), payload);
  EXPECT_EQ(entry.payload_digest(), crypto::Sha512(payload).view());
}

TEST_F(CapabilitySealTest, TheEdgeGetsTheShare) {
  const auto share = OpenShare(service_, Stored(Sealed(UploadOf(Text(InClear())))));
  ASSERT_TRUE(share.ok()) << share.status().message();
  EXPECT_TRUE(share->number == share_.number);
}

TEST_F(CapabilitySealTest, NobodyElseOpensIt) {
  const proto::StoredEnvelope stored = Stored(Sealed(UploadOf(Text(InClear()))));
  EXPECT_EQ(OpenShare(other_, stored).status().code(), Code::kDataLoss);
  proto::DownloadResponse download;
  *download.add_updates()->add_envelopes() = stored;
  EXPECT_EQ(OpenCapabilities(other_, &download).code(), Code::kDataLoss);
}

TEST_F(CapabilitySealTest, ANewKeySealsAndTheOldOneStillOpens) {
  const proto::StoredEnvelope before = Stored(Sealed(UploadOf(Text(InClear()))));
  const proto::StoredEnvelope given = Stored(Sealed(UploadOf(Text(EncryptedTo(service_)))));
  std::vector<PrivateKey> keys;
  keys.push_back(PrivateKey::Generate(Curve::kX448));
  keys.push_back(service_.Clone());

  EXPECT_TRUE(OpenShare(keys, before)->number == share_.number);
  EXPECT_TRUE(OpenShare(keys, given)->number == share_.number);

  proto::UploadRequest upload = UploadOf(Text(InClear()));
  ASSERT_TRUE(SealCapabilities(keys, crypto::SystemRandom(), &upload).ok());
  const proto::StoredEnvelope after = Stored(upload.updates(0).envelopes(0));
  EXPECT_TRUE(OpenShare(keys, after)->number == share_.number);
  EXPECT_TRUE(OpenShare(keys[0], after)->number == share_.number);
  EXPECT_EQ(OpenShare(service_, after).status().code(), Code::kDataLoss);
}

TEST_F(CapabilitySealTest, ADamagedOneIsNoticed) {
  for (const size_t at : {size_t{0}, size_t{40}, size_t{300}}) {
    proto::StoredEnvelope stored = Stored(Sealed(UploadOf(Text(InClear()))));
    (*stored.mutable_payload())[at] ^= 1;
    EXPECT_FALSE(OpenShare(service_, stored).ok()) << at;
  }
}

TEST_F(CapabilitySealTest, EachIsSealedAnew) {
  EXPECT_NE(Sealed(UploadOf("same")).payload(), Sealed(UploadOf("same")).payload());
}

TEST_F(CapabilitySealTest, ItIsCutAsAskedWhenItIsOpened) {
  proto::StoredEnvelope stored = Stored(Sealed(UploadOf("0123456789")));
  stored.mutable_sealed()->set_bytes_offset(2);
  stored.mutable_sealed()->set_bytes_max(3);
  EXPECT_EQ(Opened(stored), "234");
  stored.mutable_sealed()->set_bytes_offset(99);
  EXPECT_EQ(Opened(stored), "");
}

TEST_F(CapabilitySealTest, ASealIsNoLongerThanSaid) {
  const std::string payload(kMessageBytesMax, 'x');
  EXPECT_LE(Sealed(UploadOf(payload)).payload().size(), payload.size() + kPayloadSealBytesMax);
}

// --- What clients encrypt themselves --------------------------------------------------

TEST_F(CapabilitySealTest, AShareThatIsEncryptedToTheServiceIsPreferred) {
  Capability capability = EncryptedTo(service_);
  capability.share = KeyShare{"", Curve::kX448, crypto::Scalar::FromSmall(Curve::kX448, 1)};
  const proto::Envelope entry = Sealed(UploadOf(Text(capability)));
  EXPECT_EQ(entry.authentication_id(), "MBOB");
  EXPECT_TRUE(OpenShare(service_, Stored(entry))->number == share_.number);
  EXPECT_EQ(Opened(Stored(entry)), Text(capability));
}

TEST_F(CapabilitySealTest, AnEntryThatIsEncryptedToTheServiceIsReadAndLeft) {
  dare::SealOptions options;
  options.recipients = {other_.public_key(), service_.public_key()};
  const dare::Envelope encrypted = *dare::Seal(Text(InClear()), options);
  const proto::Envelope entry = Sealed(UploadOf(encrypted.payload, encrypted.header));
  EXPECT_FALSE(entry.payload_sealed());
  EXPECT_EQ(entry.payload(), encrypted.payload);
  EXPECT_EQ(entry.authentication_id(), "MBOB");
  EXPECT_TRUE(OpenShare(service_, Stored(entry))->number == share_.number);
}

TEST_F(CapabilitySealTest, WhatIsEncryptedToOthersIsNobodysToUse) {
  EXPECT_EQ(Sealed(UploadOf(Text(EncryptedTo(other_)))).authentication_id(), "");
  dare::SealOptions options;
  options.recipients = {other_.public_key()};
  const dare::Envelope encrypted = *dare::Seal(Text(InClear()), options);
  const proto::Envelope entry = Sealed(UploadOf(encrypted.payload, encrypted.header));
  EXPECT_EQ(entry.authentication_id(), "");
  EXPECT_EQ(entry.payload(), encrypted.payload);
}

// --- What is not for Operate --------------------------------------------------------------

TEST_F(CapabilitySealTest, OnlyAServicedCapabilityUnderItsOwnNameIs) {
  Capability partial = InClear();
  partial.type = kCapabilityDecryptPartial;
  Capability elsewhere = InClear();
  elsewhere.id = "NANOTHER";
  Capability nobodys = InClear();
  nobodys.authentication_id.clear();
  for (const Capability& capability : {partial, elsewhere, nobodys, Serviced()}) {
    const proto::Envelope entry = Sealed(UploadOf(Text(capability)));
    EXPECT_EQ(entry.authentication_id(), "");
    EXPECT_TRUE(entry.payload_sealed());
  }
}

// It may hold a share in a form that we do not know.
TEST_F(CapabilitySealTest, WhatCannotBeReadIsSealedAllTheSame) {
  EXPECT_TRUE(Sealed(UploadOf("no JSON")).payload_sealed());
  proto::UploadRequest upload = UploadOf(Text(InClear()));
  upload.mutable_updates(0)->mutable_envelopes(0)->set_event(proto::EVENT_DELETE);
  const proto::Envelope entry = Sealed(upload);
  EXPECT_TRUE(entry.payload_sealed());
  EXPECT_EQ(entry.authentication_id(), "");
}

TEST_F(CapabilitySealTest, FrameZeroAndOtherContainersStay) {
  EXPECT_FALSE(Sealed(UploadOf("")).payload_sealed());
  proto::UploadRequest upload = UploadOf("contact");
  upload.mutable_updates(0)->set_container("mmm_Contact");
  EXPECT_EQ(CapabilitiesIn(upload), 0u);
  EXPECT_EQ(Sealed(upload).payload(), "contact");
}

TEST_F(CapabilitySealTest, SoManyInOneUploadAtMost) {
  proto::UploadRequest upload = UploadOf("x");
  proto::ContainerUpdate* update = upload.mutable_updates(0);
  while (update->envelopes_size() < static_cast<int>(kCapabilitiesPerUploadMax) + 1) {
    *update->add_envelopes() = update->envelopes(0);
  }
  EXPECT_EQ(SealCapabilities(service_, crypto::SystemRandom(), &upload).code(),
            Code::kResourceExhausted);
  EXPECT_EQ(upload.updates(0).envelopes(0).payload(), "x");  // No work was done before.
}

}  // namespace
}  // namespace mesh::frontend
