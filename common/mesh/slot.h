// Accounts hash into slots; slots are what partitions own and what moves between
// them. Front ends and back ends must agree on this law, so it lives below both.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mesh {

// PERSISTENT: keys on disk begin with the slot. Never change either.
inline constexpr uint32_t kSlotCount = 16384;

// A random key made with the cluster and kept in its partition map, so that
// strangers who choose account names cannot aim them at one slot.
using SlotKey = std::array<uint8_t, 16>;

// SipHash-2-4 of `text` under `key`.
uint64_t SipHash(const SlotKey& key, std::string_view text);

// The slot of an account address with this hash.
inline uint32_t SlotOfHash(uint64_t hash) { return static_cast<uint32_t>(hash % kSlotCount); }

// The slot of a canonical account address, in [0, kSlotCount).
uint32_t SlotOf(const SlotKey& key, std::string_view canonical_address);

}  // namespace mesh
