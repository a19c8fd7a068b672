// One watch of EtcdStore: a thread that keeps a stream to etcd. Internal to EtcdStore.

#pragma once

#include <memory>
#include <string>

#include "common/cluster/cluster_store.h"
#include "common/cluster/etcd_channels.h"

namespace mesh::cluster {

// Of the first key behind all that begin with `prefix`, as etcd names the end of a range.
std::string EndOfPrefix(std::string prefix);

std::unique_ptr<ClusterWatch> MakeEtcdWatch(std::shared_ptr<EtcdChannels> channels,
                                            const Clock& clock, std::string prefix, Revision from,
                                            WatchEvents events);

}  // namespace mesh::cluster
