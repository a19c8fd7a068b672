#include <string>

#include "common/base/check.h"
#include "common/mesh/reply_table.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

// --- Common structures (§10.4) -----------------------------------------------------

template <typename Update>
void WriteContainer(EncodeContext& context, std::string_view name, const Update& update) {
  WriteString(context, name, update.container());
}
template <typename Update>
void WriteIndex(EncodeContext& context, std::string_view name, const Update& update) {
  context.writer.Member(name).Int(update.index());
}
template <typename Update>
void WriteDigest(EncodeContext& context, std::string_view name, const Update& update) {
  WriteBinary(context, name, update.digest());
}

constexpr ReplyMember<proto::ContainerStatus> kStatusMembers[] = {
    {"Container", true, WriteContainer},
    {"Index", true, WriteIndex},
    {"Digest", true, WriteDigest},
};
constexpr ReplyStructure<proto::ContainerStatus> kContainerStatus{"ContainerStatus",
                                                                  kStatusMembers};

constexpr ReplyMember<proto::DownloadUpdate> kUpdateStatusMembers[] = {
    {"Container", true, WriteContainer},
    {"Index", true, WriteIndex},
    {"Digest", true, WriteDigest},
};
constexpr ReplyStructure<proto::DownloadUpdate> kUpdateStatus{"ContainerStatus",
                                                              kUpdateStatusMembers};
constexpr ReplyMember<proto::DownloadUpdate> kUpdateMembers[] = {
    {"Envelopes", true,
     [](EncodeContext& context, std::string_view name, const proto::DownloadUpdate& update) {
       context.writer.Member(name).BeginArray();
       for (const proto::StoredEnvelope& envelope : update.envelopes()) {
         WriteEnvelope(context, envelope);
       }
       context.writer.EndArray();
     }},
    {"PageKey", false,
     [](EncodeContext& context, std::string_view name, const proto::DownloadUpdate& update) {
       WriteBinary(context, name, update.page_key());
     }},
};
constexpr ReplyStructure<proto::DownloadUpdate> kUpdate{"ContainerUpdate", kUpdateMembers,
                                                        &kUpdateStatus};

using proto::ConstraintsData;
constexpr ReplyMember<ConstraintsData> kDataMembers[] = {
    {"MaxEntries", true,
     [](EncodeContext& context, std::string_view name, const ConstraintsData& data) {
       if (data.has_max_entries()) context.writer.Member(name).Int(data.max_entries());
     }},
    {"BytesOffset", true,
     [](EncodeContext& context, std::string_view name, const ConstraintsData& data) {
       if (data.has_bytes_offset()) context.writer.Member(name).Int(data.bytes_offset());
     }},
    {"BytesMax", true,
     [](EncodeContext& context, std::string_view name, const ConstraintsData& data) {
       if (data.has_bytes_max()) context.writer.Member(name).Int(data.bytes_max());
     }},
    {"Header", true,
     [](EncodeContext& context, std::string_view name, const ConstraintsData& data) {
       if (data.has_header()) context.writer.Member(name).Bool(data.header());
     }},
    {"Payload", true,
     [](EncodeContext& context, std::string_view name, const ConstraintsData& data) {
       if (data.has_payload()) context.writer.Member(name).Bool(data.payload());
     }},
    {"Trailer", true,
     [](EncodeContext& context, std::string_view name, const ConstraintsData& data) {
       if (data.has_trailer()) context.writer.Member(name).Bool(data.trailer());
     }},
};
constexpr ReplyStructure<ConstraintsData> kData{"ConstraintsData", kDataMembers};

void WriteData(EncodeContext& context, std::string_view name, const ConstraintsData& data) {
  context.writer.Member(name);
  WriteObject(context, kData, data);
}

std::string_view ResultWord(proto::Result result) {
  switch (result) {
    case proto::RESULT_REJECT:
      return "Reject";
    case proto::RESULT_CONFLICT:
      return "Conflict";
    default:
      return "Accept";
  }
}

using proto::EntryResponse;
constexpr ReplyMember<EntryResponse> kEntryMembers[] = {
    {"IndexRequest", true,
     [](EncodeContext& context, std::string_view name, const EntryResponse& entry) {
       context.writer.Member(name).Int(entry.index_request());
     }},
    {"IndexContainer", true,
     [](EncodeContext& context, std::string_view name, const EntryResponse& entry) {
       if (entry.has_index_container()) context.writer.Member(name).Int(entry.index_container());
     }},
    {"Result", true,
     [](EncodeContext& context, std::string_view name, const EntryResponse& entry) {
       context.writer.Member(name).String(ResultWord(entry.result()));
     }},
    {"ConstraintsData", true,
     [](EncodeContext& context, std::string_view name, const EntryResponse& entry) {
       if (entry.has_constraints_data()) WriteData(context, name, entry.constraints_data());
     }},
    {"Error", false,
     [](EncodeContext& context, std::string_view name, const EntryResponse& entry) {
       WriteString(context, name, entry.error());
     }},
};
constexpr ReplyStructure<EntryResponse> kEntry{"EntryResponse", kEntryMembers};

// --- Responses -----------------------------------------------------------------------

// What every response begins with; the draft inherits it from the base protocol.
struct Outcome {
  int status;
  int extended;
  std::string description;
};

constexpr ReplyMember<Outcome> kOutcomeMembers[] = {
    {"Status", true,
     [](EncodeContext& context, std::string_view name, const Outcome& outcome) {
       context.writer.Member(name).Int(outcome.status);
     }},
    {"StatusExtended", true,
     [](EncodeContext& context, std::string_view name, const Outcome& outcome) {
       if (outcome.extended != 0) context.writer.Member(name).Int(outcome.extended);
     }},
    {"StatusDescription", true,
     [](EncodeContext& context, std::string_view name, const Outcome& outcome) {
       WriteString(context, name, outcome.description);
     }},
};
constexpr ReplyStructure<Outcome> kOutcome{"Response", kOutcomeMembers};

// Of the account, as the edge knows it: no owner says it.
template <typename Response>
void WriteDirectHost(EncodeContext& context, std::string_view name, const Response&) {
  if (context.direct_host.empty()) return;
  context.writer.Member(name).String(context.direct_host);
}

constexpr ReplyMember<proto::CreateResponse> kCreateMembers[] = {
    {"Reason", true,
     [](EncodeContext& context, std::string_view name, const proto::CreateResponse& create) {
       WriteString(context, name, create.reason());
     }},
    {"URL", true,
     [](EncodeContext& context, std::string_view name, const proto::CreateResponse& create) {
       WriteString(context, name, create.url());
     }},
    {"DirectHost", false, WriteDirectHost<proto::CreateResponse>},
};
constexpr ReplyStructure<proto::CreateResponse> kCreate{"CreateResponse", kCreateMembers};

using proto::StatusResponse;
constexpr ReplyMember<StatusResponse> kStatusResponseMembers[] = {
    {"EnvelopedProfileMaster", true,
     [](EncodeContext& context, std::string_view name, const StatusResponse& status) {
       if (status.enveloped_profile_master().empty()) return;
       context.writer.Member(name);
       WriteEnvelopeText(context, status.enveloped_profile_master());
     }},
    {"EnvelopedCatalogEntryDevice", true,
     [](EncodeContext& context, std::string_view name, const StatusResponse& status) {
       if (!status.has_enveloped_catalog_entry_device()) return;
       context.writer.Member(name);
       WriteEnvelope(context, status.enveloped_catalog_entry_device());
     }},
    {"ContainerStatus", true,
     [](EncodeContext& context, std::string_view name, const StatusResponse& status) {
       WriteArray(context, name, kContainerStatus, status.container_status());
     }},
    {"DirectHost", false, WriteDirectHost<StatusResponse>},
};
constexpr ReplyStructure<StatusResponse> kStatus{"StatusResponse", kStatusResponseMembers};

constexpr ReplyMember<proto::DownloadResponse> kDownloadMembers[] = {
    {"Updates", true,
     [](EncodeContext& context, std::string_view name, const proto::DownloadResponse& download) {
       WriteArray(context, name, kUpdate, download.updates());
     }},
};
constexpr ReplyStructure<proto::DownloadResponse> kDownload{"DownloadResponse", kDownloadMembers};

using proto::UploadResponse;
constexpr ReplyMember<UploadResponse> kUploadMembers[] = {
    {"Entries", true,
     [](EncodeContext& context, std::string_view name, const UploadResponse& upload) {
       WriteArray(context, name, kEntry, upload.entries());
     }},
    {"ConstraintsData", true,
     [](EncodeContext& context, std::string_view name, const UploadResponse& upload) {
       if (upload.has_constraints_data()) WriteData(context, name, upload.constraints_data());
     }},
};
constexpr ReplyStructure<UploadResponse> kUpload{"UploadResponse", kUploadMembers};

// Nothing but the result is said of a Publish, which owners take for an Upload.
void WriteResponse(EncodeContext& context, Transaction transaction,
                   const proto::PartitionReply& reply) {
  if (transaction == Transaction::kPublish) return;
  switch (reply.transaction_case()) {
    case proto::PartitionReply::kCreate:
      return WriteMembers(context, kCreate, reply.create());
    case proto::PartitionReply::kStatus:
      return WriteMembers(context, kStatus, reply.status());
    case proto::PartitionReply::kDownload:
      return WriteMembers(context, kDownload, reply.download());
    case proto::PartitionReply::kUpload:
      return WriteMembers(context, kUpload, reply.upload());
    case proto::PartitionReply::kCreateGroup:
      return WriteMembers(context, kCreate, reply.create_group());
    case proto::PartitionReply::kConnect:
      return WriteConnect(context, reply.connect());
    case proto::PartitionReply::kComplete:
      return WriteComplete(context, reply.complete());
    case proto::PartitionReply::kClaim:
      return WriteClaim(context, reply.claim());
    case proto::PartitionReply::kPollClaim:
      return WritePollClaim(context, reply.poll_claim());
    case proto::PartitionReply::kOperate:
      return WriteOperate(context, reply.operate());
    case proto::PartitionReply::kPost:
      return WriteMembers(context, kUpload, reply.post());
    case proto::PartitionReply::kGrant:  // These never leave the service.
    case proto::PartitionReply::kDeliver:
    case proto::PartitionReply::kLeaseOutbox:
    case proto::PartitionReply::kSettleOutbox:
    case proto::PartitionReply::kRecordIncidents:
    case proto::PartitionReply::kListIncidents:
    case proto::PartitionReply::kDelete:
    case proto::PartitionReply::TRANSACTION_NOT_SET:
      return;  // The result is all there is to say.
  }
}

// For people, and safe to show: quotes may stand in it, control characters not.
std::string Printable(std::string_view text) {
  std::string printable(text);
  for (char& c : printable) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return printable;
}

Outcome OutcomeOf(const proto::PartitionReply& reply) {
  if (reply.mesh_status() == 0) return {kSuccess.status, 0, std::string(kSuccess.description)};
  return {reply.mesh_status(), reply.mesh_status_extended(),
          Printable(reply.mesh_status_description())};
}

Outcome OutcomeOf(const ResultCode& code, std::string_view detail) {
  std::string description(code.description);
  if (!detail.empty()) description += ": " + Printable(detail);
  return {code.status, code.extended, std::move(description)};
}

}  // namespace

void EncodeReply(Transaction transaction, const proto::PartitionReply& reply,
                 const EncodeOptions& options, std::string* out) {
  MESH_CHECK(reply.code() == 0);
  json::Writer writer(*out, options.form);
  EncodeContext context{writer, *out, options.reference, options.direct_host};
  writer.BeginObject().Member(ResponseTag(transaction)).BeginObject();
  WriteMembers(context, kOutcome, OutcomeOf(reply));
  WriteResponse(context, transaction, reply);
  writer.EndObject().EndObject();
}

void EncodeResult(const Transaction* transaction, const ResultCode& code, std::string_view detail,
                  const EncodeOptions& options, std::string* out) {
  json::Writer writer(*out, options.form);
  EncodeContext context{writer, *out, options.reference};
  writer.BeginObject();
  writer.Member(transaction == nullptr ? "MeshResponse" : ResponseTag(*transaction)).BeginObject();
  WriteMembers(context, kOutcome, OutcomeOf(code, detail));
  if (transaction != nullptr &&
      (*transaction == Transaction::kCreateAccount || *transaction == Transaction::kCreateGroup)) {
    proto::CreateResponse create;
    create.set_reason(Printable(detail));
    WriteMembers(context, kCreate, create);
  }
  writer.EndObject().EndObject();
}

void AppendReplyRows(std::vector<MemberRow>* rows) {
  AppendRows(kContainerStatus, false, rows);
  AppendRows(kUpdate, false, rows);
  AppendRows(kData, false, rows);
  AppendRows(kEntry, false, rows);
  AppendRows(kOutcome, false, rows);
  AppendRows(kCreate, false, rows);
  AppendRows(kStatus, false, rows);
  AppendRows(kDownload, false, rows);
  AppendRows(kUpload, false, rows);
  AppendConnectReplyRows(rows);
  AppendOperateReplyRows(rows);
}

}  // namespace mesh
