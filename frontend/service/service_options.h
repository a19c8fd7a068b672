// What the service is told at start: names, limits, and whom it believes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/limits.h"

namespace mesh::frontend {

// First messages of exchanges that are tried for each exchange that is allowed. What is
// nothing but random octets is found out after a fifth of an exchange's work.
inline constexpr int kOpeningsPerExchange = 3;

// Verifications of signatures, each 0.2 ms, that cost as much as an exchange. An exchange needs two
// at most; the request in it may ask for many more.
inline constexpr float kVerificationsPerExchange = 4;
// Sealing a capability makes a key and an agreement, 0.4 ms.
inline constexpr uint64_t kVerificationsPerSeal = 2;

struct ServiceOptions {
  std::vector<std::string> domains;  // Served; lower case, at least one.
  std::vector<std::string> names;    // Further names of this node that Host may say.
  // Bare requests are accepted for every transaction and the caller is whom the
  // transport says. Only on loopback; the program sees to that.
  bool reference_compatibility = false;
  // Where a person goes when CreateAccount is refused by policy; empty: nowhere.
  std::string account_url;
  bool log_requests = false;  // A line for each request.

  size_t message_bytes_max = kMessageBytesMax;
  size_t request_bytes_max = kRequestBytesMax;
  // Of one event loop: requests under way and the octets of their bodies.
  size_t in_flight_max = 4096;
  size_t body_bytes_in_flight_max = 256 * 1024 * 1024;
  // Of one account on one event loop: requests per second, and as many seconds' worth
  // at once. 0: no bound.
  size_t account_rate = 10'000;
  size_t account_burst_seconds = 2;
  // Of one account with one key of Operate on one event loop: operations per second, and as many
  // seconds' worth at once. People decrypt one thing after another; who has stolen a member's
  // share is to be slowed down until it is noticed. 0: no bound.
  size_t operation_rate = 20;
  // Exchanges per second of one event loop, and as many at once: each costs about 1 ms of
  // CPU, and anybody can ask for one. Half of the loop stays for tickets, a third when others
  // send what only looks like an exchange (kOpeningsPerExchange). 0: no bound.
  size_t exchange_rate = 500;
  // How long a ticket is good, seconds: an exchange a day, and what a stolen one is worth.
  uint32_t ticket_seconds = 24 * 60 * 60;
};

}  // namespace mesh::frontend
