// Deliver hands messages of one sender to the owner of their recipient (draft §9.1.2): asked by
// our own forwarder for messages of the outbox, or for another service that posts them. Clients
// cannot ask for it.
//
// The sender's owner, or the other service, answers for the sender; what this recipient takes is
// decided here. Asking again changes nothing (backend/model/mailbox.h).

#include "backend/model/mailbox.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/base/limits.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

std::string_view DomainOf(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

// Another service speaks for the addresses of its own domain only.
Status CheckOrigin(const proto::Caller& caller, const proto::DeliverRequest& deliver,
                   proto::PartitionReply* reply) {
  const bool own = caller.mode() == proto::Caller::FORWARDER;
  const bool good =
      own ? deliver.domain().empty()
          : deliver.domain() == caller.domain() && DomainOf(deliver.sender()) == caller.domain();
  if (good) return Status();
  return RefuseCaller(proto::REFUSAL_SENDER, "the sender is not of the service that transmits",
                      reply);
}

Status CheckAmount(const proto::DeliverRequest& deliver) {
  if (deliver.sender().empty()) return InvalidArgument("a delivery names its sender");
  if (static_cast<size_t>(deliver.messages_size()) <= kPostMessagesMax) return Status();
  return InvalidArgument("a delivery has at most " + std::to_string(kPostMessagesMax) +
                         " messages");
}

Accreditation AccreditationOf(const proto::DeliverRequest& deliver,
                              const proto::Envelope& message) {
  if (message.signer_profile_digest().empty()) return Accreditation::kNone;
  return deliver.domain().empty() ? Accreditation::kOwner : Accreditation::kSigned;
}

bool Sound(const proto::DeliverRequest& deliver, const proto::Envelope& message,
           const AccountPolicy& policy) {
  const bool sender = message.sender().empty() || message.sender() == deliver.sender();
  return sender && !message.envelope_id().empty() && !message.redacted() &&
         message.payload().size() <= policy.message_bytes_max;
}

void Fill(DeliveryResult result, proto::Delivery* delivery) {
  if (Delivered(result)) return;
  delivery->set_result(proto::RESULT_REJECT);
  delivery->set_error(std::string(ErrorName(result)));
  delivery->set_again(NotNow(result));
}

// Of a message that no mailbox saw.
void Count(DeliveryResult result, const proto::DeliverRequest& deliver, std::string_view account,
           const TransactionContext& context) {
  if (context.tally() != nullptr) context.tally()->Count(result);
  if (context.incidents == nullptr) return;
  context.incidents->CountMessage(result, deliver.domain(), deliver.sender(), account, context.now);
}

Status RefuseAll(const proto::DeliverRequest& deliver, const TransactionContext& context,
                 proto::PartitionReply* reply) {
  for (int i = 0; i < deliver.messages_size(); ++i) {
    Fill(DeliveryResult::kUnknownAccount, reply->mutable_deliver()->add_deliveries());
    Count(DeliveryResult::kUnknownAccount, deliver, {}, context);
  }
  return Refuse(kUnknownAccount, "there is no such account", reply);
}

Status DeliverAll(const proto::DeliverRequest& deliver, Account& account,
                  TransactionContext& context, proto::PartitionReply* reply) {
  const DeliveryContext delivery{*context.view,  context.now,     context.policy,
                                 context.site(), context.tally(), context.incidents};
  MESH_ASSIGN(Mailbox mailbox, Mailbox::Open(account, *context.view));
  for (const proto::Envelope& message : deliver.messages()) {
    DeliveryResult result = DeliveryResult::kInvalid;
    if (Sound(deliver, message, context.policy)) {
      const MessageOrigin origin{deliver.sender(), deliver.domain(),
                                 AccreditationOf(deliver, message)};
      MESH_ASSIGN(result, mailbox.Deliver(message, origin, delivery));
    } else {
      Count(result, deliver, account.address(), context);
    }
    Fill(result, reply->mutable_deliver()->add_deliveries());
  }
  mailbox.Save(*context.view);
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace

Status Deliver(const proto::PartitionRequest& request, TransactionContext& context,
               proto::PartitionReply* reply) {
  const proto::DeliverRequest& deliver = request.deliver();
  MESH_RETURN_IF_ERROR(AdmitMode(request, Right::kDeliver, reply));
  MESH_RETURN_IF_ERROR(CheckOrigin(request.caller(), deliver, reply));
  MESH_RETURN_IF_ERROR(CheckAmount(deliver));
  const uint32_t slot = SlotOf(context.slot_key, request.account());
  Result<Account> account = Account::Load(context.reader, slot, request.account());
  if (account.status().code() == Code::kNotFound) return RefuseAll(deliver, context, reply);
  MESH_RETURN_IF_ERROR(account.status());
  return DeliverAll(deliver, *account, context, reply);
}

}  // namespace mesh::backend
