// The names of a cluster's keys (docs/CLUSTER.md).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::cluster {

class ClusterKeys {
 public:
  // `cluster` as CheckClusterName allows it.
  explicit ClusterKeys(std::string_view cluster) : prefix_("/mesh/" + std::string(cluster) + "/") {}

  // Of all of them.
  const std::string& prefix() const { return prefix_; }

  std::string Epoch() const { return prefix_ + "epoch"; }
  std::string Map() const { return prefix_ + "map"; }
  std::string Hold() const { return prefix_ + "hold"; }
  // Of each kind; with a name, of one.
  std::string Pins() const { return prefix_ + "pins/"; }
  std::string Pin(std::string_view account) const { return Pins() + std::string(account); }
  std::string Nodes() const { return prefix_ + "nodes/"; }
  std::string Node(std::string_view name) const { return Nodes() + std::string(name); }
  std::string Owners() const { return prefix_ + "owners/"; }
  std::string Owner(std::string_view name) const { return Owners() + std::string(name); }
  std::string Moves() const { return prefix_ + "moves/"; }
  std::string Move(std::string_view id) const { return Moves() + std::string(id); }

 private:
  std::string prefix_;
};

// Letters, digits, '-', '_' and '.', 1 to 64 of them: kInvalidArgument otherwise.
Status CheckClusterName(std::string_view name);

// A decimal number without sign: what `epoch` and `pins/` hold. Nothing if it is none.
std::optional<uint64_t> ParseDecimal(std::string_view text);

}  // namespace mesh::cluster
