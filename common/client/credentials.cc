#include "common/client/credentials.h"

#include <utility>

#include "common/encoding/base64url.h"

namespace mesh::client {
namespace {

constexpr std::string_view kAccountHeader = "X-Mesh-Account";
constexpr std::string_view kDeviceHeader = "X-Mesh-Device";
constexpr std::string_view kConnectionHeader = "X-Mesh-Connection";

}  // namespace

Result<WireRequest> NullCredentials::Next(const Request& request) {
  return WireRequest{
      {{"Content-Type", "application/json"}}, request.message, std::string(request.tag) + ", bare"};
}

// A body that holds no Mesh response comes from something between the service and us,
// or from the service's HTTP layer.
Result<Answer> NullCredentials::Take(HttpReply reply) {
  Answer answer;
  answer.proven = true;
  if (reply.status >= 400 && !DecodeOutcome(reply.body).ok()) {
    answer.kind = Answer::Kind::kRefusal;
    answer.proven = false;
    answer.refusal = OutcomeOfHttp(reply.status);
  }
  answer.message = std::move(reply.body);
  return answer;
}

ReferenceCredentials::ReferenceCredentials(std::string account, std::string device_udf,
                                           const dare::Envelope* connection) {
  headers_.emplace_back(kAccountHeader, std::move(account));
  headers_.emplace_back(kDeviceHeader, std::move(device_udf));
  if (connection != nullptr) {
    headers_.emplace_back(kConnectionHeader, Base64UrlEncode(dare::EnvelopeText(*connection)));
  }
}

Result<WireRequest> ReferenceCredentials::Next(const Request& request) {
  MESH_ASSIGN(WireRequest wire, NullCredentials::Next(request));
  wire.headers.insert(wire.headers.end(), headers_.begin(), headers_.end());
  return wire;
}

}  // namespace mesh::client
