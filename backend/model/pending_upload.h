// Two-round uploads (draft §7.3): a request with redacted entries waits here,
// without effect, until a second request brings exactly those entries with their
// payloads, or until it expires.
//
// The second round is recognized by what it brings, not by a token, for the draft
// has none: the id of a pending upload is a digest over the device and, of each
// redacted entry in order, the container, EnvelopeID, UniqueID, event and
// PayloadDigest. Expiries are filed apart, under the partition, for the sweep.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/model/account.h"
#include "backend/model/policy.h"
#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class Envelope;
class PendingUploadRecord;
}  // namespace mesh::proto

namespace mesh::backend {

// An entry of an Upload and where it goes.
struct PlacedEntry {
  std::string_view container;
  const proto::Envelope* envelope;
};

// kPendingIdBytes octets.
std::string PendingUploadId(std::string_view device_udf, const std::vector<PlacedEntry>& entries);

// Keeps `record` under `id` until its `expires`, in place of an earlier one with that
// id. Counts it in the account's usage; the caller saves the account. First forgets
// the account's expired ones when there is no room; kResourceExhausted when there
// is none even so.
Status KeepPendingUpload(std::string_view id, const proto::PendingUploadRecord& record,
                         WallMillis now, Account& account, WriteView& view);

// Removes the pending upload `id` and fills `record` with it. False, and nothing
// removed, when there is none or it has expired.
Result<bool> TakePendingUpload(std::string_view id, WallMillis now, Account& account,
                               WriteView& view, proto::PendingUploadRecord* record);

// Forgets up to `limit` pending uploads that have expired by `now`, of any account but those
// whose prefix `spared` is true of.
Result<size_t> ForgetExpiredUploads(WallMillis now, size_t limit,
                                    const std::function<bool(std::string_view prefix)>& spared,
                                    WriteView& view);

}  // namespace mesh::backend
