#include "backend/transactions/two_rounds.h"

#include <algorithm>
#include <string>

#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

int64_t RedactedBytesMax(const AccountPolicy& policy, const Usage& usage) {
  const uint64_t left = policy.bytes_max - std::min(policy.bytes_max, usage.bytes);
  return static_cast<int64_t>(std::min<uint64_t>(left, policy.redacted_bytes_max));
}

void AnswerFirstRound(const std::vector<PlacedEntry>& entries, int64_t bytes_max,
                      proto::UploadResponse* response, proto::PartitionReply* reply) {
  response->mutable_constraints_data()->set_bytes_max(bytes_max);
  for (size_t i = 0; i < entries.size(); ++i) {
    proto::EntryResponse* entry = response->add_entries();
    entry->set_index_request(static_cast<int64_t>(i));
    entry->set_result(proto::RESULT_ACCEPT);
    if (entries[i].envelope->redacted()) {
      entry->mutable_constraints_data()->set_bytes_max(bytes_max);
    }
  }
  Accept(kPayloadsNeeded, reply);
}

}  // namespace

std::vector<PlacedEntry> RedactedOf(const std::vector<PlacedEntry>& entries) {
  std::vector<PlacedEntry> redacted;
  for (const PlacedEntry& entry : entries) {
    if (entry.envelope->redacted()) redacted.push_back(entry);
  }
  return redacted;
}

Status KeepFirstRound(const proto::PartitionRequest& request,
                      const std::vector<PlacedEntry>& entries, const Usage& as_if,
                      proto::PendingUploadRecord record, TransactionContext& context,
                      Account& account, proto::UploadResponse* response,
                      proto::PartitionReply* reply) {
  const std::string& device = request.caller().device_udf();
  record.set_expires(context.now + context.policy.pending_upload_time.count());
  record.set_device_udf(device);
  const std::string id = PendingUploadId(device, RedactedOf(entries));
  MESH_RETURN_IF_ERROR(KeepPendingUpload(id, record, context.now, account, *context.view));
  account.Save(*context.view);
  AnswerFirstRound(entries, RedactedBytesMax(context.policy, as_if), response, reply);
  return Status();
}

Status FillRedacted(const std::vector<PlacedEntry>& brought, const AccountPolicy& policy,
                    const std::vector<proto::Envelope*>& entries, proto::PartitionReply* reply) {
  uint64_t bytes = 0;
  for (const PlacedEntry& entry : brought) bytes += entry.envelope->payload().size();
  if (bytes > policy.redacted_bytes_max) {
    return Refuse(kRequestSize,
                  "the payloads of a redacted request may have " +
                      std::to_string(policy.redacted_bytes_max) + " octets together",
                  reply);
  }
  auto next = brought.begin();
  for (proto::Envelope* entry : entries) {
    if (entry->redacted()) *entry = *(next++)->envelope;
  }
  return Status();
}

}  // namespace mesh::backend
