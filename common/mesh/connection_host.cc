#include "common/mesh/connection_host.h"

#include "common/crypto/key_agreement.h"
#include "common/dare/seal.h"
#include "common/dare/signature.h"

namespace mesh {
namespace {

constexpr std::string_view kTag = "ConnectionHost";

bool ReadMember(json::Reader& reader, std::string_view name, ConnectionHost* out) {
  if (name == "ServiceUDF") return reader.String(&out->service_udf);
  if (name == "HostUDF") return reader.String(&out->host_udf);
  if (name == "KeyAuthentication") return ReadKeyData(reader, &out->key_authentication);
  if (name == "NotBefore") return reader.DateTime(&out->not_before);
  if (name == "NotOnOrAfter") return reader.DateTime(&out->not_on_or_after);
  return reader.Skip();
}

bool ReadTagged(json::Reader& reader, ConnectionHost* out) {
  std::string_view name;
  reader.BeginObject();
  if (!reader.NextMember(&name)) return false;
  if (name != kTag) return reader.Fail("expected the one member ConnectionHost");
  reader.BeginObject();
  while (reader.NextMember(&name)) ReadMember(reader, name, out);
  return reader.ok() && !reader.NextMember(&name);
}

Status Broken(std::string_view what) {
  return Status(Code::kPermissionDenied, "ConnectionHost: " + std::string(what));
}

// What a link of the service's chain says, against the other two.
Status CheckLinks(const ServiceIdentity& identity, const dare::Envelope& connection_host) {
  const ConnectionHost& connection = identity.connection;
  const Status signature =
      dare::VerifySignature(connection_host, identity.service.key_offline_signature.key);
  if (!signature.ok()) {
    return Broken("not signed by the ProfileService's KeyOfflineSignature: " + signature.message());
  }
  if (connection.service_udf != identity.service.udf()) {
    return Broken("ServiceUDF does not name the ProfileService");
  }
  if (connection.host_udf != identity.host.udf()) {
    return Broken("HostUDF does not name the ProfileHost");
  }
  // No exchange can be made with a key of small order; found here, it is not remembered.
  const Status usable = crypto::CheckPublicKey(connection.key_authentication.key);
  return usable.ok() ? usable : Broken("KeyAuthentication: " + usable.message());
}

}  // namespace

Result<ConnectionHost> ParseConnectionHost(std::string_view payload) {
  json::Reader reader(payload);
  ConnectionHost connection;
  ReadTagged(reader, &connection);
  if (!reader.Finish()) return InvalidArgument("ConnectionHost: " + reader.status().message());
  if (connection.key_authentication.key.curve != crypto::Curve::kX448 ||
      connection.service_udf.empty() || connection.host_udf.empty()) {
    return InvalidArgument("ConnectionHost: expected ServiceUDF, HostUDF and an X448 key");
  }
  return connection;
}

void WriteConnectionHost(const ConnectionHost& connection, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject().Member(kTag).BeginObject();
  writer.Member("ServiceUDF").String(connection.service_udf);
  writer.Member("HostUDF").String(connection.host_udf);
  writer.Member("KeyAuthentication");
  WriteKeyData(connection.key_authentication, writer);
  writer.Member("NotBefore").DateTime(connection.not_before);
  writer.Member("NotOnOrAfter").DateTime(connection.not_on_or_after);
  writer.EndObject().EndObject();
}

Result<dare::Envelope> SignConnectionHost(const ConnectionHost& connection,
                                          const crypto::PrivateKey& signer) {
  std::string payload;
  WriteConnectionHost(connection, payload);
  dare::SealOptions options;
  options.signer = &signer;
  return dare::Seal(payload, options);
}

Result<ServiceIdentity> VerifyService(const dare::Envelope& profile_service,
                                      const dare::Envelope& profile_host,
                                      const dare::Envelope& connection_host, WallMillis now) {
  ServiceIdentity identity;
  MESH_ASSIGN(identity.service, VerifySelfSigned(profile_service, ProfileKind::kService));
  MESH_ASSIGN(identity.host, VerifySelfSigned(profile_host, ProfileKind::kHost));
  MESH_ASSIGN(identity.connection, ParseConnectionHost(connection_host.payload));
  MESH_RETURN_IF_ERROR(CheckLinks(identity, connection_host));
  const ConnectionHost& connection = identity.connection;
  if (now >= connection.not_before && now < connection.not_on_or_after) return identity;
  return Status(Code::kFailedPrecondition,
                "ConnectionHost: this clock is not between its NotBefore and NotOnOrAfter");
}

}  // namespace mesh
