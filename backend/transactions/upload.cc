// Upload appends entries to the containers of an account: all of a request or none
// (draft §7.3, §10.11).
//
// A request with redacted entries is a first round: it is checked as if it were
// whole, kept, and answered with what the payloads may measure. The request that
// brings exactly those entries with their payloads completes it, and then all
// entries of the first round take effect together.

#include <map>
#include <utility>

#include "backend/model/account.h"
#include "backend/model/container.h"
#include "backend/model/pending_upload.h"
#include "backend/transactions/rows.h"
#include "backend/transactions/two_rounds.h"
#include "backend/transactions/upload_admit.h"
#include "backend/transactions/upload_check.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// Appends the entries of one request to the view it is given.
class Appender {
 public:
  Appender(TransactionContext& context, Account& account, WriteView& view, bool lenient)
      : context_(context), account_(account), view_(view), lenient_(lenient) {}

  // Runs the whole request. When it fails, `position` is the entry that was refused,
  // or -1 if the state of a container is not the one that the caller stated.
  Status Append(const proto::UploadRequest& upload) {
    for (const proto::ContainerUpdate& update : upload.updates()) {
      MESH_RETURN_IF_ERROR(AppendUpdate(update));
    }
    for (const proto::Envelope& envelope : upload.self()) {
      MESH_ASSIGN(Container* const inbound, Open(kInbound));
      MESH_RETURN_IF_ERROR(AppendEntry(envelope, *inbound));
    }
    for (const auto& [name, container] : containers_) {
      if (container.exists()) container.Save(view_);
    }
    account_.Save(view_);
    return Status();
  }

  int position() const { return position_; }
  // The index that each entry got.
  const std::vector<uint64_t>& indices() const { return indices_; }

 private:
  Status AppendUpdate(const proto::ContainerUpdate& update) {
    MESH_ASSIGN(Container* const container, Open(update.container()));
    if (!lenient_ && !Matches(update, *container)) {
      position_ = -1;
      return Status(Code::kFailedPrecondition,
                    "the container's next index or tree digest is not the one stated: "
                    "download what is new and try again");
    }
    for (const proto::Envelope& envelope : update.envelopes()) {
      MESH_RETURN_IF_ERROR(AppendEntry(envelope, *container));
    }
    return Status();
  }

  Status AppendEntry(const proto::Envelope& envelope, Container& container) {
    position_ = static_cast<int>(indices_.size());
    MESH_ASSIGN(const uint64_t index,
                container.Append(envelope, context_.policy, account_, context_.now, view_));
    indices_.push_back(index);
    return Status();
  }

  Result<Container*> Open(const std::string_view name) {
    const auto found = containers_.find(name);
    if (found != containers_.end()) return &found->second;
    MESH_ASSIGN(Container container, Container::Open(view_, account_, name));
    return &containers_.emplace(name, std::move(container)).first->second;
  }

  // Whether the container is as the caller last saw it. Who creates one, or replaces
  // the service's frame zero, counts from 0; who knows that the service makes frame
  // zero counts from 1.
  static bool Matches(const proto::ContainerUpdate& update, const Container& container) {
    const bool brings_frame_zero = update.envelopes_size() > 0 && IsFrameZero(update.envelopes(0));
    if (!container.exists()) {
      return update.digest().empty() && (!update.has_index() || update.index() == 0 ||
                                         (update.index() == 1 && !brings_frame_zero));
    }
    const bool untouched = container.head().service_made && container.next_index() == 1;
    if (update.has_index() && update.index() != static_cast<int64_t>(container.next_index()) &&
        !(untouched && brings_frame_zero && update.index() == 0)) {
      return false;
    }
    return update.digest().empty() || update.digest() == container.head().frontier.digest();
  }

  TransactionContext& context_;
  Account& account_;
  WriteView& view_;
  const bool lenient_;
  std::map<std::string, Container, std::less<>> containers_;
  std::vector<uint64_t> indices_;
  int position_ = 0;
};

// Turns what an Appender says into an answer for each entry. Failures of our own
// pass through.
Status Explain(const Status& status, int position, const proto::UploadRequest& upload,
               proto::PartitionReply* reply) {
  switch (status.code()) {
    case Code::kFailedPrecondition:
      return RefuseEntries(kConflict, proto::RESULT_CONFLICT, position, status.message(), upload,
                           reply);
    case Code::kInvalidArgument:
      return RefuseEntries(kMalformed, proto::RESULT_REJECT, position, status.message(), upload,
                           reply);
    case Code::kResourceExhausted:
      return RefuseEntries(kQuota, proto::RESULT_REJECT, position, status.message(), upload, reply);
    default:
      return status;
  }
}

// Appends everything and answers with the indices.
Status AppendAll(const proto::UploadRequest& upload, bool lenient, TransactionContext& context,
                 Account& account, proto::PartitionReply* reply) {
  Appender appender(context, account, *context.view, lenient);
  const Status appended = appender.Append(upload);
  if (!appended.ok()) return Explain(appended, appender.position(), upload, reply);
  proto::UploadResponse* response = reply->mutable_upload();
  for (size_t i = 0; i < appender.indices().size(); ++i) {
    proto::EntryResponse* entry = response->add_entries();
    entry->set_index_request(static_cast<int64_t>(i));
    entry->set_index_container(static_cast<int64_t>(appender.indices()[i]));
    entry->set_result(proto::RESULT_ACCEPT);
  }
  Accept(kSuccess, reply);
  return Status();
}

// Tries the request on a view of its own, which is thrown away, and keeps it.
Status FirstRound(const proto::PartitionRequest& request, TransactionContext& context,
                  Account& account, proto::PartitionReply* reply) {
  const proto::UploadRequest& upload = request.upload();
  WriteView trial(context.reader);
  trial.Begin();
  Account as_if = account;
  Appender appender(context, as_if, trial, request.lenient_index());
  const Status appended = appender.Append(upload);
  if (!appended.ok()) return Explain(appended, appender.position(), upload, reply);

  proto::PendingUploadRecord record;
  *record.mutable_request() = upload;
  const Status kept = KeepFirstRound(request, EntriesOf(upload), as_if.usage(), std::move(record),
                                     context, account, reply->mutable_upload(), reply);
  return kept.ok() ? kept : Explain(kept, -1, upload, reply);
}

// Every entry of `upload` in the order of EntriesOf.
std::vector<proto::Envelope*> MutableEntriesOf(proto::UploadRequest* upload) {
  std::vector<proto::Envelope*> entries;
  for (proto::ContainerUpdate& update : *upload->mutable_updates()) {
    for (proto::Envelope& envelope : *update.mutable_envelopes()) entries.push_back(&envelope);
  }
  for (proto::Envelope& envelope : *upload->mutable_self()) entries.push_back(&envelope);
  return entries;
}

}  // namespace

Status Upload(const proto::PartitionRequest& request, TransactionContext& context,
              proto::PartitionReply* reply) {
  const proto::UploadRequest& upload = request.upload();
  MESH_ASSIGN(Admitted admitted, AdmitUpload(request, upload, context, reply));
  MESH_RETURN_IF_ERROR(CheckUpload(upload, context.policy, reply));
  Account& account = admitted.account;

  const std::vector<PlacedEntry> entries = EntriesOf(upload);
  if (!RedactedOf(entries).empty()) return FirstRound(request, context, account, reply);
  if (account.usage().pending_uploads > 0) {
    const std::string id = PendingUploadId(request.caller().device_udf(), entries);
    proto::PendingUploadRecord pending;
    MESH_ASSIGN(const bool found,
                TakePendingUpload(id, context.now, account, *context.view, &pending));
    if (found) {
      proto::UploadRequest* whole = pending.mutable_request();
      MESH_RETURN_IF_ERROR(FillRedacted(entries, context.policy, MutableEntriesOf(whole), reply));
      MESH_RETURN_IF_ERROR(AdmitUpload(request, *whole, context, reply).status());
      return AppendAll(*whole, request.lenient_index(), context, account, reply);
    }
  }
  return AppendAll(upload, request.lenient_index(), context, account, reply);
}

}  // namespace mesh::backend
