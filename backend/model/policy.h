// What an operator decides about the accounts of a service: how much each may
// hold, and who may make one. Published in Hello, enforced here.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/limits.h"

namespace mesh::backend {

// Two-round uploads of one account that wait for their payloads. A client needs
// one at a time; each may hold a request of entries.
inline constexpr uint32_t kPendingUploadsMax = 8;

// A value, made at start and shared as const by all partitions of a process.
struct AccountPolicy {
  // --- Quotas of each account ---------------------------------------------------
  uint64_t bytes_max = kAccountBytesMax;  // Headers, payloads and trailers.
  uint64_t entries_max = kAccountEntriesMax;
  uint32_t containers_max = kAccountContainersMax;
  size_t message_bytes_max = kMessageBytesMax;
  // Payload octets that the second round of a redacted upload may bring: what fits
  // into one request as base64, with as much again for the rest.
  size_t redacted_bytes_max = kRequestBytesMax / 2;
  std::chrono::milliseconds pending_upload_time = kPendingUploadTime;

  // --- Strangers ----------------------------------------------------------------
  // Connections that may be asked for in an hour: each is a message in the spool of
  // somebody who did not ask for it.
  uint32_t connect_requests_per_hour = 32;

  // --- Limits of one reply ----------------------------------------------------------
  size_t page_entries_max = kPageEntriesMax;
  size_t page_bytes_max = kPageBytesMax;

  // --- Who may make an account ------------------------------------------------------
  bool registration_open = true;
  // Local parts that nobody may register, in lower case; compared without case.
  std::vector<std::string> reserved_names;
  // Where a refused registration goes on (CreateResponse.URL); may be empty.
  std::string registration_url;
};

}  // namespace mesh::backend
