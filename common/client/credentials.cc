#include "common/client/credentials.h"

#include <utility>

#include "common/encoding/base64url.h"

namespace mesh::client {
namespace {

constexpr std::string_view kAccountHeader = "X-Mesh-Account";
constexpr std::string_view kDeviceHeader = "X-Mesh-Device";
constexpr std::string_view kConnectionHeader = "X-Mesh-Connection";

HttpHeaders JsonHeaders() { return {{"Content-Type", "application/json"}}; }

}  // namespace

Result<WireRequest> NullCredentials::Wrap(std::string payload) {
  return WireRequest{JsonHeaders(), std::move(payload)};
}

Result<std::string> NullCredentials::Unwrap(std::string body) { return body; }

ReferenceCredentials::ReferenceCredentials(std::string account, std::string device_udf,
                                           const dare::Envelope* connection)
    : headers_(JsonHeaders()) {
  headers_.emplace_back(kAccountHeader, std::move(account));
  headers_.emplace_back(kDeviceHeader, std::move(device_udf));
  if (connection != nullptr) {
    headers_.emplace_back(kConnectionHeader, Base64UrlEncode(dare::EnvelopeText(*connection)));
  }
}

Result<WireRequest> ReferenceCredentials::Wrap(std::string payload) {
  return WireRequest{headers_, std::move(payload)};
}

Result<std::string> ReferenceCredentials::Unwrap(std::string body) { return body; }

}  // namespace mesh::client
