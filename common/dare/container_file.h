// A container file as other programs of the Mesh write it: frames one after the
// other, frame zero saying of which kind (draft dare-08 §5). The
// service stores entries in its own way; this is for exchange and for tests.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/dare/envelope.h"
#include "common/dare/frame.h"
#include "common/dare/header.h"
#include "common/dare/merkle_tree.h"

namespace mesh::dare {

// Frame zero of a Merkle container that holds entries of media type `cty`, as an
// envelope: header with ContainerInfo, empty payload, trailer with PayloadDigest
// and TreeDigest.
Envelope FrameZero(std::string_view cty);

// The frame whose position frame `index` (> 0) records as TreePosition: its
// nearest neighbour in the tree (draft dare-08 appendix C).
int64_t PreviousFrame(int64_t index);

// Builds a Merkle container in memory. For one thread.
class ContainerWriter {
 public:
  // Starts with frame zero.
  explicit ContainerWriter(std::string_view cty);

  // Appends an entry: the header's service members are replaced by its Index and
  // TreePosition, and the trailer becomes PayloadDigest, TreeDigest and the
  // signatures it had. Returns the index. kInvalidArgument if the header or
  // trailer cannot be read, or the envelope has no payload; then nothing is appended.
  Result<int64_t> Append(const Envelope& envelope);

  const std::string& octets() const { return octets_; }
  int64_t frames() const { return static_cast<int64_t>(positions_.size()); }

 private:
  std::string octets_;
  std::vector<uint64_t> positions_;  // Offset of each frame.
  MerkleFrontier frontier_;
};

// One frame of a container that has been read. Views into its octets.
struct ContainerFrame {
  FrameView frame;
  uint64_t position = 0;
};

// Splits a whole container into frames. kInvalidArgument, naming the frame and
// the offset, if the octets are not a sequence of whole frames, frame zero is
// missing, or indices or tree positions (where given) are not what they must be.
Result<std::vector<ContainerFrame>> ReadContainer(std::string_view octets);

// Checks every PayloadDigest of `frames`, and every TreeDigest too if
// `tree_digests` (only meaningful for containers that compute it as designed). kDataLoss names the
// first frame that differs.
Status VerifyContainer(const std::vector<ContainerFrame>& frames, bool tree_digests);

}  // namespace mesh::dare
