// FoundTransport goes where the service is: to the host of the account if that is known; else
// where the user said, or where the records of its domain in DNS say (docs/PROTOCOL.md,
// "Discovery").

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/client/https_transport.h"
#include "common/client/transport.h"
#include "common/discovery/name_servers.h"
#include "common/discovery/service_target.h"
#include "tools/output/output.h"

namespace mesh::tool {

// The URL of a service of which only the domain is known, "https://mmm.DOMAIN": with that, and
// no place to connect to, DNS is asked.
std::string UrlOfDomain(std::string_view domain);

class FoundTransport final : public client::Transport {
 public:
  // `clock` and `out` outlive this. Asks DNS with the first request: `servers`, which passed
  // CheckNameServers, or if there are none those of this machine.
  FoundTransport(client::ServiceAddress address, discovery::NameServers servers, const Clock& clock,
                 Output& out);

  // Requests go to `host` from now on, host or host:port, for as long as it answers; empty: to
  // the service's front tier. Name servers that were given are asked for it with the first request.
  void UseDirect(const std::string& host);
  // The host that answered last, if it was reached so; else empty.
  const std::string& direct() const { return direct_; }

  // To the first host that can be connected to, and from then on to that one until it
  // cannot be; at the path that the service says, else at `path`.
  Result<client::HttpReply> Post(std::string_view path, const client::HttpHeaders& headers,
                                 std::string_view body, Deadline deadline) override;

 private:
  struct Host {
    std::unique_ptr<client::HttpsTransport> transport;
    std::string path;  // Empty: as asked.
  };

  Result<client::HttpReply> PostDirect(std::string_view path, const client::HttpHeaders& headers,
                                       std::string_view body, Deadline deadline);
  Status FindDirect(Deadline deadline);
  Status Find(Deadline deadline);
  void AddTargets(const std::string& domain, const std::vector<discovery::ServiceTarget>& targets);
  void Add(client::ServiceAddress address, std::string path);

  const client::ServiceAddress address_;
  const discovery::NameServers servers_;
  const Clock& clock_;
  Output& out_;
  std::vector<Host> hosts_;  // In the order of use; empty until the first request.
  size_t current_ = 0;
  std::string direct_;                                        // Empty: not used.
  std::unique_ptr<client::HttpsTransport> direct_transport_;  // To it; null until it is needed.
  Status not_found_;  // Why DNS was of no help, if it was not.
};

}  // namespace mesh::tool
