// The bounds of what is asked of other services. Whoever can send a request in mode Service
// names the domain that is asked: every bound here limits what a stranger can make us do.

#pragma once

#include <chrono>
#include <cstddef>

namespace mesh::frontend {

// --- One Hello ----------------------------------------------------------------

// Octets of the reply: ten times a Hello with three profiles.
inline constexpr size_t kHelloBytesMax = 64 * 1024;
// For one host, connecting included; and until it must be connected.
inline constexpr std::chrono::seconds kAttemptTime{4};
inline constexpr std::chrono::seconds kConnectTime{3};
// For one domain: DNS and all attempts. Longer than a request lasts, so that the next
// request finds the outcome.
inline constexpr std::chrono::seconds kFetchTime{10};
// Hosts of a domain that are tried.
inline constexpr size_t kAttemptsMax = 4;

// --- What is kept -------------------------------------------------------------

// A service that was verified, and from when on it is verified again in the background
// if somebody asks. A key that was withdrawn is used no longer than this.
inline constexpr std::chrono::minutes kServiceTimeMax{60};
inline constexpr std::chrono::minutes kServiceRefreshTime{50};
// A failure: doubling from the first to the second while they follow each other.
inline constexpr std::chrono::seconds kFailureTimeMin{10};
inline constexpr std::chrono::seconds kFailureTimeMax{60};
// How long another service than the one known must be shown before it is believed. Long
// enough for the owner of a domain to notice that somebody else has it.
inline constexpr std::chrono::hours kCoolDown{24};
// Domains of which anything is kept, that is some 2 MB.
inline constexpr size_t kPeerDomainsMax = 4096;

// --- At a time ----------------------------------------------------------------

// Domains that are asked, and those among them that have never shown a service: strangers
// leave room for those we know.
inline constexpr size_t kFetchesMax = 32;
inline constexpr size_t kStrangerFetchesMax = 24;
// Callers who wait.
inline constexpr size_t kPeerWaitingMax = 1024;

// --- Calls to other services ---------------------------------------------------

// Calls under way.
inline constexpr size_t kPeerCallsMax = 2048;
// Services with which there is a ticket, or may be soon: some 4 kB each.
inline constexpr size_t kPeerSessionsMax = 4096;
// For one host: draft -06 §9.1.2.1 has a transfer that takes longer for overload or an attack.
inline constexpr std::chrono::seconds kCallAttemptTime{5};
// Requests that one call may take: an exchange, the request under its ticket, and once more for
// each thing that can be out of date.
inline constexpr int kCallStepsMax = 8;
// Octets of a reply: a PostResponse with a thousand entries. And of its HTTP header.
inline constexpr size_t kCallReplyBytesMax = 256 * 1024;
inline constexpr size_t kPeerHeaderBytesMax = 16 * 1024;
// Connections that are kept for the next call, and how long without one: less than hosts
// wait for a request before they close (75 s here).
inline constexpr long kPeerConnectionsMax = 256;
inline constexpr std::chrono::seconds kPeerIdleTime{45};

// --- Pins ---------------------------------------------------------------------

// Octets of the file of pins: tens of thousands of domains.
inline constexpr size_t kPinsBytesMax = 4 * 1024 * 1024;

}  // namespace mesh::frontend
