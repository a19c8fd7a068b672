#include "common/mesh/capability.h"

#include <gtest/gtest.h>

#include "common/crypto/keys.h"

namespace mesh {
namespace {

using crypto::Curve;
using crypto::Scalar;

// As the reference client uploads it, folded strings and all.
constexpr char kRecorded[] = R"({
  "CatalogedCapability": {
    "Capability": {
      "CapabilityDecryptServiced": {
        "Id": "NCZP-FM4D-TSNT-L7QX-CW6H-BH2V-NMEB",
        "KeyData": {
          "UDF": "NCRL-PYXP-5R7C-7ERP-KNYH-HKMR-L7JI",
          "PrivateParameters": {
            "PrivateKeyECDH": {
              "crv": "X448z",
              "Private": "N5UbnJz0ktOxQU9gKOQIh0A_KA7zqzE8TCwm_1Z1vjYG_3u1E4l
  4WPMSkVoww2l_YFgISoRMUxo"}}},
        "SubjectId": "NCZP-FM4D-TSNT-L7QX-CW6H-BH2V-NMEB",
        "AuthenticationId": "MDFI-DDHH-4RS5-HBHT-V3ID-MRNO-DTOJ"}}}})";

Capability Serviced() {
  Capability capability;
  capability.type = kCapabilityDecryptServiced;
  capability.id = capability.subject_id = "NCZP-FM4D";
  capability.subject_address = "group@example.com";
  capability.authentication_id = "MDFI-DDHH";
  capability.share = KeyShare{"NCRL-PYXP", Curve::kX448, Scalar::FromSmall(Curve::kX448, 77)};
  return capability;
}

std::string Text(const Capability& capability) {
  std::string text;
  WriteCatalogedCapability(capability, text);
  return text;
}

std::string Share(std::string_view curve, size_t octets) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("KeyData").BeginObject();
  writer.Member("PrivateParameters").BeginObject().Member("PrivateKeyECDH").BeginObject();
  writer.Member("crv").String(curve).Member("Private").Binary(std::string(octets, '\xff'));
  writer.EndObject().EndObject().EndObject().EndObject();
  return text;
}

TEST(CapabilityTest, TheReferencesIsRead) {
  const auto capability = ParseCatalogedCapability(kRecorded);
  ASSERT_TRUE(capability.ok()) << capability.status().message();
  EXPECT_EQ(capability->type, kCapabilityDecryptServiced);
  EXPECT_EQ(capability->id, "NCZP-FM4D-TSNT-L7QX-CW6H-BH2V-NMEB");
  EXPECT_EQ(capability->subject_id, capability->id);
  EXPECT_EQ(capability->authentication_id, "MDFI-DDHH-4RS5-HBHT-V3ID-MRNO-DTOJ");
  EXPECT_EQ(capability->share->udf, "NCRL-PYXP-5R7C-7ERP-KNYH-HKMR-L7JI");
  EXPECT_EQ(capability->share->curve, Curve::kX448);
  EXPECT_FALSE(capability->share->number.IsZero());
}

TEST(CapabilityTest, WhatIsWrittenIsReadAgain) {
  Capability capability = Serviced();
  capability.enveloped_shares.resize(2);
  const auto again = ParseCatalogedCapability(Text(capability));
  EXPECT_EQ(Text(*again), Text(capability));
  EXPECT_TRUE(again->share->number == capability.share->number);
  EXPECT_EQ(again->enveloped_shares.size(), 2u);
}

TEST(CapabilityTest, TheMembersPartIsReadAgain) {
  Capability capability = Serviced();
  capability.type = kCapabilityDecryptPartial;
  capability.service_id = "NCZP-FM4D";
  capability.service_address = "group@example.com";
  EXPECT_EQ(Text(*ParseCatalogedCapability(Text(capability))), Text(capability));
}

TEST(CapabilityTest, WhatIsNoneIsRefused) {
  EXPECT_FALSE(ParseCatalogedCapability("{}").ok());
  EXPECT_FALSE(ParseCatalogedCapability(R"({"CatalogedCapability":{}})").ok());
  EXPECT_FALSE(ParseCatalogedCapability(R"({"CatalogedCapability":{"Capability":{}}})").ok());
  EXPECT_FALSE(ParseCatalogedCapability(R"({"CatalogedCapability":{"Capability":{"C":{}}}})").ok());
  EXPECT_TRUE(
      ParseCatalogedCapability(R"({"CatalogedCapability":{"Capability":{"C":{"Id":"N"}}}})").ok());
  EXPECT_FALSE(ParseCatalogedCapability(
                   R"({"CatalogedCapability":{"Capability":{"C":{"Id":"N"},"D":{"Id":"N"}}}})")
                   .ok());
}

TEST(CapabilityTest, ItHasSoManySharesAtMost) {
  Capability capability = Serviced();
  capability.enveloped_shares.resize(kKeySharesMax);
  EXPECT_TRUE(ParseCatalogedCapability(Text(capability)).ok());
  capability.enveloped_shares.resize(kKeySharesMax + 1);
  EXPECT_FALSE(ParseCatalogedCapability(Text(capability)).ok());
}

TEST(KeyShareTest, AZSaysThatTheNumberIsTakenAsItIs) {
  const std::string octets(56, '\xff');
  EXPECT_TRUE(ParseKeyShare(Share("X448z", 56))->number == Scalar::Reduce(Curve::kX448, octets));
  EXPECT_TRUE(ParseKeyShare(Share("X448", 56))->number ==
              crypto::PrivateKey::FromSeed(Curve::kX448, octets)->scalar());
  EXPECT_EQ(ParseKeyShare(Share("X25519z", 32))->curve, Curve::kX25519);
}

TEST(KeyShareTest, OtherCurvesAndLengthsAreRefused) {
  EXPECT_FALSE(ParseKeyShare(Share("Ed448z", 56)).ok());
  EXPECT_FALSE(ParseKeyShare(Share("z", 56)).ok());
  EXPECT_FALSE(ParseKeyShare(Share("X448z", 57)).ok());
  EXPECT_FALSE(ParseKeyShare(Share("X25519z", 33)).ok());
  EXPECT_FALSE(ParseKeyShare(R"({"KeyData":{"UDF":"N"}})").ok());
}

TEST(KeyShareTest, OneIsReadAgain) {
  const KeyShare share = *Serviced().share;
  const auto again = ParseKeyShare(WriteKeyShare(share));
  EXPECT_EQ(again->udf, share.udf);
  EXPECT_TRUE(again->number == share.number);
}

}  // namespace
}  // namespace mesh
