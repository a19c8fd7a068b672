#include "common/base/bytes.h"

#include <bit>
#include <cstring>

#include "common/base/check.h"

namespace mesh {
namespace {

// Between this machine's order and the network's. Compilers do not see it in a loop.
uint16_t Swapped(uint16_t value) { return __builtin_bswap16(value); }
uint32_t Swapped(uint32_t value) { return __builtin_bswap32(value); }
uint64_t Swapped(uint64_t value) { return __builtin_bswap64(value); }

template <typename T>
T NetworkOrder(T value) {
  return std::endian::native == std::endian::big ? value : Swapped(value);
}

template <typename T>
void AppendBigEndian(std::string& out, T value) {
  value = NetworkOrder(value);
  char octets[sizeof(T)];
  std::memcpy(octets, &value, sizeof value);
  out.append(octets, sizeof(T));
}

template <typename T>
T ReadBigEndian(std::string_view in) {
  MESH_CHECK(in.size() >= sizeof(T));
  T value;
  std::memcpy(&value, in.data(), sizeof value);
  return NetworkOrder(value);
}

}  // namespace

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<uint8_t>(difference | static_cast<uint8_t>(a[i] ^ b[i]));
  }
  return difference == 0;
}

void Wipe(std::string& secret) {
  volatile char* octets = secret.data();
  for (size_t i = 0; i < secret.size(); ++i) octets[i] = 0;
  secret.clear();
}

void AppendBigEndian16(std::string& out, uint16_t value) { AppendBigEndian(out, value); }
void AppendBigEndian32(std::string& out, uint32_t value) { AppendBigEndian(out, value); }
void AppendBigEndian64(std::string& out, uint64_t value) { AppendBigEndian(out, value); }
uint16_t ReadBigEndian16(std::string_view in) { return ReadBigEndian<uint16_t>(in); }
uint32_t ReadBigEndian32(std::string_view in) { return ReadBigEndian<uint32_t>(in); }
uint64_t ReadBigEndian64(std::string_view in) { return ReadBigEndian<uint64_t>(in); }

std::string ToHex(std::string_view octets) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(octets.size() * 2);
  for (const char octet : octets) {
    hex.push_back(kDigits[(octet >> 4) & 0xf]);
    hex.push_back(kDigits[octet & 0xf]);
  }
  return hex;
}

}  // namespace mesh
