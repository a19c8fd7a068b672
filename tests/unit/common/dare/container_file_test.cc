#include "common/dare/container_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/dare/seal.h"

namespace mesh::dare {
namespace {

Envelope Entry(std::string payload) {
  Envelope envelope;
  envelope.header = "{\"ContentMetaData\":\"e30\",\"ContainerInfo\":{\"Index\":99}}";
  envelope.payload = std::move(payload);
  return envelope;
}

std::string ContainerOf(int entries) {
  ContainerWriter writer("application/mmm-catalog");
  for (int i = 1; i <= entries; ++i) {
    EXPECT_EQ(*writer.Append(Entry("frame" + std::to_string(i))), i);
  }
  return writer.octets();
}

TEST(ContainerFileTest, FrameZeroSaysWhatTheContainerIs) {
  const Envelope zero = FrameZero("application/mmm-catalog");
  const Result<HeaderFields> header = ParseHeader(zero.header);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->content_meta.cty, "application/mmm-catalog");
  ASSERT_TRUE(header->container_info.has_value());
  EXPECT_EQ(header->container_info->index, 0);
  EXPECT_EQ(header->container_info->container_type, "Merkle");
  EXPECT_EQ(header->container_info->data_encoding, "JSON");
  const Result<TrailerFields> trailer = ParseTrailer(zero.trailer);
  ASSERT_TRUE(trailer.ok());
  EXPECT_EQ(ToHex(trailer->payload_digest).substr(0, 16), "cf83e1357eefb8bd");
  EXPECT_EQ(ToHex(trailer->tree_digest).substr(0, 16), "1441f2db863a70b3");
}

TEST(ContainerFileTest, EachFramePointsToItsNeighbourInTheTree) {
  const std::vector<int64_t> expected = {0, 1, 1, 3, 3, 5, 3, 7, 7, 9, 7, 11, 11, 13, 7};
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(PreviousFrame(static_cast<int64_t>(i) + 1), expected[i]) << i + 1;
  }
}

TEST(ContainerFileTest, ReadsWhatItWrites) {
  const std::string octets = ContainerOf(9);
  const Result<std::vector<ContainerFrame>> frames = ReadContainer(octets);
  ASSERT_TRUE(frames.ok()) << frames.status().message();
  ASSERT_EQ(frames->size(), 10u);
  EXPECT_TRUE(VerifyContainer(*frames, true).ok());
  EXPECT_EQ((*frames)[3].frame.payload, "frame3");
  const Result<TrailerFields> trailer = ParseTrailer((*frames)[7].frame.trailer);
  EXPECT_EQ(ToHex(trailer->tree_digest).substr(0, 16), "0847b446b1c3ac3a");
}

TEST(ContainerFileTest, KeepsTheSignaturesOfAnEntry) {
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  SealOptions options;
  options.signer = &key;
  const Result<Envelope> sealed = Seal("payload", options);
  ASSERT_TRUE(sealed.ok());
  ContainerWriter writer("x");
  ASSERT_TRUE(writer.Append(*sealed).ok());
  const Result<std::vector<ContainerFrame>> frames = ReadContainer(writer.octets());
  ASSERT_TRUE(frames.ok());
  EXPECT_EQ(ParseTrailer((*frames)[1].frame.trailer)->signatures.size(), 1u);
}

TEST(ContainerFileTest, KeepsWhatATrailerSaysBesideItsDigests) {
  Envelope envelope;
  envelope.header = R"({"EnvelopeID":"M"})";
  envelope.payload = "message";
  envelope.trailer = R"({"signatures":[{"kid":"K","EnvelopedX":[{},"AA"]}],"ChainDigest":"AA"})";
  ContainerWriter writer("application/mmm/message");
  ASSERT_TRUE(writer.Append(envelope).ok());
  const auto frames = ReadContainer(writer.octets());
  ASSERT_TRUE(frames.ok());
  const std::string_view trailer = (*frames)[1].frame.trailer;
  EXPECT_TRUE(trailer.starts_with(
      R"({"signatures":[{"kid":"K","EnvelopedX":[{},"AA"]}],"PayloadDigest":")"));
  EXPECT_EQ(trailer.find("ChainDigest"), trailer.npos);
  EXPECT_TRUE(VerifyContainer(*frames, true).ok());
}

TEST(ContainerFileTest, RefusesEntriesThatCannotBeRead) {
  ContainerWriter writer("x");
  Envelope envelope = Entry("a");
  envelope.header = "{";
  EXPECT_FALSE(writer.Append(envelope).ok());
  envelope = Entry("a");
  envelope.trailer = "[]";
  EXPECT_FALSE(writer.Append(envelope).ok());
  envelope = Entry("a");
  envelope.has_payload = false;
  EXPECT_FALSE(writer.Append(envelope).ok());
  EXPECT_EQ(writer.frames(), 1);
}

TEST(ContainerFileTest, RefusesDroppedReorderedAndCutFrames) {
  const std::string octets = ContainerOf(4);
  const std::vector<ContainerFrame> frames = *ReadContainer(octets);
  const auto span = [&](size_t i) {
    return octets.substr(frames[i].position, frames[i].frame.frame_bytes);
  };
  EXPECT_FALSE(ReadContainer("").ok());
  EXPECT_FALSE(ReadContainer(octets.substr(0, octets.size() - 1)).ok());
  EXPECT_FALSE(ReadContainer(span(0) + span(2)).ok());
  EXPECT_FALSE(ReadContainer(span(0) + span(2) + span(1)).ok());
  EXPECT_FALSE(ReadContainer(span(1)).ok());
  EXPECT_TRUE(ReadContainer(span(0) + span(1)).ok());
}

TEST(ContainerFileTest, FindsAnAlteredPayload) {
  std::string octets = ContainerOf(4);
  octets[octets.find("frame2")] = 'F';
  const Result<std::vector<ContainerFrame>> frames = ReadContainer(octets);
  ASSERT_TRUE(frames.ok());
  const Status status = VerifyContainer(*frames, false);
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_NE(status.message().find("frame 2"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace mesh::dare
