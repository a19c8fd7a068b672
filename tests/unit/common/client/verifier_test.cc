#include "common/client/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "common/dare/container_file.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"

namespace mesh::client {
namespace {

using crypto::Curve;
using crypto::PrivateKey;
using testing::HasSubstr;

// A container of five frames, the last four signed; and what the service says of it.
class VerifierTest : public testing::Test {
 protected:
  VerifierTest() {
    ring_.Add(MakeKeyData(key_.public_key()));
    dare::Envelope zero = dare::FrameZero("application/mmm-catalog");
    zero.header = Place("{}", 0);
    frames_.push_back(std::move(zero));
    for (int i = 1; i < 5; ++i) frames_.push_back(Signed("entry " + std::to_string(i), i, key_));
    ContainerVerifier verifier(ring_, {});
    for (const dare::Envelope& frame : frames_) EXPECT_TRUE(verifier.Add(frame).ok());
    digest_ = verifier.frontier().digest();
  }

  static std::string Place(const std::string& header, int64_t index) {
    return dare::InsertServiceMembers(header, index, std::nullopt);
  }

  static dare::Envelope Signed(const std::string& payload, int64_t index, const PrivateKey& key) {
    dare::SealOptions options;
    options.signer = &key;
    dare::Envelope envelope = *dare::Seal(payload, options);
    envelope.header = Place(envelope.header, index);
    return envelope;
  }

  // What is wrong with the frames, as a whole download.
  Status Verify(const std::vector<dare::Envelope>& frames) {
    ContainerVerifier verifier(ring_, {});
    for (const dare::Envelope& frame : frames) MESH_RETURN_IF_ERROR(verifier.Add(frame));
    return verifier.Finish(5, digest_);
  }

  PrivateKey key_ = PrivateKey::Generate(Curve::kEd448);
  PrivateKey stranger_ = PrivateKey::Generate(Curve::kEd448);
  KeyRing ring_;
  std::vector<dare::Envelope> frames_;
  std::string digest_;
};

TEST_F(VerifierTest, AGoodContainerVerifiesAndTheChecksAreCounted) {
  ContainerVerifier verifier(ring_, {});
  for (const dare::Envelope& frame : frames_) ASSERT_TRUE(verifier.Add(frame).ok());

  EXPECT_TRUE(verifier.Finish(5, digest_).ok());
  EXPECT_EQ(verifier.checks().frames, 5u);
  EXPECT_EQ(verifier.checks().payload_digests, 5u);
  EXPECT_EQ(verifier.checks().signatures, 4u);
  EXPECT_EQ(verifier.checks().unsigned_frames, 1u);
  EXPECT_EQ(verifier.checks().unknown_signatures, 0u);
}

TEST_F(VerifierTest, ADroppedFrameIsNamed) {
  frames_.erase(frames_.begin() + 2);

  const Status status = Verify(frames_);

  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("frame 2 is missing"));
}

TEST_F(VerifierTest, ADroppedLastFrameIsMissed) {
  frames_.pop_back();

  EXPECT_THAT(Verify(frames_).message(), HasSubstr("5 frames and this device 4"));
}

TEST_F(VerifierTest, ReorderedFramesAreRefused) {
  std::swap(frames_[2], frames_[3]);

  EXPECT_EQ(Verify(frames_).code(), Code::kDataLoss);
}

TEST_F(VerifierTest, FramesWhosePayloadsChangedPlacesHaveAnotherTreeDigest) {
  std::swap(frames_[2].payload, frames_[3].payload);
  std::swap(frames_[2].trailer, frames_[3].trailer);

  const Status status = Verify(frames_);

  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("tree digest"));
}

TEST_F(VerifierTest, AnAlteredPayloadIsRefused) {
  frames_[3].payload[0] = 'E';

  const Status status = Verify(frames_);

  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("frame 3 was altered"));
}

TEST_F(VerifierTest, AnAlteredPayloadWithAMatchingDigestHasAWrongSignature) {
  dare::Envelope forged = Signed("entry III", 3, stranger_);
  const size_t kid = forged.trailer.find("\"kid\":\"") + 7;
  forged.trailer.replace(kid, 34, MakeKeyData(key_.public_key()).udf);
  frames_[3] = forged;

  EXPECT_THAT(Verify(frames_).message(), HasSubstr("frame 3 has a wrong signature"));
}

TEST_F(VerifierTest, AFrameReplacedByAStrangersHasAnotherTreeDigest) {
  frames_[4] = Signed("entry IV", 4, stranger_);

  EXPECT_THAT(Verify(frames_).message(), HasSubstr("tree digest"));
}

TEST_F(VerifierTest, ASignatureByAnUnknownKeyIsCountedNotTrusted) {
  ContainerVerifier verifier(ring_, {});
  ASSERT_TRUE(verifier.Add(frames_[0]).ok());

  EXPECT_TRUE(verifier.Add(Signed("entry", 1, stranger_)).ok());

  EXPECT_EQ(verifier.checks().unknown_signatures, 1u);
  EXPECT_EQ(verifier.checks().signatures, 0u);
}

TEST_F(VerifierTest, AWrongTreeDigestOfTheServiceIsRefused) {
  digest_[63] ^= 1;

  EXPECT_THAT(Verify(frames_).message(), HasSubstr("tree digest"));
}

TEST_F(VerifierTest, AFrameWithoutIndexIsRefused) {
  frames_[1].header = "{}";

  EXPECT_THAT(Verify(frames_).message(), HasSubstr("frame 1 has no index"));
}

TEST_F(VerifierTest, AFrameWithoutPayloadIsRefused) {
  frames_[1].has_payload = false;

  EXPECT_THAT(Verify(frames_).message(), HasSubstr("without its payload"));
}

TEST_F(VerifierTest, VerifyingGoesOnBehindFramesAlreadyVerified) {
  ContainerVerifier first(ring_, {});
  ASSERT_TRUE(first.Add(frames_[0]).ok());
  ASSERT_TRUE(first.Add(frames_[1]).ok());

  ContainerVerifier second(ring_, first.frontier());
  for (size_t i = 2; i < frames_.size(); ++i) ASSERT_TRUE(second.Add(frames_[i]).ok());

  EXPECT_TRUE(second.Finish(5, digest_).ok());
}

}  // namespace
}  // namespace mesh::client
