// Operate at the edge: from a request to its reply, with an owner that gives what the test says.

#include "frontend/service/operate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/threshold.h"
#include "common/encoding/base64url.h"
#include "frontend/service/capability_seal.h"
#include "tests/unit/frontend/service/sealed_client.h"

namespace mesh::frontend {
namespace {

using crypto::Curve;
using crypto::PrivateKey;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGroup[] = "group@example.net";
using Operation = CryptographicOperation;

// An entry as an owner keeps it.
proto::StoredEnvelope EntryOf(const PrivateKey& service, Curve curve,
                              const crypto::Scalar& number) {
  Capability capability;
  capability.type = kCapabilityDecryptServiced;
  capability.id = "NCAP";
  capability.authentication_id = "MBOB";
  capability.share = KeyShare{"", curve, number};
  std::string payload;
  WriteCatalogedCapability(capability, payload);
  proto::UploadRequest upload;
  upload.add_updates()->set_container("mmm_Capability");
  proto::Envelope* entry = upload.mutable_updates(0)->add_envelopes();
  entry->set_header("{}");
  entry->set_payload(payload);
  EXPECT_TRUE(SealCapabilities(service, crypto::SystemRandom(), &upload).ok());
  proto::StoredEnvelope stored;
  stored.set_header("{}");
  stored.set_payload(upload.updates(0).envelopes(0).payload());
  stored.mutable_sealed();
  return stored;
}

Operation AgreeWith(std::string_view curve, std::string_view point) {
  Operation operation;
  operation.curve = curve;
  operation.point = point;
  return operation;
}

class OperateTest : public ::testing::TestWithParam<Curve> {
 protected:
  Curve curve() const { return GetParam(); }
  std::string Name() const { return std::string(CurveName(curve())); }
  proto::PartitionReply Do(const std::vector<Operation>& operations) const {
    proto::PartitionReply reply;
    reply.set_mesh_status(201);
    for (size_t i = 0; i < operations.size(); ++i) {
      *reply.mutable_operate()->add_grants()->mutable_entry() =
          EntryOf(service_, curve(), shares_.second);
    }
    Operate(service_, operations, &reply);
    return reply;
  }
  // What one operation is answered, when it fails.
  std::string ErrorOf(const Operation& operation) const {
    const proto::PartitionReply reply = Do({operation});
    EXPECT_EQ(reply.mesh_status_description(), reply.operate().results(0).error());
    EXPECT_EQ(reply.operate().results(0).point(), "");
    return std::to_string(reply.mesh_status()) + " " + reply.operate().results(0).error();
  }
  std::string SmallU(uint8_t u) const {
    std::string octets(crypto::PublicKeyBytes(curve()), '\0');
    octets[0] = static_cast<char>(u);
    return octets;
  }

  const PrivateKey service_ = PrivateKey::Generate(Curve::kX448);
  const PrivateKey group_ = PrivateKey::Generate(curve());
  const crypto::KeyShares shares_ = crypto::SplitKey(group_);
  const crypto::PublicKey point_ = PrivateKey::Generate(curve()).public_key();
};
INSTANTIATE_TEST_SUITE_P(Curves, OperateTest, ::testing::Values(Curve::kX448, Curve::kX25519),
                         [](const auto& param) { return std::string(CurveName(param.param)); });

TEST_P(OperateTest, TheServicesPartAndTheMembersMakeTheWhole) {
  const proto::PartitionReply reply = Do({AgreeWith(Name(), point_.octets)});
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_EQ(reply.operate().grants_size(), 0);
  const proto::OperateResult& result = reply.operate().results(0);
  EXPECT_EQ(result.curve(), Name());
  const auto ours = crypto::ContributeTo(point_, shares_.first);
  EXPECT_EQ(*crypto::JoinContributions(*ours, {curve(), result.point()}),
            *crypto::Agree(group_, point_.octets));
}

TEST_P(OperateTest, ACoefficientIsHonoured) {
  Operation operation = AgreeWith(Name(), point_.octets);
  operation.coefficient = std::string("\x05\0\0", 3);
  EXPECT_EQ(Do({operation}).operate().results(0).point(),
            crypto::ContributeTo(point_, shares_.second, "\x05")->octets);
  operation.coefficient = std::string(1, '\0');
  EXPECT_THAT(ErrorOf(operation), StartsWith("400 MeshRequestInvalid"));
}

TEST_P(OperateTest, PointsThatAreNotGoodAreRefused) {
  for (const uint8_t u : {0, 1, 2, 4, 6}) {
    const crypto::PublicKey point{curve(), SmallU(u)};
    if (crypto::CheckPublicKey(point).ok()) continue;
    EXPECT_THAT(ErrorOf(AgreeWith(Name(), point.octets)), StartsWith("400 MeshRequestInvalid"))
        << u;
  }
  std::string parity = point_.octets;
  parity.back() = '\x01';
  EXPECT_THAT(ErrorOf(AgreeWith(Name(), parity)), StartsWith("400 MeshRequestInvalid"));
  EXPECT_THAT(ErrorOf(AgreeWith(Name(), std::string(parity.size(), '\xff'))),
              StartsWith("400 MeshRequestInvalid"));
  EXPECT_THAT(ErrorOf(AgreeWith(Name(), "short")), StartsWith("400 MeshRequestInvalid"));
}

TEST_P(OperateTest, AUAloneIsNotServed) {
  EXPECT_THAT(ErrorOf(AgreeWith(Name(), point_.coordinate())),
              StartsWith("501 MeshMessageUnsupported: PublicKey: a point needs its parity octet"));
}

TEST_P(OperateTest, OtherCurvesAreNot) {
  const PrivateKey ed = PrivateKey::Generate(Curve::kEd448);
  EXPECT_THAT(ErrorOf(AgreeWith("Ed448", ed.public_key().octets)), StartsWith("501"));
  EXPECT_THAT(ErrorOf(AgreeWith("", "")), StartsWith("501"));
  const Curve other = curve() == Curve::kX448 ? Curve::kX25519 : Curve::kX448;
  const crypto::PublicKey point = PrivateKey::Generate(other).public_key();
  EXPECT_THAT(ErrorOf(AgreeWith(CurveName(other), point.octets)),
              HasSubstr("the share is of " + Name()));
}

TEST_P(OperateTest, OtherOperationsAreNotServed) {
  Operation operation = AgreeWith(Name(), point_.octets);
  operation.kind = Operation::Kind::kSign;
  EXPECT_EQ(ErrorOf(operation), "501 MeshMessageUnsupported: Sign is not served");
  operation.kind = Operation::Kind::kShare;
  EXPECT_EQ(ErrorOf(operation), "501 MeshMessageUnsupported: Share is not served");
  operation.kind = Operation::Kind::kGenerate;
  EXPECT_EQ(ErrorOf(operation), "501 MeshMessageUnsupported: Generate is not served");
}

TEST_P(OperateTest, OneThatFailsDoesNotStopTheOthers) {
  const proto::PartitionReply reply =
      Do({AgreeWith(Name(), "short"), AgreeWith(Name(), point_.octets)});
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_NE(reply.operate().results(0).error(), "");
  EXPECT_EQ(reply.operate().results(1).error(), "");
}

TEST_P(OperateTest, WhatTheOwnerDoesNotGiveIsRefusedBeforeAnythingElse) {
  proto::PartitionReply reply;
  reply.mutable_operate()->add_grants();
  Operation operation = AgreeWith(Name(), "short");
  operation.kind = Operation::Kind::kSign;
  Operate(service_, {operation}, &reply);
  EXPECT_EQ(reply.mesh_status(), 403);
  EXPECT_THAT(reply.operate().results(0).error(),
              StartsWith("MeshMessageInsufficientPrivilege: there is no such capability"));
}

TEST_P(OperateTest, ACapabilityThatDoesNotOpenIsOurMistake) {
  const PrivateKey another = PrivateKey::Generate(Curve::kX448);
  proto::PartitionReply reply;
  *reply.mutable_operate()->add_grants()->mutable_entry() =
      EntryOf(another, curve(), shares_.second);
  Operate(service_, {AgreeWith(Name(), point_.octets)}, &reply);
  EXPECT_EQ(reply.mesh_status(), 500);
  EXPECT_EQ(reply.operate().results(0).error(), "MeshInternalError");
}

// --- The way of a request -----------------------------------------------------------------

class OperateRequestTest : public ::testing::Test {
 protected:
  OperateRequestTest() {
    granted_.mutable_grant()->mutable_grant()->set_account_udf("MBOB");
    exchange_.sealed.message =
        R"({"Operate":{"AccountAddress":"group@Example.NET","Operations":[)"
        R"({"CryptographicOperationKeyAgreement":{"KeyId":"NCAP","PublicKey":)"
        R"({"PublicKeyECDH":{"crv":"X448","Public":")" +
        Base64UrlEncode(point_.octets) + R"("}}}}]}})";
  }

  ServiceWorld world_;
  FrontEnd front_{world_};
  TestDevice device_;
  TestExchange exchange_{world_, binding::Mode::kProfile, device_};
  const PrivateKey share_ = PrivateKey::Generate(Curve::kX448);
  const crypto::PublicKey point_ = PrivateKey::Generate(Curve::kX448).public_key();
  proto::PartitionReply granted_;
};

TEST_F(OperateRequestTest, TheOwnerIsToldTheKeyAndTheEdgeDoesTheRest) {
  front_.Send(exchange_.Body());
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  EXPECT_TRUE(world_.back_end.calls[0].request->has_grant());
  world_.back_end.Answer(granted_);
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  const proto::PartitionRequest& asked = *world_.back_end.calls[0].request;
  EXPECT_EQ(asked.account(), kGroup);
  EXPECT_EQ(asked.operate().key_ids(0), "NCAP");
  EXPECT_EQ(asked.caller().grant().account_udf(), "MBOB");
  proto::PartitionReply given;
  given.set_mesh_status(201);
  *given.mutable_operate()->add_grants()->mutable_entry() =
      EntryOf(world_.encryption, Curve::kX448, share_.scalar());
  world_.back_end.Answer(given);
  const SealedReply reply = exchange_.Read(*front_.reply());
  EXPECT_EQ(reply.status, 201);
  const std::string result = crypto::ContributeTo(point_, share_.scalar())->octets;
  EXPECT_THAT(reply.message,
              HasSubstr(R"("Results":[{"CryptographicResultKeyAgreement":{"KeyAgreement":)"
                        R"({"KeyAgreementECDH":{"Curve":"X448","Result":")" +
                        Base64UrlEncode(result)));
}

TEST_F(OperateRequestTest, ARefusalIsSealedAndClear) {
  front_.Send(exchange_.Body());
  world_.back_end.Answer(granted_);
  proto::PartitionReply given;
  given.set_mesh_status(201);
  given.mutable_operate()->add_grants();
  world_.back_end.Answer(given);
  const SealedReply reply = exchange_.Read(*front_.reply());
  EXPECT_EQ(reply.status, 403);
  EXPECT_THAT(reply.message, StartsWith(R"({"OperateResponse":{"Status":403)"));
  EXPECT_THAT(reply.message, HasSubstr(R"({"CryptographicResult":{"Error":)"));
}

TEST_F(OperateRequestTest, OneKeyIsNotUsedTooOften) {
  world_.options.operation_rate = 1;
  FrontEnd front{world_};
  for (int i = 0; i < 3; ++i) {
    TestExchange exchange(world_, binding::Mode::kProfile, device_);
    exchange.sealed.message = exchange_.sealed.message;
    front.Send(exchange.Body());
    if (i < 2) {
      EXPECT_FALSE(front.reply());
    } else {
      EXPECT_EQ(exchange.Read(*front.reply()).status, 503);
    }
  }
  EXPECT_EQ(world_.Beyond("operation-rate"), 1u);
  EXPECT_EQ(world_.BeyondAny(), 1u);
}

TEST_F(OperateRequestTest, AnUploadReachesTheOwnerWithoutItsShare) {
  exchange_.sealed.message =
      R"({"Upload":{"Updates":[{"Container":"mmm_Capability","Envelopes":[)"
      R"([{"ContentMetaData":"eyJVbmlxdWVJRCI6Ik4iLCJFdmVudCI6Ik5ldyJ9"},"c2hhcmU"]]}]}})";
  front_.Send(exchange_.Body());
  ASSERT_EQ(world_.back_end.calls.size(), 1u);
  const proto::Envelope& entry = world_.back_end.calls[0].request->upload().updates(0).envelopes(0);
  EXPECT_TRUE(entry.payload_sealed());
  EXPECT_EQ(entry.payload().find("share"), std::string::npos);
}

TEST_F(OperateRequestTest, ADownloadReachesTheClientWithIt) {
  exchange_.sealed.message = R"({"Download":{"Select":[{"Container":"mmm_Capability"}]}})";
  front_.Send(exchange_.Body());
  proto::PartitionReply reply;
  reply.set_mesh_status(201);
  proto::DownloadUpdate* update = reply.mutable_download()->add_updates();
  update->set_container("mmm_Capability");
  *update->add_envelopes() = EntryOf(world_.encryption, Curve::kX448, share_.scalar());
  world_.back_end.Answer(reply);
  EXPECT_THAT(exchange_.Read(*front_.reply()).message,
              HasSubstr(Base64UrlEncode(R"({"CatalogedCapability":{"Capability")")));
}

}  // namespace
}  // namespace mesh::frontend
