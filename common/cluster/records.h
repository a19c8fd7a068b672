// What stands under nodes/ and owners/ (docs/CLUSTER.md), as JSON. Unknown members are
// ignored, so that the next version may add some.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::cluster {

// A back end that runs: where it is, and how busy.
struct NodeRecord {
  std::string address;      // host:port for front ends.
  std::string direct_host;  // The DNS name for devices; empty: no direct connection.
  std::string zone;         // Where it stands, in the operator's words; may be empty.
  std::string version;      // Of the program.
  std::string data_dir_id;  // Of the data directory that it serves.
  int64_t data_bytes = 0;   // On its disk.
  int64_t requests = 0;     // In a second, over the last while.

  bool operator==(const NodeRecord&) const = default;

  std::string Text() const;
  static Result<NodeRecord> Parse(std::string_view json);
};

// Whose a back end's name is.
struct OwnerRecord {
  std::string data_dir_id;
  std::string boot_id;  // Of the machine's run in which the owner wrote this.

  bool operator==(const OwnerRecord&) const = default;

  std::string Text() const;
  static Result<OwnerRecord> Parse(std::string_view json);
};

}  // namespace mesh::cluster
