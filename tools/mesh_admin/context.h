// What a command works with: the options that all commands share, and what is made from
// them when a command first asks for it.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/cluster/cluster_keys.h"
#include "common/cluster/cluster_options.h"
#include "common/cluster/cluster_store.h"
#include "common/hop/channel.h"
#include "common/moves/move_ledger.h"
#include "common/operator/back_ends.h"
#include "tools/output/output.h"

namespace mesh::admin {

struct Options {
  std::string map_file;
  cluster::ClusterOptions cluster;
  HopTlsFiles tls;
  int timeout_seconds = 5;
  bool json = false;
  std::string config_file;
};

// For one command, on one thread.
class Context {
 public:
  Context(const Options& options, const Clock& clock, tool::Output& out)
      : options_(options), clock_(clock), out_(out) {}

  const Options& options() const { return options_; }
  const Clock& clock() const { return clock_; }
  tool::Output& out() { return out_; }

  // The cluster's store and the names of its keys. kInvalidArgument: no cluster is given.
  Result<cluster::ClusterStore*> OpenStore();
  cluster::ClusterKeys keys() const { return cluster::ClusterKeys(options_.cluster.cluster); }
  // The moves of the cluster. As OpenStore.
  Result<MoveLedger*> OpenLedger();
  // By when the store must have answered one question.
  Deadline Soon() const { return clock_.In(std::chrono::seconds(options_.timeout_seconds)); }

  // The partition map, of the file or of the cluster. kInvalidArgument: none is given, or it is
  // none. Blocks on the disk, or on the cluster's store.
  Result<PartitionMap> ReadMap();
  // The way to the back ends of the map. As ReadMap, and for the files of the hop's TLS.
  Result<BackEnds*> OpenBackEnds();

  // Something of the answer is missing, and why: standard error says it at once, once, and the
  // exit code in the end.
  void Missing(const Status& why);
  bool partial() const { return !missing_.empty(); }

  // Ends a command: for programs, what is missing.
  void Finish();

 private:
  const Options options_;
  const Clock& clock_;
  tool::Output& out_;
  std::unique_ptr<cluster::ClusterStore> store_;
  std::optional<MoveLedger> ledger_;  // Over store_.
  std::optional<BackEnds> back_ends_;
  std::vector<std::string> missing_;
};

}  // namespace mesh::admin
