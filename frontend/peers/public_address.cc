#include "frontend/peers/public_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

namespace mesh::frontend {
namespace {

struct Block4 {
  uint32_t first;
  int bits;
};
// IANA IPv4 Special-Purpose Address Registry, multicast, and the former class E.
constexpr Block4 kReserved4[] = {
    {0x00000000, 8},   // "this network"
    {0x0a000000, 8},   // private
    {0x64400000, 10},  // shared: carrier-grade NAT
    {0x7f000000, 8},   // loopback
    {0xa9fe0000, 16},  // link-local, where clouds serve metadata
    {0xac100000, 12},  // private
    {0xc0000000, 24},  // protocol assignments
    {0xc0000200, 24},  // documentation
    {0xc0586300, 24},  // 6to4 relays
    {0xc0a80000, 16},  // private
    {0xc6120000, 15},  // benchmarks
    {0xc6336400, 24},  // documentation
    {0xcb007100, 24},  // documentation
    {0xe0000000, 4},   // multicast
    {0xf0000000, 4},   // reserved, broadcast
};

using Address6 = std::array<uint8_t, 16>;
struct Block6 {
  Address6 first;
  int bits;
};
// Of the global unicast addresses, 2000::/3, those that are not.
constexpr Block6 kReserved6[] = {
    {{0x20, 0x01}, 23},              // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4
    {{0x3f, 0xff}, 20},              // documentation
};
constexpr Block6 kGlobal6{{0x20}, 3};
// An IPv4 address behind a translator (RFC 6052).
constexpr Block6 kTranslated{{0x00, 0x64, 0xff, 0x9b}, 96};

bool IsPublic4(uint32_t address) {
  return std::none_of(std::begin(kReserved4), std::end(kReserved4), [=](const Block4& block) {
    return (address ^ block.first) >> (32 - block.bits) == 0;
  });
}

bool IsIn(const Address6& address, const Block6& block) {
  for (int bit = 0; bit < block.bits; ++bit) {
    const auto octet = static_cast<size_t>(bit / 8);
    const int mask = 0x80 >> bit % 8;
    if (((address[octet] ^ block.first[octet]) & mask) != 0) return false;
  }
  return true;
}

bool IsPublic6(const Address6& address) {
  if (IsIn(address, kTranslated)) {
    uint32_t four = 0;
    for (size_t octet = 12; octet < address.size(); ++octet) four = four << 8 | address[octet];
    return IsPublic4(four);
  }
  return IsIn(address, kGlobal6) &&
         std::none_of(std::begin(kReserved6), std::end(kReserved6),
                      [&](const Block6& block) { return IsIn(address, block); });
}

}  // namespace

bool IsPublicAddress(const std::string& numeric) {
  in_addr four;
  if (::inet_pton(AF_INET, numeric.c_str(), &four) == 1) return IsPublic4(ntohl(four.s_addr));
  Address6 six;
  return ::inet_pton(AF_INET6, numeric.c_str(), six.data()) == 1 && IsPublic6(six);
}

std::vector<discovery::ServiceTarget> PublicTargets(std::vector<discovery::ServiceTarget> targets) {
  for (discovery::ServiceTarget& target : targets) {
    std::erase_if(target.addresses, [](const std::string& a) { return !IsPublicAddress(a); });
  }
  std::erase_if(targets,
                [](const discovery::ServiceTarget& target) { return target.addresses.empty(); });
  return targets;
}

}  // namespace mesh::frontend
