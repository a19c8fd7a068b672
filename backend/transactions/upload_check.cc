#include "backend/transactions/upload_check.h"

#include "backend/model/container.h"
#include "common/dare/merkle_tree.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

EntryFault TooLarge(std::string_view part, size_t allowed) {
  return {kRequestSize, std::string(part) + ": at most " + std::to_string(allowed) + " octets"};
}

}  // namespace

EntryFault FindEntryFault(const PlacedEntry& entry, const AccountPolicy& policy) {
  const proto::Envelope& envelope = *entry.envelope;
  if (const Status name = CheckContainerName(entry.container); !name.ok()) {
    return {kMalformed, name.message()};
  }
  const size_t seal = envelope.payload_sealed() ? kPayloadSealBytesMax : 0;
  if (envelope.payload().size() > policy.message_bytes_max + seal) {
    return TooLarge("payload", policy.message_bytes_max);
  }
  if (envelope.header().size() > kEnvelopeHeaderBytesMax) {
    return TooLarge("header", kEnvelopeHeaderBytesMax);
  }
  if (envelope.trailer().size() > kEnvelopeHeaderBytesMax) {
    return TooLarge("trailer", kEnvelopeHeaderBytesMax);
  }
  if (envelope.envelope_id().size() > kIdentifierBytesMax ||
      envelope.unique_id().size() > kIdentifierBytesMax) {
    return {kMalformed,
            "EnvelopeID and UniqueID: at most " + std::to_string(kIdentifierBytesMax) + " octets"};
  }
  if (envelope.payload_digest().size() != dare::kTreeDigestBytes) {
    return {kMalformed, "PayloadDigest: a redacted entry needs one, of 64 octets"};
  }
  if (envelope.redacted() && !envelope.payload().empty()) {
    return {kMalformed, "a redacted entry comes without its payload"};
  }
  return {};
}

std::vector<PlacedEntry> EntriesOf(const proto::UploadRequest& upload) {
  std::vector<PlacedEntry> entries;
  for (const proto::ContainerUpdate& update : upload.updates()) {
    for (const proto::Envelope& envelope : update.envelopes()) {
      entries.push_back({update.container(), &envelope});
    }
  }
  for (const proto::Envelope& envelope : upload.self()) entries.push_back({kInbound, &envelope});
  return entries;
}

Status CheckUpload(const proto::UploadRequest& upload, const AccountPolicy& policy,
                   proto::PartitionReply* reply) {
  if (static_cast<size_t>(upload.updates_size()) > kUpdatesPerRequestMax) {
    return Refuse(kRequestSize,
                  "Updates: at most " + std::to_string(kUpdatesPerRequestMax) + " containers",
                  reply);
  }
  for (const proto::ContainerUpdate& update : upload.updates()) {
    MESH_RETURN_IF_ERROR(CheckContainerName(update.container()));
  }
  const std::vector<PlacedEntry> entries = EntriesOf(upload);
  if (entries.size() > kEntriesPerRequestMax) {
    return Refuse(kRequestSize,
                  "an Upload has at most " + std::to_string(kEntriesPerRequestMax) + " entries",
                  reply);
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    const EntryFault fault = FindEntryFault(entries[i], policy);
    if (fault.reason.empty()) continue;
    return RefuseEntries(fault.code, proto::RESULT_REJECT, static_cast<int>(i), fault.reason,
                         upload, reply);
  }
  return Status();
}

Status RefuseEntries(const ResultCode& code, proto::Result result, int position,
                     const std::string& reason, const proto::UploadRequest& upload,
                     proto::PartitionReply* reply) {
  int count = upload.self_size();
  for (const proto::ContainerUpdate& update : upload.updates()) count += update.envelopes_size();
  return RefuseEntries(code, result, position, reason, count, reply->mutable_upload(), reply);
}

Status RefuseEntries(const ResultCode& code, proto::Result result, int position,
                     const std::string& reason, int count, proto::UploadResponse* response,
                     proto::PartitionReply* reply) {
  response->Clear();
  for (int i = 0; i < count; ++i) {
    proto::EntryResponse* entry = response->add_entries();
    entry->set_index_request(i);
    const bool guilty = position < 0 || position == i;
    entry->set_result(guilty ? result : proto::RESULT_REJECT);
    entry->set_reason(guilty ? reason : "not applied because of another entry");
  }
  return Refuse(code, reason, reply);
}

}  // namespace mesh::backend
