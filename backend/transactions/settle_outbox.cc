// SettleOutbox says what became of messages that were leased (backend/model/outbox.h). It is
// asked of the owner of the account that sent them, and clients cannot ask for it.
//
// What was given up leaves the outbox in the commit that tells the sender, so that a sender is told
// once. A settlement whose lease is not the last one changes nothing: somebody else has the
// message now.

#include <algorithm>
#include <chrono>

#include "backend/model/mailbox.h"
#include "backend/model/outbox.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/mesh/message_error.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

constexpr WallMillis kPauseMax = std::chrono::milliseconds(std::chrono::hours(24)).count();
constexpr size_t kReasonBytesMax = 256;  // For people.
constexpr std::string_view kGivenUp = "MeshServiceUnavailable";

// The settlements of one account.
class Settler {
 public:
  Settler(Account& account, TransactionContext& context)
      : account_(account), context_(context), delivery_{*context.view,   context.now,
                                                        context.policy,  context.site(),
                                                        context.tally(), context.incidents} {}

  // False: its lease is not the last one, or the message is not there any more.
  Result<bool> Settle(const proto::Settlement& settlement) {
    proto::OutboxRecord record;
    MESH_ASSIGN(const std::optional<OutboxPlace> place,
                FindLeased(*context_.view, account_, settlement.id(), settlement.lease(), &record));
    if (!place) return false;
    switch (settlement.kind()) {
      case proto::Settlement::AGAIN:
        Postpone(*place, settlement, record);
        return true;
      case proto::Settlement::FAILED:
        MESH_RETURN_IF_ERROR(Tell(*place, settlement));
        break;
      default:
        break;
    }
    RemoveFromOutbox(*place, account_, *context_.view);
    return true;
  }

  void Save() {
    if (inbound_) inbound_->Save(*context_.view);
    account_.Save(*context_.view);
  }

 private:
  void Postpone(const OutboxPlace& place, const proto::Settlement& settlement,
                proto::OutboxRecord& record) {
    record.clear_lease();
    record.clear_holder();
    record.set_reason(settlement.reason().substr(0, kReasonBytesMax));
    record.set_due(std::clamp(settlement.due(), context_.now, context_.now + kPauseMax));
    ReplaceOutbox(place, record, *context_.view);
    context_.NoteDue(record.due());
  }

  // The forwarder brings what the sender is told, or we say it.
  Status Tell(const OutboxPlace& place, const proto::Settlement& settlement) {
    if (!inbound_) {
      MESH_ASSIGN(inbound_, Mailbox::Open(account_, *context_.view));
    }
    if (settlement.has_error()) return inbound_->File(settlement.error(), delivery_);
    proto::OutboxRecord record;
    proto::Envelope message;
    MESH_RETURN_IF_ERROR(ReadOutbox(*context_.view, place, &record, &message).status());
    const std::string_view error = settlement.reason().empty() ? kGivenUp : settlement.reason();
    const Undelivered what{message.unique_id(), record.recipient(), account_.address(), error};
    MESH_ASSIGN(const proto::Envelope told, MakeMessageError(what, context_.now, context_.random));
    return inbound_->File(told, delivery_);
  }

  Account& account_;
  TransactionContext& context_;
  const DeliveryContext delivery_;
  std::optional<Mailbox> inbound_;
};

}  // namespace

Status SettleOutbox(const proto::PartitionRequest& request, TransactionContext& context,
                    proto::PartitionReply* reply) {
  MESH_RETURN_IF_ERROR(AdmitMode(request, Right::kForward, reply));
  proto::SettleOutboxResponse* response = reply->mutable_settle_outbox();
  const uint32_t slot = SlotOf(context.slot_key, request.account());
  Result<Account> account = Account::Load(context.reader, slot, request.account());
  if (account.status().code() == Code::kNotFound) {  // And its messages with it.
    Accept(kSuccess, reply);
    return Status();
  }
  MESH_RETURN_IF_ERROR(account.status());
  Settler settler(*account, context);
  for (const proto::Settlement& settlement : request.settle_outbox().settlements()) {
    MESH_ASSIGN(const bool settled, settler.Settle(settlement));
    response->set_settled(response->settled() + (settled ? 1 : 0));
  }
  settler.Save();
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
