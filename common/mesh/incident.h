// An incident: traffic that was refused, or abusive, and where it came from (draft §3.1, the
// incident spool). The edge and the owners of accounts tally them; a partition keeps them;
// operators read them.
//
// It holds no payload and no secret: who, what, when and how often.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh {

namespace proto {
class Incident;
}

// Who refused, and what kind of thing; the numbers are proto::IncidentKind's.
enum class IncidentKind : int {
  kOther = 0,           // Of a later version.
  kAuthentication = 1,  // The edge did not believe the caller.
  kRate = 2,            // More than the caller's allowance.
  kRequest = 3,         // A request that is too large, or malformed.
  kConnection = 4,      // TLS or HTTP that cannot be used, or takes too long.
  kOwner = 5,           // The owner of the account refused the caller.
  kMessage = 6,         // Access control refused a message.
  kPeer = 7,            // Another service is not what it was.
};
inline constexpr size_t kIncidentKinds = 8;

// "authentication": in metrics, and for people.
std::string_view IncidentKindName(IncidentKind kind);

// In place of the source of incidents that were more than a table holds.
inline constexpr std::string_view kOtherSources = "other";

// A value.
struct Incident {
  IncidentKind kind = IncidentKind::kOther;
  std::string reason;  // The word of the metric that counts it: "ticket_expired".
  // The UDF of the device, the domain of the service or the network of the client, whichever is
  // known first; empty: nothing is.
  std::string source;
  std::string account;   // Canonical address; or empty.
  WallMillis first = 0;  // When it happened, the first and the last time.
  WallMillis last = 0;
  uint64_t count = 1;
};

// What makes two incidents one: everything but the times and the count. Unique.
std::string IncidentKey(const Incident& incident);

// Adds the times and the count of `more`, which has the same key, to `incident`.
void MergeIncident(const Incident& more, Incident& incident);

void FillIncident(const Incident& incident, proto::Incident* message);
// Empties `message`. kInvalidArgument: it can be none of ours, or is longer than one may be.
Result<Incident> TakeIncident(proto::Incident& message);

// The network of an address in text: 192.0.2.0/24 of an IPv4 one, 2001:db8:1::/48 of an IPv6 one
// (one of ::ffff:0:0/96 is an IPv4 one); empty for anything else. Who wants another address of
// such a network usually gets it, so the network is whom an operator can do something about, and
// less of a person than the address would be.
std::string NetworkOf(std::string_view address);

}  // namespace mesh
