// ClusterStore over etcd 3.4's gRPC interface (proto/etcd.proto).

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/cluster/cluster_store.h"

namespace mesh::cluster {

struct EtcdOptions {
  std::vector<std::string> endpoints;  // host:port; at least one.
  // PEM texts; `authorities` empty: no TLS. The other two are for etcd's client
  // certificates, and may be empty together.
  std::string authorities;
  std::string certificate_chain;
  std::string private_key;
};

// Makes the store; connects when it is first asked. Endpoints are tried in turn: one that
// is away, has no majority behind it or does not answer costs a call part of its time and
// is left for the next one. `clock` outlives the store. kInvalidArgument: no endpoint, or half
// of a certificate.
Result<std::unique_ptr<ClusterStore>> MakeEtcdStore(const EtcdOptions& options, const Clock& clock);

}  // namespace mesh::cluster
