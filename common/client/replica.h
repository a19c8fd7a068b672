// Replica is this device's copy of one container: the frames in memory, and a DARE
// container file (common/dare/container_file.h) that other programs of the Mesh can
// read.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/client/verifier.h"
#include "common/dare/container_file.h"
#include "common/dare/envelope.h"

namespace mesh::client {

// The newest frame of one catalog entry.
struct CatalogEntry {
  int64_t index = 0;
  bool deleted = false;
};

// For one thread.
class Replica {
 public:
  // Nothing known yet.
  Replica() = default;

  // Reads a container file. kDataLoss if it is damaged: frames, digests, tree.
  static Result<Replica> Read(std::string_view octets);

  // Appends verified frames. The first of an empty replica is frame zero.
  Status Append(const dare::Envelope& envelope);

  // The container file: what Read reads. Empty if there are no frames.
  Result<std::string> Octets() const;

  int64_t frames() const { return static_cast<int64_t>(frames_.size()); }
  const dare::Envelope& frame(int64_t index) const { return frames_[static_cast<size_t>(index)]; }
  const dare::MerkleFrontier& frontier() const { return frontier_; }
  // The entries of a catalog by UniqueID.
  const std::map<std::string, CatalogEntry, std::less<>>& entries() const { return entries_; }

 private:
  Status Index(const dare::Envelope& envelope, const dare::HeaderFields& header);

  std::string cty_;
  std::vector<dare::Envelope> frames_;
  dare::MerkleFrontier frontier_;
  std::map<std::string, CatalogEntry, std::less<>> entries_;
};

}  // namespace mesh::client
