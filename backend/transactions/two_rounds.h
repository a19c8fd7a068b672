// Requests in two rounds (draft §7.3), as Upload and Post share them: entries come without
// payloads first, and the request takes effect when these have come.

#pragma once

#include <cstdint>
#include <vector>

#include "backend/model/account.h"
#include "backend/model/pending_upload.h"
#include "backend/transactions/transaction.h"

namespace mesh::proto {
class Envelope;
class PendingUploadRecord;
class UploadResponse;
}  // namespace mesh::proto

namespace mesh::backend {

// Those of `entries` that are redacted.
std::vector<PlacedEntry> RedactedOf(const std::vector<PlacedEntry>& entries);

// Keeps `record`, whose request is set and has these entries, until their payloads come, and
// answers with what the payloads may measure: `as_if` is what the account would use with the rest
// of the request. kResourceExhausted: the account has too many; then nothing was answered.
Status KeepFirstRound(const proto::PartitionRequest& request,
                      const std::vector<PlacedEntry>& entries, const Usage& as_if,
                      proto::PendingUploadRecord record, TransactionContext& context,
                      Account& account, proto::UploadResponse* response,
                      proto::PartitionReply* reply);

// Puts the entries of the second round, `brought`, in the places of the redacted ones among
// `entries`, which are all of the first. Answers kRequestSize when they are too large together.
Status FillRedacted(const std::vector<PlacedEntry>& brought, const AccountPolicy& policy,
                    const std::vector<proto::Envelope*>& entries, proto::PartitionReply* reply);

}  // namespace mesh::backend
