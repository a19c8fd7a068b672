// What can be said of an Upload before the account is looked at: its limits, its
// names, and which entry goes where.

#pragma once

#include <string>
#include <vector>

#include "backend/model/pending_upload.h"
#include "backend/model/policy.h"
#include "backend/transactions/transaction.h"

namespace mesh::proto {
class UploadRequest;
class UploadResponse;
enum Result : int;
}  // namespace mesh::proto

namespace mesh::backend {

// Every entry of `upload` in the order that EntryResponse.IndexRequest counts: the
// updates' in order, then Self, which goes to mmm_Inbound. Views into `upload`.
std::vector<PlacedEntry> EntriesOf(const proto::UploadRequest& upload);

// Refuses, with an answer for each entry, what breaks a limit of the service or can
// only be a mistake: too many or too large entries (413), bad names, over-long
// identifiers, a missing digest, a payload on a redacted entry (400).
Status CheckUpload(const proto::UploadRequest& upload, const AccountPolicy& policy,
                   proto::PartitionReply* reply);

// What is wrong with `entry` by itself: the limits of the service, and what can only be a mistake.
// OK when `reason` is empty.
struct EntryFault {
  ResultCode code = kMalformed;
  std::string reason;
};
EntryFault FindEntryFault(const PlacedEntry& entry, const AccountPolicy& policy);

// Refuses the request with `code`: the entry at `position` has `result` and the
// reason, the others are rejected with it; with position -1 all have `result`.
Status RefuseEntries(const ResultCode& code, proto::Result result, int position,
                     const std::string& reason, const proto::UploadRequest& upload,
                     proto::PartitionReply* reply);
// The same of a request with `count` entries, in `response`, which is part of `reply`.
Status RefuseEntries(const ResultCode& code, proto::Result result, int position,
                     const std::string& reason, int count, proto::UploadResponse* response,
                     proto::PartitionReply* reply);

}  // namespace mesh::backend
