// What a name server says: the records of one answer that belong to its question.
//
// Pure functions; any thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "common/base/status.h"

namespace mesh::discovery {

// RFC 1035 §3.2.2, RFC 3596, RFC 2782.
enum class RecordType : uint16_t {
  kAddress4 = 1,   // A
  kAlias = 5,      // CNAME
  kAuthority = 6,  // SOA
  kText = 16,
  kAddress6 = 28,  // AAAA
  kService = 33,   // SRV
};

struct Question {
  std::string name;  // In lower case, without a dot at the end.
  RecordType type = RecordType::kService;

  bool operator==(const Question&) const = default;
  bool operator<(const Question& other) const {
    return std::tie(name, type) < std::tie(other.name, other.type);
  }
};

struct ServiceRecord {
  uint16_t priority = 0;
  uint16_t weight = 0;
  uint16_t port = 0;
  std::string host;  // In lower case, as it came: perhaps no host name. Empty: ".", no service.
};

// Records of the question's type; an empty answer says that there are none.
struct DnsAnswer {
  std::vector<ServiceRecord> services;
  std::vector<std::string> texts;      // Each character string of each record.
  std::vector<std::string> addresses;  // Numeric.
  std::chrono::seconds ttl{0};         // Of the least lasting record that counted; not clamped.
};

// Reads `packet`, whose header and question are those of an answer to `question`. Records
// count if their owner is the name that was asked for, or the end of its aliases. At most
// kRecordsMax records are read.
//   kUnavailable         the name server failed or refused (its response code)
//   kFailedPrecondition  aliases that lead back, or too many of them
//   kDataLoss            not DNS, or a record that is not of its type
Result<DnsAnswer> ReadDnsAnswer(std::string_view packet, const Question& question);

}  // namespace mesh::discovery
