// SHA-512 of four messages at once, where the processor can: a round of four costs little more
// than a round of one with AVX-512, and twice as much with AVX2. Internal to this folder; see
// HmacSha512Pair.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mesh::crypto {

inline constexpr size_t kSha512Lanes = 4;
inline constexpr size_t kSha512BlockBytes = 128;

// Whether this processor has what it takes. Constant over the process.
bool HasSha512Lanes();

// Numbers, word by word and in each word lane by lane: the lanes' states, and a block of each
// one's message. They hold what is hashed: the caller wipes them.
template <size_t kWords>
struct alignas(8 * kSha512Lanes) Sha512LaneWords {
  std::array<std::array<uint64_t, kSha512Lanes>, kWords> words;
};
using Sha512LaneStates = Sha512LaneWords<8>;
using Sha512LaneBlocks = Sha512LaneWords<kSha512BlockBytes / 8>;

// How each message begins.
Sha512LaneStates Sha512LanesStart();

// Takes one block of each message. Only where HasSha512Lanes().
void Sha512LanesCompress(Sha512LaneStates& states, const Sha512LaneBlocks& blocks);

}  // namespace mesh::crypto
