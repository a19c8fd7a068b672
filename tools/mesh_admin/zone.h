// Zone data that leads devices to the hosts of a service (draft -06 §3.2, §4.1): what is under
// the service's domain, and under a name for each host, slot and pinned account.
//
// Pure; any thread.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/mesh/partition_map.h"

namespace mesh::admin {

struct ZoneOptions {
  std::string domain;               // The service's, in lower case.
  std::vector<std::string> fronts;  // Front tier, host or host:port; none: mmm.DOMAIN.
  std::string service_udf;          // TXT; empty: none.
  std::map<std::string, std::vector<std::string>, std::less<>> addresses;  // By host name.
  uint32_t ttl_seconds = 300;         // Bounds how long a moved account is sought where it was.
  std::vector<std::string> accounts;  // Canonical addresses to give a name, besides.
  bool slots = false;                 // A name for each slot.
};

// One resource record. `data` is in the form of a zone file.
struct ZoneRecord {
  std::string name;  // With the final dot.
  std::string type;  // "SRV", "TXT", "A", "AAAA".
  std::string data;
};

// The name below which an account is found, without the final dot: of its slot, or, if it is
// pinned, its own.
std::string NameOfAccount(const PartitionMap& map, std::string_view domain,
                          std::string_view canonical_address);

// The records, service first, then hosts, slots, accounts. kInvalidArgument, saying what is
// allowed, for a domain, host or address that is none; kFailedPrecondition if accounts or slots
// are asked for and their host has no direct name.
Result<std::vector<ZoneRecord>> MakeZone(const PartitionMap& map, const ZoneOptions& options);

// Of a zone file, one line.
std::string ZoneLine(const ZoneRecord& record, uint32_t ttl_seconds);

}  // namespace mesh::admin
