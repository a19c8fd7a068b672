#include "tools/mesh/found_transport.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/random.h"
#include "common/discovery/host_addresses.h"
#include "common/discovery/limits.h"
#include "common/discovery/lookup.h"
#include "common/discovery/resolver.h"

namespace mesh::tool {
namespace {

using client::HttpReply;
using client::ServiceAddress;
using discovery::ServiceTarget;

constexpr std::string_view kUrlPrefix = "https://mmm.";
// HTTP: the host does not serve what was asked for.
constexpr int kMisdirected = 421;

// The domain of an address with a UrlOfDomain; empty for others.
std::string DomainOf(const ServiceAddress& address) {
  if (!address.connect.empty() || !address.url.starts_with(kUrlPrefix)) return "";
  std::string domain = address.url.substr(kUrlPrefix.size());
  return discovery::CanBeLookedUp(domain) ? domain : "";
}

uint32_t RandomNumber() { return ReadBigEndian32(crypto::RandomBytes(sizeof(uint32_t))); }

// An IPv6 address or what else a host is, with a port.
std::string WithPort(std::string host, std::string_view port) {
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return host.append(":").append(port);
}

// By name, so that curl tries its addresses side by side; by address where this machine's
// name servers were not asked.
std::string PlaceOf(const ServiceTarget& target, bool by_name) {
  return WithPort(by_name ? target.host : target.addresses.front(), std::to_string(target.port));
}

}  // namespace

std::string UrlOfDomain(std::string_view domain) { return std::string(kUrlPrefix).append(domain); }

FoundTransport::FoundTransport(ServiceAddress address, discovery::NameServers servers,
                               const Clock& clock, Output& out)
    : address_(std::move(address)), servers_(std::move(servers)), clock_(clock), out_(out) {}

void FoundTransport::Add(ServiceAddress address, std::string path) {
  hosts_.push_back(
      {std::make_unique<client::HttpsTransport>(std::move(address), clock_), std::move(path)});
}

// This machine may know mmm.DOMAIN by other ways than DNS, so that is tried when DNS is of no
// help; name servers that were given are the only way.
Status FoundTransport::Find(Deadline deadline) {
  const std::string domain = DomainOf(address_);
  if (!domain.empty()) {
    discovery::ResolverOptions options;
    options.name_servers = servers_;
    discovery::Resolver resolver(options, clock_, &RandomNumber);
    const auto targets = resolver.ResolveNow(domain, deadline);
    if (targets.ok()) {
      AddTargets(domain, *targets);
      return Status();
    }
    not_found_ = targets.status();
    if (!servers_.empty()) return Status(Code::kUnavailable, not_found_.message());
  }
  Add(address_, "");
  return Status();
}

void FoundTransport::AddTargets(const std::string& domain,
                                const std::vector<ServiceTarget>& targets) {
  for (const ServiceTarget& target : targets) {
    ServiceAddress found = address_;
    if (target.port != discovery::kDefaultPort) found.url += ":" + std::to_string(target.port);
    found.connect = PlaceOf(target, servers_.empty());
    out_.Trace("  DNS: " + domain + " is at " + found.connect + target.path);
    Add(std::move(found), target.path == discovery::kDefaultPath ? "" : target.path);
  }
}

// Whoever said where to connect to is not sent elsewhere.
void FoundTransport::UseDirect(const std::string& host) {
  if (host == direct_ || !address_.connect.empty()) return;
  direct_.clear();
  direct_transport_.reset();
  const ServiceAddress address{"https://" + host, "", address_.ca_file};
  if (host.empty() || !client::CheckServiceAddress(address).ok()) return;
  direct_ = host;
}

// By way of the name servers that were given, if any: what this machine's say, the service cannot
// have meant.
Status FoundTransport::FindDirect(Deadline deadline) {
  ServiceAddress address{"https://" + direct_, "", address_.ca_file};
  const size_t colon = direct_.rfind(':');
  const std::string host = direct_.substr(0, colon);
  if (!servers_.empty() && discovery::CanBeLookedUp(host)) {
    MESH_ASSIGN(const std::vector<std::string> addresses,
                discovery::HostAddresses(host, servers_, clock_,
                                         std::min(deadline, clock_.In(discovery::kLookupTime))));
    const std::string port = colon == std::string::npos ? std::to_string(discovery::kDefaultPort)
                                                        : direct_.substr(colon + 1);
    address.connect = WithPort(addresses.front(), port);
    out_.Trace("  DNS: " + host + " is at " + address.connect);
  }
  direct_transport_ = std::make_unique<client::HttpsTransport>(std::move(address), clock_);
  return Status();
}

// A host that cannot be reached, or is none of the service's any more, has seen nothing of the
// request: the front tier serves it.
Result<HttpReply> FoundTransport::PostDirect(std::string_view path,
                                             const client::HttpHeaders& headers,
                                             std::string_view body, Deadline deadline) {
  const Status found = direct_transport_ == nullptr ? FindDirect(deadline) : Status();
  Result<HttpReply> reply = found.ok() ? direct_transport_->Post(path, headers, body, deadline)
                                       : Result<HttpReply>(found);
  const Code code = reply.status().code();
  const bool nobody = !found.ok() || code == Code::kUnavailable || code == Code::kUnauthenticated;
  const bool not_there = nobody || (reply.ok() && reply->status == kMisdirected);
  if (!not_there) return reply;
  out_.Trace("  " + direct_ + " is of no help: " +
             (reply.ok() ? "it does not serve this name" : reply.status().message()));
  UseDirect("");
  return Post(path, headers, body, deadline);
}

Result<HttpReply> FoundTransport::Post(std::string_view path, const client::HttpHeaders& headers,
                                       std::string_view body, Deadline deadline) {
  if (!direct_.empty()) return PostDirect(path, headers, body, deadline);
  if (hosts_.empty()) MESH_RETURN_IF_ERROR(Find(deadline));
  Result<HttpReply> reply = Status(Code::kUnavailable, "not tried");
  for (size_t tried = 0; tried < hosts_.size(); ++tried) {
    Host& host = hosts_[current_];
    const std::string_view its_path = host.path.empty() ? path : host.path;
    reply = host.transport->Post(its_path, headers, body, deadline);
    if (reply.ok() || reply.status().code() != Code::kUnavailable) return reply;
    current_ = (current_ + 1) % hosts_.size();
  }
  if (not_found_.ok()) return reply;
  return Status(Code::kUnavailable, reply.status().message() + "; DNS: " + not_found_.message());
}

}  // namespace mesh::tool
