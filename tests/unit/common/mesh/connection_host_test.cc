// Who a service is: three envelopes that must belong together.

#include "common/mesh/connection_host.h"

#include <gtest/gtest.h>

namespace mesh {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

constexpr WallMillis kNow = 1'767'225'600'000;

// A service with its keys, and what its Hello shows.
struct Service {
  PrivateKey signature = PrivateKey::Generate(Curve::kEd448);
  PrivateKey host_signature = PrivateKey::Generate(Curve::kEd448);
  KeyData authentication = MakeKeyData(PrivateKey::Generate(Curve::kX448).public_key());

  dare::Envelope ProfileService() const {
    Profile profile;
    profile.kind = ProfileKind::kService;
    profile.key_offline_signature = MakeKeyData(signature.public_key());
    profile.key_encryption = authentication;
    return *SignProfile(profile, signature);
  }
  dare::Envelope ProfileHost() const {
    Profile profile;
    profile.kind = ProfileKind::kHost;
    profile.key_offline_signature = MakeKeyData(host_signature.public_key());
    profile.key_authentication = authentication;
    return *SignProfile(profile, host_signature);
  }
  ConnectionHost Connection() const {
    return {MakeKeyData(signature.public_key()).udf, MakeKeyData(host_signature.public_key()).udf,
            authentication, kNow - 1000, kNow + 1000};
  }
  dare::Envelope ConnectionOf(const ConnectionHost& connection) const {
    return *SignConnectionHost(connection, signature);
  }
};

Code Verify(const Service& service, const dare::Envelope& connection, WallMillis now = kNow) {
  return VerifyService(service.ProfileService(), service.ProfileHost(), connection, now)
      .status()
      .code();
}

TEST(ServiceIdentity, IsWhatTheThreeSay) {
  const Service service;
  const auto identity = VerifyService(service.ProfileService(), service.ProfileHost(),
                                      service.ConnectionOf(service.Connection()), kNow);
  ASSERT_TRUE(identity.ok()) << identity.status().message();
  EXPECT_EQ(identity->service.udf(), service.Connection().service_udf);
  EXPECT_EQ(identity->connection.key_authentication, service.authentication);
  EXPECT_EQ(identity->connection.not_on_or_after, kNow + 1000);
}

TEST(ServiceIdentity, ConnectionSignedBySomebodyElseIsRefused) {
  const Service service, other;
  const dare::Envelope forged = *SignConnectionHost(service.Connection(), other.signature);
  EXPECT_EQ(Verify(service, forged), Code::kPermissionDenied);
}

TEST(ServiceIdentity, ConnectionOfAnotherServiceIsRefused) {
  const Service service, other;
  ConnectionHost connection = service.Connection();
  connection.service_udf = other.Connection().service_udf;
  EXPECT_EQ(Verify(service, service.ConnectionOf(connection)), Code::kPermissionDenied);
}

TEST(ServiceIdentity, HostThatTheServiceDoesNotNameIsRefused) {
  const Service service, other;
  EXPECT_EQ(VerifyService(service.ProfileService(), other.ProfileHost(),
                          service.ConnectionOf(service.Connection()), kNow)
                .status()
                .code(),
            Code::kPermissionDenied);
}

TEST(ServiceIdentity, KeyOfSmallOrderOrNotCanonicalIsRefused) {
  const Service service;
  ConnectionHost connection = service.Connection();
  const std::string zero(57, '\0'), beyond(56, '\xff');
  for (const std::string& octets : {zero, '\1' + zero.substr(1), beyond + '\0'}) {
    connection.key_authentication = MakeKeyData({Curve::kX448, octets});
    EXPECT_EQ(Verify(service, service.ConnectionOf(connection)), Code::kPermissionDenied);
  }
}

TEST(ServiceIdentity, IsGoodFromNotBeforeUntilNotOnOrAfter) {
  const Service service;
  const dare::Envelope connection = service.ConnectionOf(service.Connection());
  EXPECT_EQ(Verify(service, connection, kNow - 1001), Code::kFailedPrecondition);
  EXPECT_EQ(Verify(service, connection, kNow - 1000), Code::kOk);
  EXPECT_EQ(Verify(service, connection, kNow + 999), Code::kOk);
  EXPECT_EQ(Verify(service, connection, kNow + 1000), Code::kFailedPrecondition);
}

TEST(ConnectionHost, IsRefusedWithoutAKeyOrOfAnotherKind) {
  for (const std::string_view payload :
       {R"({})", R"([])", R"({"ConnectionHost":{}})", R"({"ProfileHost":{}})",
        R"({"ConnectionHost":{"ServiceUDF":"M","HostUDF":"M"}})"}) {
    EXPECT_EQ(ParseConnectionHost(payload).status().code(), Code::kInvalidArgument) << payload;
  }
}

TEST(ConnectionHost, WithASignatureKeyIsRefused) {
  const Service service;
  ConnectionHost connection = service.Connection();
  connection.key_authentication = MakeKeyData(service.signature.public_key());
  EXPECT_EQ(Verify(service, service.ConnectionOf(connection)), Code::kInvalidArgument);
}

}  // namespace
}  // namespace mesh
