#include "common/mesh/slot.h"

#include <bit>
#include <cstring>

namespace mesh {
namespace {

static_assert(std::endian::native == std::endian::little, "whole words are loaded as they are");

uint64_t LittleEndian64(const uint8_t* octets) {
  uint64_t value = 0;
  std::memcpy(&value, octets, sizeof value);
  return value;
}

uint64_t LittleEndian64(const uint8_t* octets, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) value |= static_cast<uint64_t>(octets[i]) << (8 * i);
  return value;
}

struct SipState {
  uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void Absorb(uint64_t word) {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }
};

}  // namespace

uint64_t SipHash(const SlotKey& key, std::string_view text) {
  const uint64_t k0 = LittleEndian64(key.data());
  const uint64_t k1 = LittleEndian64(key.data() + 8);
  SipState state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
                 k1 ^ 0x7465646279746573};
  const auto* octets = reinterpret_cast<const uint8_t*>(text.data());
  const size_t whole = text.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) state.Absorb(LittleEndian64(octets + i));
  const uint64_t last = static_cast<uint64_t>(text.size() & 0xff) << 56;
  state.Absorb(last | LittleEndian64(octets + whole, text.size() - whole));
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.Round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

uint32_t SlotOf(const SlotKey& key, std::string_view canonical_address) {
  return SlotOfHash(SipHash(key, canonical_address));
}

}  // namespace mesh
