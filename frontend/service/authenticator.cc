#include "frontend/service/authenticator.h"

#include "common/base/limits.h"
#include "common/crypto/digest.h"
#include "common/dare/envelope.h"
#include "common/encoding/base64url.h"
#include "common/mesh/account_address.h"

namespace mesh::frontend {
namespace {

constexpr std::string_view kAccountHeader = "X-Mesh-Account";
constexpr std::string_view kDeviceHeader = "X-Mesh-Device";
constexpr std::string_view kConnectionHeader = "X-Mesh-Connection";

Status InHeader(std::string_view header, const Status& status) {
  return InvalidArgument(std::string(header) + ": " + status.message());
}

Result<std::string> ConnectionDigest(std::string_view header) {
  if (header.empty()) return std::string();
  const Result<std::string> text = Base64UrlDecode(header, Base64Mode::kTolerant);
  if (!text.ok()) return InHeader(kConnectionHeader, text.status());
  json::Options options;
  options.tolerant_base64 = true;
  const Result<dare::Envelope> envelope = dare::ParseEnvelope(*text, options);
  if (!envelope.ok()) return InHeader(kConnectionHeader, envelope.status());
  return std::string(crypto::Sha512(envelope->payload).view());
}

Result<std::string> CallersAccount(const http::Request& http, const DecodedRequest& request) {
  const bool named = !request.account.empty();
  const std::string_view text = named ? request.account : http.Header(kAccountHeader);
  if (text.empty()) {
    return Status(Code::kUnauthenticated,
                  "nobody is calling; name the account in Account or in X-Mesh-Account");
  }
  const Result<AccountAddress> address = AccountAddress::Parse(text);
  if (!address.ok()) return named ? address.status() : InHeader(kAccountHeader, address.status());
  return address->canonical();
}

}  // namespace

Result<CallerIdentity> Authenticator::Identify(const http::Request& http,
                                               const DecodedRequest& request) const {
  CallerIdentity caller;
  if (request.transaction == Transaction::kHello) return caller;
  if (!reference_compatibility_) {
    return Status(Code::kUnauthenticated, "only Hello is served to a caller who is not known");
  }
  caller.mode = CallerIdentity::Mode::kReference;
  MESH_ASSIGN(caller.account, CallersAccount(http, request));
  const std::string_view device = http.Header(kDeviceHeader);
  if (device.size() > kIdentifierBytesMax) {
    return InvalidArgument("X-Mesh-Device: longer than " + std::to_string(kIdentifierBytesMax));
  }
  caller.device_udf.assign(device);
  MESH_ASSIGN(caller.connection_digest, ConnectionDigest(http.Header(kConnectionHeader)));
  return caller;
}

}  // namespace mesh::frontend
