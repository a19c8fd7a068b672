#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

using testing::HasSubstr;
using Kind = CryptographicOperation::Kind;

constexpr char kPoint[] = R"("PublicKey":{"PublicKeyECDH":{"crv":"X448","Public":"AQI"}})";

std::string Request(std::string_view operations) {
  return R"({"Operate":{"AccountAddress":"groupw@example.com","Operations":[)" +
         std::string(operations) + "]}}";
}
std::string Agreement(std::string_view members) {
  return R"({"CryptographicOperationKeyAgreement":{)" + std::string(members) + "}}";
}

class OperateCodecTest : public testing::Test {
 protected:
  bool Decode(const std::string& json) { return DecodeRequest(json, {}, &decoded_, &failure_); }
  std::string Encode(const proto::PartitionReply& reply) {
    std::string out;
    EncodeReply(Transaction::kOperate, reply, {}, &out);
    return out;
  }
  DecodedRequest decoded_;
  DecodeFailure failure_;
};

TEST_F(OperateCodecTest, AKeyAgreementIsRead) {
  ASSERT_TRUE(
      Decode(Request(Agreement(std::string(R"("KeyId":"N","KeyCoefficient":"Aw",)") + kPoint))))
      << failure_.status.message();
  EXPECT_EQ(decoded_.account, "groupw@example.com");
  EXPECT_EQ(decoded_.request->operate().key_ids(0), "N");
  ASSERT_EQ(decoded_.operations.size(), 1u);
  EXPECT_EQ(decoded_.operations[0].kind, Kind::kKeyAgreement);
  EXPECT_EQ(decoded_.operations[0].coefficient, "\x03");
  EXPECT_EQ(decoded_.operations[0].curve, "X448");
  EXPECT_EQ(decoded_.operations[0].point, "\x01\x02");
}

TEST_F(OperateCodecTest, TheOtherOperationsAreKnown) {
  ASSERT_TRUE(
      Decode(Request(R"({"CryptographicOperationSign":{"KeyId":"A","Data":"AQ","PartialR":"AQ"}},)"
                     R"({"CryptographicOperationGenerate":{"KeyId":"B"}},)"
                     R"({"CryptographicOperationShare":{"KeyId":"C","Threshold":2,"Shares":3}})")))
      << failure_.status.message();
  ASSERT_EQ(decoded_.operations.size(), 3u);
  EXPECT_EQ(decoded_.operations[0].kind, Kind::kSign);
  EXPECT_EQ(decoded_.operations[1].kind, Kind::kGenerate);
  EXPECT_EQ(decoded_.operations[2].kind, Kind::kShare);
  EXPECT_EQ(decoded_.request->operate().key_ids(2), "C");
}

TEST_F(OperateCodecTest, AKeyOfAnotherKindLeavesNoPoint) {
  ASSERT_TRUE(Decode(Request(Agreement(R"("KeyId":"N","PublicKey":{"PublicKeyRSA":{"n":"AQ"}})"))));
  EXPECT_EQ(decoded_.operations[0].curve, "");
}

TEST_F(OperateCodecTest, WhatIsNoOperateIsRefused) {
  EXPECT_FALSE(Decode(R"({"Operate":{}})"));
  EXPECT_FALSE(Decode(R"({"Operate":{"AccountAddress":"g@example.com"}})"));
  EXPECT_FALSE(Decode(Request("")));
  EXPECT_FALSE(Decode(Request("{}")));
  EXPECT_FALSE(Decode(Request(R"({"CryptographicOperationX":{"KeyId":"N"}})")));
  EXPECT_FALSE(Decode(Request(Agreement(kPoint))));  // No KeyId.
  EXPECT_FALSE(Decode(Request(R"({"CryptographicOperationSign":{"KeyId":"A"},)"
                              R"("CryptographicOperationShare":{"KeyId":"A"}})")));
  EXPECT_FALSE(Decode(R"({"Operate":{"Operations":[)" + Agreement(R"("KeyId":"N")") + "]}}"));
}

TEST_F(OperateCodecTest, SoManyOperationsAtMost) {
  std::string operations = Agreement(R"("KeyId":"N")");
  for (int i = 1; i < 16; ++i) operations += "," + Agreement(R"("KeyId":"N")");
  EXPECT_TRUE(Decode(Request(operations)));
  EXPECT_FALSE(Decode(Request(operations + "," + Agreement(R"("KeyId":"N")"))));
  EXPECT_EQ(failure_.status.code(), Code::kResourceExhausted);
}

TEST_F(OperateCodecTest, ALongNameIsRefused) {
  EXPECT_FALSE(Decode(Request(Agreement(R"("KeyId":")" + std::string(1025, 'N') + "\""))));
  EXPECT_EQ(failure_.status.code(), Code::kResourceExhausted);
}

TEST_F(OperateCodecTest, ResultsAreAsTheReferenceWritesThem) {
  proto::PartitionReply reply;
  proto::OperateResult* result = reply.mutable_operate()->add_results();
  result->set_curve("X448");
  result->set_point("\x01\x02");
  reply.mutable_operate()->add_results()->set_error("no");
  EXPECT_EQ(Encode(reply),
            R"({"OperateResponse":{"Status":201,)"
            R"("StatusDescription":"Operation completed successfully","Results":[)"
            R"({"CryptographicResultKeyAgreement":{"KeyAgreement":{"KeyAgreementECDH":)"
            R"({"Curve":"X448","Result":"AQI"}}}},{"CryptographicResult":{"Error":"no"}}]}})");
}

}  // namespace
}  // namespace mesh
