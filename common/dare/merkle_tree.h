// The digest of a container: one hash that fixes every payload in it, grown by a
// logarithm of hashes per append (draft dare-08 §4.2.2, as designed; wire.md 5.5).
//
// With H(l, r) = SHA-512(l || r), a missing operand being 64 zero octets, and P[n]
// the payload digest of frame n:
//
//   m = n + 1; d = 1; c = P[n]
//   while m is even: c = H(T[n - d], c); d = 2d; m = m / 2
//   T[n] = H(m == 1 ? T[d / 2 - 1] : T[n - d], c)
//
// where T[d / 2 - 1] is missing for d = 1. So T[n] depends on P[n] and on the few T
// that the frontier keeps: T[2^k - 1], and for each bit of n + 1 one more.
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
// thread. At most 1 + log2(frames) digests.
class MerkleFrontier {
 public:
  // Nothing appended.
  MerkleFrontier() = default;

  // Appends the frame whose payload has the SHA-512 digest `payload_digest` (64
  // octets, or our mistake) and returns the container's new tree digest. Computes
  // 1 + tz(frames) hashes, tz being the trailing zero bits of the new count: two on
  // average. Does not allocate in the long run.
  const std::string& Append(std::string_view payload_digest);

  // Frames appended.
  uint64_t frames() const { return frames_; }
  // T of the newest frame; empty if there is none.
  const std::string& digest() const { return digest_; }

  // PERSISTENT. The octets: format 01; the number of frames, 8 octets big-endian;
  // T of the newest frame, 64 octets, unless there is no frame; then each kept
  // digest, 64 octets, lowest frame first. Their number follows from the count.
  std::string Serialize() const;
  // kDataLoss if `octets` are not what Serialize() writes.
  static Result<MerkleFrontier> Restore(std::string_view octets);

 private:
  struct Kept {
    uint64_t frame;
    std::string digest;  // T[frame].
  };
  std::string_view At(uint64_t frame) const;
  void Prune();

  uint64_t frames_ = 0;
  std::string digest_;
  std::vector<Kept> kept_;  // By frame, ascending; never the newest unless needed later.
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
