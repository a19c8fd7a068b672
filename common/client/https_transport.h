// HttpsTransport speaks HTTPS through libcurl: TLS verified against the machine's
// certificates or one CA file, the connection kept between requests. It is for
// people and scripts, not for load.

#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/client/transport.h"

namespace mesh::client {

// Where a service is.
struct ServiceAddress {
  std::string url;      // "https://example.com:8443"; a scheme, a host, perhaps a port.
  std::string connect;  // HOST:PORT to connect to instead of what DNS says; empty: as the URL says.
  std::string ca_file;  // Certificates to trust, PEM; empty: the machine's.

  bool operator==(const ServiceAddress&) const = default;
};

// kInvalidArgument, saying what is allowed, if `address` is not of that form.
Status CheckServiceAddress(const ServiceAddress& address);

class HttpsTransport final : public Transport {
 public:
  // Octets of a reply: more than any page of a download.
  static constexpr size_t kReplyBytesMax = 32 * 1024 * 1024;
  // From the first packet to the end of the TLS handshake.
  static constexpr std::chrono::seconds kConnectTime{10};

  // `address` has passed CheckServiceAddress; `clock` outlives this. Connects
  // with the first request.
  HttpsTransport(ServiceAddress address, const Clock& clock);
  ~HttpsTransport() override;

  Result<HttpReply> Post(std::string_view path, const HttpHeaders& headers, std::string_view body,
                         Deadline deadline) override;

 private:
  struct Curl;
  const ServiceAddress address_;
  const Clock& clock_;
  std::unique_ptr<Curl> curl_;
};

}  // namespace mesh::client
