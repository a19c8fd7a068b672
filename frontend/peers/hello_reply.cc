#include "frontend/peers/hello_reply.h"

#include "common/binding/wire_envelope.h"
#include "common/client/codec.h"

namespace mesh::frontend {
namespace {

using binding::Encoding;

Status NotHello(const std::string& why) {
  return Status(Code::kDataLoss, "the other service's answer is no Hello: " + why);
}

Result<client::HelloReply> DecodeReply(std::string_view body) {
  const Result<binding::WireEnvelope> envelope = binding::ParseWireEnvelope(Encoding::kJson, body);
  if (!envelope.ok()) return NotHello(envelope.status().message());
  if (envelope->header.mode != binding::Mode::kNull) return NotHello("it is sealed");
  client::HelloReply hello;
  const Result<client::Outcome> outcome = client::DecodeHello(envelope->payload, &hello);
  if (!outcome.ok()) return NotHello(outcome.status().message());
  if (!outcome->success()) return NotHello("Status " + std::to_string(outcome->status));
  if (hello.profile_service && hello.profile_host && hello.connection_host) return hello;
  return NotHello("it lacks ProfileService, ProfileHost or ConnectionHost");
}

}  // namespace

std::string HelloRequestBody() {
  std::string body;
  binding::AppendWireEnvelope(Encoding::kJson, binding::WriteWireHeader(Encoding::kJson, {}),
                              client::EncodeHello(), body);
  return body;
}

Result<ConnectionHost> VerifyHelloReply(const client::HttpReply& reply, WallMillis now) {
  if (reply.status < 200 || reply.status >= 300) {
    return Status(Code::kUnavailable,
                  "the other service answers with the HTTP status " + std::to_string(reply.status));
  }
  MESH_ASSIGN(const client::HelloReply hello, DecodeReply(reply.body));
  Result<ServiceIdentity> identity =
      VerifyService(*hello.profile_service, *hello.profile_host, *hello.connection_host, now);
  if (identity.ok()) return std::move(identity->connection);
  return Status(Code::kPermissionDenied,
                "the other service does not prove who it is: " + identity.status().message());
}

}  // namespace mesh::frontend
