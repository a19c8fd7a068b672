// The way from one of our programs to a back end: the certificates of the hop, and a gRPC
// channel that is set up for it.

#pragma once

#include <memory>
#include <string>

#include "common/base/status.h"

namespace grpc {
class Channel;
}

namespace mesh {

// Where the certificates for the hop to the back ends are read from.
struct HopTlsFiles {
  std::string authorities;
  std::string certificate;
  std::string private_key;
  std::string server_name;
};

// Mutual TLS on the hop, as PEM texts. All empty: no TLS.
struct HopTls {
  std::string authorities;
  std::string certificate_chain;
  std::string private_key;
  // The name that the back end's certificate must have; empty: the address's host.
  std::string server_name;

  bool enabled() const { return !authorities.empty(); }
  bool operator==(const HopTls&) const = default;
};

// kInvalidArgument, naming the flags --backend-tls-ca, -cert and -key, when some but not all of
// the three are given.
Status CheckHopTls(const HopTlsFiles& files);

// The texts of `files`; kUnavailable names the one that cannot be read, or is empty. Blocks on the
// disk.
Result<HopTls> ReadHopTls(const HopTlsFiles& files);

// A channel to `address`, host:port, with a connection of its own, which is made when something
// is first asked. Never fails: what is wrong shows when it is used.
std::shared_ptr<grpc::Channel> MakeHopChannel(const std::string& address, const HopTls& tls);

}  // namespace mesh
