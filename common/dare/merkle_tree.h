// The digest of a container: one hash that fixes every payload in it, grown by a
// logarithm of hashes per append (draft dare-08 §4.2.2, as designed).
//
// With H(l, r) = SHA-512(l || r), a missing operand being 64 zero octets, and P[n]
// the payload digest of frame n:
//
//   m = n + 1; d = 1; c = P[n]
//   while m is even: c = H(T[n - d], c); d = 2d; m = m / 2
//   T[n] = H(m == 1 ? T[d / 2 - 1] : T[n - d], c)
//
// where T[d / 2 - 1] is missing for d = 1. The operands are always among T[c - 1]
// for those c that are frames with some of its lowest one bits cleared (as in a
// Fenwick tree): that is all the frontier keeps.
//
// PERSISTENT: tree digests are compared between devices and services, and the
// serialized frontier is stored with every container.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mesh::dare {

inline constexpr size_t kTreeDigestBytes = 64;

// The right edge of the tree: all that the next append needs. A value; for one
// thread. It keeps one digest for each one bit in the number of frames.
class MerkleFrontier {
 public:
  // Nothing appended.
  MerkleFrontier() = default;

  // Appends the frame whose payload has the SHA-512 digest `payload_digest` (64
  // octets, or our mistake) and returns the container's new tree digest. Computes
  // 1 + tz(frames) hashes, tz being the trailing zero bits of the new count: two on
  // average. Allocates only when the frontier grows past every earlier size.
  std::string_view Append(std::string_view payload_digest);

  // Frames appended.
  uint64_t frames() const { return frames_; }
  // T of the newest frame, valid until the next change; empty if there is none.
  std::string_view digest() const;

  // PERSISTENT. The octets: format 01; the number of frames, 8 octets big-endian;
  // then T[c - 1], 64 octets each, for every c that is frames with its lowest one
  // bits cleared, lowest c first; so the last is the tree digest.
  std::string Serialize() const;
  // kDataLoss if `octets` are not what Serialize() writes.
  static Result<MerkleFrontier> Restore(std::string_view octets);

 private:
  uint64_t frames_ = 0;
  std::string digests_;  // As serialized.
};

// Proof that a payload digest is frame `index` of the container whose newest frame
// has a given tree digest: the other operands of each hash on the way.
struct InclusionPath {
  uint64_t index = 0;
  uint64_t frames = 0;  // Of the container when the path was made.
  std::vector<std::string> operands;
};

// Makes the path for frame `index` in the container whose frames have
// `payload_digests`. Linear in their number. kInvalidArgument if `index` is not one of them.
Result<InclusionPath> MakeInclusionPath(const std::vector<std::string>& payload_digests,
                                        uint64_t index);

// OK if `path` leads from `payload_digest` to `tree_digest`; kDataLoss if not, or
// if the path has the wrong number of operands.
Status VerifyInclusionPath(const InclusionPath& path, std::string_view payload_digest,
                           std::string_view tree_digest);

}  // namespace mesh::dare
