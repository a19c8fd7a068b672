#include "common/crypto/sha512_lanes.h"

#include <cstring>
#include <utility>

namespace mesh::crypto {
namespace {

// FIPS 180-4 §4.2.3.
constexpr std::array<uint64_t, 80> kRoundConstants = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817};

// §5.3.5.
constexpr std::array<uint64_t, 8> kStart = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

#if defined(__x86_64__)

// One word of each lane. The compiler makes rotations and three-way logic of AVX-512 of it
// where it may, and shifts of AVX2 elsewhere.
typedef uint64_t Vector __attribute__((vector_size(8 * kSha512Lanes)));

// These are compiled for the processor of whom they become a part.
#define MESH_LANES __attribute__((always_inline)) inline
#pragma GCC diagnostic ignored "-Wpsabi"  // None of them is called.

template <int kBits>
MESH_LANES Vector Rotate(const Vector& x) {
  return x >> kBits | x << (64 - kBits);
}

// Eight bits are a whole octet: one operation of AVX2 and not three.
MESH_LANES Vector RotateOctet(const Vector& x) {
  typedef uint8_t Octets __attribute__((vector_size(sizeof(Vector))));
  const auto octets = reinterpret_cast<Octets>(x);
  return reinterpret_cast<Vector>(__builtin_shufflevector(
      octets, octets, 1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8,  //
      17, 18, 19, 20, 21, 22, 23, 16, 25, 26, 27, 28, 29, 30, 31, 24));
}

// Eight words of the schedule: it has two such halves.
using Half = std::array<Vector, 8>;

// §6.4.2: the word for 16 rounds later, in place. `other` are the eight words behind those of
// `now`, of which the first `i` are extended already.
MESH_LANES void Extend(Half& now, const Half& other, size_t i) {
  const Vector& x = i < 7 ? now[i + 1] : other[0];
  const Vector& y = i < 2 ? other[i + 6] : now[i - 2];
  const Vector& z = i < 7 ? other[i + 1] : now[0];
  now[i] += (Rotate<1>(x) ^ RotateOctet(x) ^ x >> 7) + z + (Rotate<19>(y) ^ Rotate<61>(y) ^ y >> 6);
}

// Eight rounds a turn: more would fill the processor's first cache with code. What two rounds
// share of the majority, `bc`, is kept.
MESH_LANES void Rounds(std::array<Vector, 8>& state, Half* now, Half* other) {
  auto [a, b, c, d, e, f, g, h] = state;
  Vector bc = b ^ c;
  for (size_t first = 0; first < 80; first += 8, std::swap(now, other)) {
#pragma GCC unroll 8
    for (size_t i = 0; i < 8; ++i) {
      const Vector t1 = h + (*now)[i] + kRoundConstants[first + i] +
                        (Rotate<14>(e) ^ Rotate<18>(e) ^ Rotate<41>(e)) + (g ^ (e & (f ^ g)));
      const Vector ab = a ^ b;
      const Vector t2 = (Rotate<28>(a) ^ Rotate<34>(a) ^ Rotate<39>(a)) + (b ^ (ab & bc));
      bc = ab;
      h = g, g = f, f = e, e = d + t1;
      d = c, c = b, b = a, a = t1 + t2;
      if (first < 64) Extend(*now, *other, i);
    }
  }
  const std::array<Vector, 8> sum = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < state.size(); ++i) state[i] += sum[i];
}

MESH_LANES void Compress(Sha512LaneStates& states, const Sha512LaneBlocks& blocks) {
  std::array<Vector, 8> state;
  std::array<Half, 2> schedule;
  static_assert(sizeof state == sizeof states, "a lane's word is an element of a vector");
  static_assert(sizeof schedule == sizeof blocks);
  std::memcpy(&state, &states, sizeof state);
  std::memcpy(&schedule, &blocks, sizeof schedule);
  Rounds(state, &schedule[0], &schedule[1]);
  std::memcpy(&states, &state, sizeof state);
}

__attribute__((target("avx512f,avx512vl"))) void CompressAvx512(Sha512LaneStates& states,
                                                                const Sha512LaneBlocks& blocks) {
  Compress(states, blocks);
}

__attribute__((target("avx2"))) void CompressAvx2(Sha512LaneStates& states,
                                                  const Sha512LaneBlocks& blocks) {
  Compress(states, blocks);
}

using Compressor = void (*)(Sha512LaneStates&, const Sha512LaneBlocks&);

// Null: none for this processor.
Compressor ChooseCompressor() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) {
    return &CompressAvx512;
  }
  return __builtin_cpu_supports("avx2") ? &CompressAvx2 : nullptr;
}

Compressor ChosenCompressor() {
  static const Compressor chosen = ChooseCompressor();
  return chosen;
}

#endif

}  // namespace

Sha512LaneStates Sha512LanesStart() {
  Sha512LaneStates states;
  for (size_t i = 0; i < kStart.size(); ++i) states.words[i].fill(kStart[i]);
  return states;
}

#if defined(__x86_64__)

bool HasSha512Lanes() { return ChosenCompressor() != nullptr; }

void Sha512LanesCompress(Sha512LaneStates& states, const Sha512LaneBlocks& blocks) {
  ChosenCompressor()(states, blocks);
}

#else

bool HasSha512Lanes() { return false; }

void Sha512LanesCompress(Sha512LaneStates&, const Sha512LaneBlocks&) {}

#endif

}  // namespace mesh::crypto
