#include "backend/transactions/sending.h"

#include <chrono>
#include <utility>
#include <vector>

#include "backend/model/correspondents.h"
#include "backend/model/outbox.h"
#include "common/mesh/message_error.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// A recipient of this partition who takes no more just now is tried again then, as others are.
constexpr WallMillis kNotNowTime = std::chrono::milliseconds(std::chrono::minutes(5)).count();

// Octets of a MessageError, about.
constexpr uint64_t kErrorBytes = 1024;

std::string_view DomainOf(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

}  // namespace

Sending::Sending(Account& sender, Accreditation accreditation, TransactionContext& context)
    : sender_(sender),
      accreditation_(accreditation),
      context_(context),
      delivery_{*context.view,  context.now,     context.policy,
                context.site(), context.tally(), context.incidents},
      usage_(sender.usage()) {}

Result<SentMessage> Sending::Send(const proto::Envelope& message,
                                  const std::vector<std::string_view>& recipients) {
  if (!sender_.HasRoom(context_.policy, recipients.size(), recipients.size() * kErrorBytes)) {
    return Status(Code::kResourceExhausted,
                  "the account is full: it could not be told who does not take the message");
  }
  std::vector<std::pair<std::string_view, DeliveryResult>> refusals;
  SentMessage sent;
  for (const std::string_view recipient : recipients) {
    MESH_ASSIGN(const DeliveryResult result, SendTo(message, recipient));
    if (Delivered(result)) {
      ++sent.taken;
    } else {
      refusals.emplace_back(recipient, result);
    }
  }
  if (!refusals.empty()) sent.refused = refusals.front().second;
  if (sent.taken == 0) return sent;
  for (const auto& [recipient, why] : refusals) {
    MESH_RETURN_IF_ERROR(Tell(message, recipient, why));
  }
  return sent;
}

Result<DeliveryResult> Sending::SendTo(const proto::Envelope& message, std::string_view recipient) {
  MESH_ASSIGN(Mailbox* const mailbox, MailboxOf(recipient));
  DeliveryResult result = DeliveryResult::kDelivered;
  if (mailbox != nullptr) {
    const MessageOrigin origin{sender_.address(), {}, accreditation_};
    MESH_ASSIGN(result, mailbox->Deliver(message, origin, delivery_));
    if (NotNow(result)) {
      MESH_ASSIGN(result, Queue(message, recipient, context_.now + kNotNowTime));
    }
  } else if (context_.owns(recipient) && DomainOf(recipient) == DomainOf(sender_.address())) {
    result = DeliveryResult::kUnknownAccount;  // It would be here.
    if (delivery_.tally != nullptr) delivery_.tally->Count(result);
  } else {
    MESH_ASSIGN(result, Queue(message, recipient, context_.now));
  }
  if (Delivered(result) && AsksForAnswer(message.message_type())) {
    RememberInquiry(sender_.keys(), recipient, context_.now, *context_.view);
  }
  return result;
}

Result<DeliveryResult> Sending::Queue(const proto::Envelope& message, std::string_view recipient,
                                      WallMillis due) {
  proto::OutboxRecord record;
  record.set_sender(sender_.address());
  MESH_ASSIGN(*record.mutable_sender_udf(), SenderUdf());
  record.set_recipient(std::string(recipient));
  record.set_created(context_.now);
  record.set_due(due);
  const Status added = AddToOutbox(record, message, sender_, *context_.view);
  if (added.code() == Code::kResourceExhausted) return DeliveryResult::kFull;
  MESH_RETURN_IF_ERROR(added);
  context_.NoteDue(due);
  return DeliveryResult::kDelivered;
}

// Read only for what leaves the partition: the record is tens of kilobytes.
Result<std::string> Sending::SenderUdf() {
  if (!sender_udf_) {
    proto::AccountRecord record;
    MESH_RETURN_IF_ERROR(sender_.ReadRecord(*context_.view, &record));
    sender_udf_ = record.account_udf();
  }
  return *sender_udf_;
}

// Null: no account of this partition has the address.
Result<Mailbox*> Sending::MailboxOf(std::string_view address) {
  const auto found = recipients_.find(address);
  if (found != recipients_.end()) {
    return found->second.mailbox ? &*found->second.mailbox : nullptr;
  }
  Recipient& recipient = recipients_[std::string(address)];
  if (!context_.owns(address)) return nullptr;  // What is here of it may be what is left.
  Account* account = &sender_;
  if (address != sender_.address()) {
    const uint32_t slot = SlotOf(context_.slot_key, address);
    Result<Account> loaded = Account::Load(*context_.view, slot, address);
    if (loaded.status().code() == Code::kNotFound) return nullptr;
    MESH_RETURN_IF_ERROR(loaded.status());
    account = &recipient.account.emplace(*std::move(loaded));
  }
  MESH_ASSIGN(Mailbox mailbox, Mailbox::Open(*account, *context_.view));
  return &recipient.mailbox.emplace(std::move(mailbox));
}

Status Sending::Tell(const proto::Envelope& message, std::string_view recipient,
                     DeliveryResult why) {
  const Undelivered what{message.unique_id(), recipient, sender_.address(), ErrorName(why)};
  MESH_ASSIGN(const proto::Envelope error, MakeMessageError(what, context_.now, context_.random));
  MESH_ASSIGN(Mailbox* const own, MailboxOf(sender_.address()));
  return own == nullptr ? Status() : own->File(error, delivery_);
}

Status Sending::Mark(const proto::Envelope& message) {
  if (message.references().empty()) return Status();
  MESH_ASSIGN(Mailbox* const own, MailboxOf(sender_.address()));
  return own == nullptr ? Status() : own->Mark(message, *context_.view);
}

void Sending::Save() {
  for (auto& [address, recipient] : recipients_) {
    if (recipient.mailbox) recipient.mailbox->Save(*context_.view);
  }
  if (sender_.usage() != usage_) sender_.Save(*context_.view);
}

}  // namespace mesh::backend
