// Post takes messages of an account (draft §9, §10.13): to itself, into mmm_Local, or to the
// accounts that it names.
//
// Each message has its own answer. One that nobody was sent is rejected, with the reason of its
// first recipient; the others of the request go out all the same. What is wrong with a message
// itself refuses the whole request, as in an Upload.

#include <utility>

#include "backend/model/container.h"
#include "backend/model/pending_upload.h"
#include "backend/transactions/post_check.h"
#include "backend/transactions/rows.h"
#include "backend/transactions/sending.h"
#include "backend/transactions/two_rounds.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// The answer to a message that nobody was sent.
ResultCode AnswerTo(DeliveryResult result) {
  switch (result) {
    case DeliveryResult::kUnknownAccount:
      return kUnknownAccount;
    case DeliveryResult::kFull:
      return kQuota;
    case DeliveryResult::kInvalid:
      return {400, 0, ErrorName(result)};
    default:
      return {403, 0, ErrorName(result)};
  }
}

// One request, posted into the view of its context.
class Poster {
 public:
  Poster(Account& account, Accreditation accreditation, TransactionContext& context)
      : context_(context), account_(account), sending_(account, accreditation, context) {}

  Status Post(const proto::PostRequest& post, proto::UploadResponse* response) {
    const std::vector<std::string_view> recipients(post.accounts().begin(), post.accounts().end());
    for (const proto::Envelope& message : post.messages()) {
      proto::EntryResponse* entry = NextEntry(response);
      MESH_RETURN_IF_ERROR(recipients.empty() ? Keep(message, entry)
                                              : Send(message, recipients, entry));
    }
    for (const proto::Envelope& message : post.self()) {
      MESH_RETURN_IF_ERROR(Keep(message, NextEntry(response)));
    }
    if (local_) local_->Save(*context_.view);
    sending_.Save();
    return Status();
  }

  // Entries that were taken, and why the first one was not that was not.
  int taken() const { return taken_; }
  DeliveryResult refused() const { return refused_; }
  // The entry that a failure is about.
  int position() const { return position_; }

 private:
  proto::EntryResponse* NextEntry(proto::UploadResponse* response) {
    position_ = response->entries_size();
    proto::EntryResponse* entry = response->add_entries();
    entry->set_index_request(position_);
    return entry;
  }

  Status Keep(const proto::Envelope& message, proto::EntryResponse* entry) {
    if (!local_) {
      MESH_ASSIGN(local_, Container::Open(*context_.view, account_, kLocal));
    }
    MESH_ASSIGN(const uint64_t index,
                local_->Append(message, context_.policy, account_, context_.now, *context_.view));
    MESH_RETURN_IF_ERROR(sending_.Mark(message));
    entry->set_index_container(static_cast<int64_t>(index));
    ++taken_;
    return Status();
  }

  Status Send(const proto::Envelope& message, const std::vector<std::string_view>& recipients,
              proto::EntryResponse* entry) {
    MESH_ASSIGN(const SentMessage sent, sending_.Send(message, recipients));
    if (sent.taken > 0) {
      ++taken_;
      return Status();
    }
    entry->set_result(proto::RESULT_REJECT);
    entry->set_error(std::string(ErrorName(sent.refused)));
    if (refused_ == DeliveryResult::kDelivered) refused_ = sent.refused;
    return Status();
  }

  TransactionContext& context_;
  Account& account_;
  Sending sending_;
  std::optional<Container> local_;
  int taken_ = 0;
  DeliveryResult refused_ = DeliveryResult::kDelivered;
  int position_ = 0;
};

// Turns what Poster says into an answer for each entry. Failures of our own pass through.
Status Explain(const Status& status, int position, const proto::PostRequest& post,
               proto::PartitionReply* reply) {
  if (status.code() != Code::kResourceExhausted) return status;
  return RefuseMessages(kQuota, position, status.message(), post, reply);
}

// Who sends. In reference compatibility nobody has signed.
Accreditation AccreditationOf(const proto::PartitionRequest& request) {
  return request.caller().mode() == proto::Caller::REFERENCE ? Accreditation::kNone
                                                             : Accreditation::kOwner;
}

Status PostAll(const proto::PartitionRequest& request, const proto::PostRequest& post,
               TransactionContext& context, Account& account, proto::PartitionReply* reply) {
  Poster poster(account, AccreditationOf(request), context);
  const Status posted = poster.Post(post, reply->mutable_post());
  if (!posted.ok()) return Explain(posted, poster.position(), post, reply);
  if (poster.taken() == 0 && poster.refused() != DeliveryResult::kDelivered) {
    return Refuse(AnswerTo(poster.refused()), "the message was sent to nobody", reply);
  }
  Accept(kSuccess, reply);
  return Status();
}

// The messages as PendingUploadId tells them apart from an Upload's, and by their recipients.
// Views into `place`, which is filled.
std::vector<PlacedEntry> PlacedMessages(const proto::PostRequest& post, std::string* place) {
  *place = "Post";
  for (const std::string& account : post.accounts()) place->append("\n").append(account);
  std::vector<PlacedEntry> placed;
  for (const proto::Envelope* message : MessagesOf(post)) placed.push_back({*place, message});
  return placed;
}

// What goes to mmm_Local is tried on a view of its own, which is thrown away. What recipients say
// of the rest is known when it is sent.
Status FirstRound(const proto::PartitionRequest& request, const std::vector<PlacedEntry>& messages,
                  TransactionContext& context, Account& account, proto::PartitionReply* reply) {
  const proto::PostRequest& post = request.post();
  Account as_if = account;
  WriteView trial(context.reader);
  trial.Begin();
  if (post.accounts_size() == 0) {
    TransactionContext trying = context.Over(trial);
    proto::UploadResponse ignored;
    Poster poster(as_if, AccreditationOf(request), trying);
    const Status tried = poster.Post(post, &ignored);
    if (!tried.ok()) return Explain(tried, poster.position(), post, reply);
  }
  proto::PendingUploadRecord record;
  *record.mutable_post() = post;
  const Status kept = KeepFirstRound(request, messages, as_if.usage(), std::move(record), context,
                                     account, reply->mutable_post(), reply);
  return kept.ok() ? kept : Explain(kept, -1, post, reply);
}

}  // namespace

Status Post(const proto::PartitionRequest& request, TransactionContext& context,
            proto::PartitionReply* reply) {
  const proto::PostRequest& post = request.post();
  MESH_ASSIGN(Admitted admitted, AdmitPost(request, post, context, reply));
  MESH_RETURN_IF_ERROR(CheckPost(post, context.policy, reply));
  Account& account = admitted.account;

  std::string place;
  const std::vector<PlacedEntry> messages = PlacedMessages(post, &place);
  if (!RedactedOf(messages).empty()) return FirstRound(request, messages, context, account, reply);
  if (account.usage().pending_uploads > 0) {
    const std::string id = PendingUploadId(request.caller().device_udf(), messages);
    proto::PendingUploadRecord pending;
    MESH_ASSIGN(const bool found,
                TakePendingUpload(id, context.now, account, *context.view, &pending));
    if (found) {
      proto::PostRequest* whole = pending.mutable_post();
      MESH_RETURN_IF_ERROR(FillRedacted(messages, context.policy, MutableMessagesOf(whole), reply));
      MESH_RETURN_IF_ERROR(AdmitPost(request, *whole, context, reply).status());
      MESH_RETURN_IF_ERROR(CheckPost(*whole, context.policy, reply));
      return PostAll(request, *whole, context, account, reply);
    }
  }
  return PostAll(request, post, context, account, reply);
}

}  // namespace mesh::backend
