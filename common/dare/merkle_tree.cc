#include "common/dare/merkle_tree.h"

#include <bit>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/digest.h"

namespace mesh::dare {
namespace {

constexpr char kFormat = 1;
constexpr size_t kPrefixBytes = 9;  // Format and count.
const std::string kAbsent(kTreeDigestBytes, '\0');

std::string Join(std::string_view left, std::string_view right) {
  return std::string(crypto::Sha512(left, right));
}

uint64_t LowestBit(uint64_t value) { return value & (~value + 1); }

// All T of a container, from its payload digests.
std::vector<std::string> TreeDigests(const std::vector<std::string>& payload_digests) {
  std::vector<std::string> tree;
  tree.reserve(payload_digests.size());
  MerkleFrontier frontier;
  for (const std::string& digest : payload_digests) tree.emplace_back(frontier.Append(digest));
  return tree;
}

// Walks from frame `index` to the last of `frames`, always by the longest step
// that computing a later T takes from the T at hand: from count c (T[c - 1]) to
// c + d, where d divides c. Calls first(count) for the starting frame, then
// step(c, d) for each step.
template <typename First, typename Step>
void Walk(uint64_t index, uint64_t frames, First first, Step step) {
  uint64_t count = index + 1;
  first(count);
  while (count < frames) {
    uint64_t d = LowestBit(count);
    while (d > frames - count) d >>= 1;
    step(count, d);
    count += d;
  }
}

// Computes the digests on a path from its operands, which it counts.
class PathVerifier {
 public:
  explicit PathVerifier(const InclusionPath& path) : path_(path) {}

  // T of frame count - 1, from what its payload and the levels below `level` give.
  std::string Climb(uint64_t count, uint64_t level, std::string value, std::string left) {
    const uint64_t top = LowestBit(count);
    for (; level < top; level <<= 1) {
      left = Next();
      value = Join(left, value);
    }
    if (count != top) left = Next();
    return Join(left, value);
  }

  // T of frame count + d - 1, given T of frame count - 1.
  std::string Step(uint64_t count, uint64_t d, const std::string& tree) {
    const std::string value = Join(tree, Next());
    if (d == LowestBit(count + d)) return value;
    return Climb(count + d, d << 1, value, tree);
  }

  bool ConsumedAll() const { return good_ && next_ == path_.operands.size(); }

 private:
  std::string Next() {
    if (next_ >= path_.operands.size() || path_.operands[next_].size() != kTreeDigestBytes) {
      good_ = false;
      return kAbsent;
    }
    return path_.operands[next_++];
  }

  const InclusionPath& path_;
  size_t next_ = 0;
  bool good_ = true;
};

// Collects what a PathVerifier will ask for, in the same order.
class PathMaker {
 public:
  PathMaker(const std::vector<std::string>& payloads, const std::vector<std::string>& tree,
            std::vector<std::string>* operands)
      : payloads_(payloads), tree_(tree), operands_(*operands) {}

  void Climb(uint64_t count, uint64_t level) {
    const uint64_t top = LowestBit(count);
    for (; level < top; level <<= 1) operands_.push_back(tree_[count - level - 1]);
    if (count != top) operands_.push_back(tree_[count - top - 1]);
  }

  void Step(uint64_t count, uint64_t d) {
    const uint64_t next = count + d;
    std::string value = payloads_[next - 1];
    for (uint64_t level = 1; level < d; level <<= 1) value = Join(tree_[next - level - 1], value);
    operands_.push_back(std::move(value));
    if (d != LowestBit(next)) Climb(next, d << 1);
  }

 private:
  const std::vector<std::string>& payloads_;
  const std::vector<std::string>& tree_;
  std::vector<std::string>& operands_;
};

}  // namespace

std::string_view MerkleFrontier::digest() const {
  if (digests_.empty()) return {};
  return std::string_view(digests_).substr(digests_.size() - kTreeDigestBytes);
}

std::string_view MerkleFrontier::Append(std::string_view payload_digest) {
  MESH_CHECK(payload_digest.size() == kTreeDigestBytes);
  crypto::Digest512 value;
  payload_digest.copy(reinterpret_cast<char*>(value.data()), value.size());
  crypto::Digest512 left{};  // Absent.
  const auto take_last = [&] { digest().copy(reinterpret_cast<char*>(left.data()), left.size()); };
  for (uint64_t ones = frames_; (ones & 1) != 0; ones >>= 1) {
    take_last();
    digests_.resize(digests_.size() - kTreeDigestBytes);
    value = crypto::Sha512(left, value);
  }
  if (!digests_.empty()) take_last();
  value = crypto::Sha512(left, value);
  digests_.append(value.view());
  ++frames_;
  return digest();
}

std::string MerkleFrontier::Serialize() const {
  std::string octets;
  octets.reserve(kPrefixBytes + digests_.size());
  octets.push_back(kFormat);
  AppendBigEndian64(octets, frames_);
  octets.append(digests_);
  return octets;
}

Result<MerkleFrontier> MerkleFrontier::Restore(std::string_view octets) {
  if (octets.size() < kPrefixBytes || octets[0] != kFormat) {
    return Status(Code::kDataLoss, "Merkle frontier: not format 01");
  }
  MerkleFrontier frontier;
  frontier.frames_ = ReadBigEndian64(octets.substr(1));
  frontier.digests_ = octets.substr(kPrefixBytes);
  const auto kept = static_cast<size_t>(std::popcount(frontier.frames_));
  if (frontier.digests_.size() != kept * kTreeDigestBytes) {
    return Status(Code::kDataLoss, "Merkle frontier: " + std::to_string(frontier.frames_) +
                                       " frames need " + std::to_string(kept) + " digests");
  }
  return frontier;
}

Result<InclusionPath> MakeInclusionPath(const std::vector<std::string>& payload_digests,
                                        uint64_t index) {
  if (index >= payload_digests.size()) {
    return InvalidArgument("inclusion path: the container has no frame " + std::to_string(index));
  }
  InclusionPath path{index, payload_digests.size(), {}};
  const std::vector<std::string> tree = TreeDigests(payload_digests);
  PathMaker maker(payload_digests, tree, &path.operands);
  Walk(
      index, path.frames, [&](uint64_t count) { maker.Climb(count, 1); },
      [&](uint64_t count, uint64_t d) { maker.Step(count, d); });
  return path;
}

Status VerifyInclusionPath(const InclusionPath& path, std::string_view payload_digest,
                           std::string_view tree_digest) {
  const Status wrong(Code::kDataLoss, "inclusion path: frame " + std::to_string(path.index) +
                                          " is not in the tree with this digest");
  if (path.index >= path.frames || payload_digest.size() != kTreeDigestBytes) return wrong;
  PathVerifier verifier(path);
  std::string tree;
  Walk(
      path.index, path.frames,
      [&](uint64_t count) {
        tree = verifier.Climb(count, 1, std::string(payload_digest), kAbsent);
      },
      [&](uint64_t count, uint64_t d) { tree = verifier.Step(count, d, tree); });
  return verifier.ConsumedAll() && tree == tree_digest ? Status() : wrong;
}

}  // namespace mesh::dare
