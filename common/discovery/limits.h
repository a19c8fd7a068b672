// The bounds of discovery. What comes from DNS is written by strangers: whatever goes
// beyond a bound is left out or refused, and nothing grows with it.

#pragma once

#include <chrono>
#include <cstddef>

namespace mesh::discovery {

// --- Of one answer ------------------------------------------------------------

// Records read of one answer, the rest is not looked at. Large services have a handful.
inline constexpr size_t kRecordsMax = 128;
// Aliases (CNAME) followed from the name that was asked for.
inline constexpr size_t kAliasesMax = 8;
// Octets of text (TXT) read of one answer.
inline constexpr size_t kTextBytesMax = 4096;
// Octets of a path: longer than any service needs, short enough for any HTTP server.
inline constexpr size_t kPathBytesMax = 255;

// --- Of one service -----------------------------------------------------------

// Hosts that addresses are looked up for, chosen by priority and weight. A client gives
// up after fewer (draft web-service-discovery-04 §3.3).
inline constexpr size_t kTargetsMax = 6;
// Addresses of one host, of each family.
inline constexpr size_t kAddressesMax = 4;

// --- Time ---------------------------------------------------------------------

// For one question, until the next name server or the next try.
inline constexpr std::chrono::milliseconds kQueryTime{1500};
inline constexpr int kQueryTries = 2;
// For all questions about one service.
inline constexpr std::chrono::milliseconds kLookupTime{5000};

// How long answers are kept: as DNS says, but between these. The first keeps a name
// server from being asked with every request, the second bounds what an error costs.
inline constexpr std::chrono::seconds kTtlMin{5};
inline constexpr std::chrono::seconds kTtlMax{3600};
// For "there is none": at most so long, and so long when the answer does not say.
inline constexpr std::chrono::seconds kNegativeTtlMax{300};
inline constexpr std::chrono::seconds kNegativeTtlDefault{60};

// --- Of one process -----------------------------------------------------------

// Domains looked up at a time; each holds a socket or two.
inline constexpr size_t kLookupsMax = 32;
// Callers waiting, those whose lookup has not begun included.
inline constexpr size_t kWaitingMax = 1024;
// Domains whose outcome is kept.
inline constexpr size_t kCachedDomainsMax = 1024;
// Name servers that can be given; the C library reads as many.
inline constexpr size_t kNameServersMax = 3;

}  // namespace mesh::discovery
