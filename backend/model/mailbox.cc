#include "backend/model/mailbox.h"

#include <limits>
#include <string>
#include <utility>

#include "backend/model/correspondents.h"
#include "common/mesh/container_name.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

constexpr WallMillis kHour = std::chrono::milliseconds(std::chrono::hours(1)).count();

// What the message's own name stands for here.
struct Known {
  bool delivered = false;
  bool same = false;  // The payload is the one that was delivered.
};

Result<Known> FindDelivery(const Reader& reader, const std::string& key, const std::string& digest,
                           WallMillis now) {
  MESH_ASSIGN(const std::optional<std::string> octets, reader.Get(ColumnFamily::kIndex, key));
  if (!octets) return Known();
  proto::DeliveryRecord record;
  if (!record.ParseFromString(*octets)) {
    return Status(Code::kDataLoss, "the record of a delivery cannot be read");
  }
  return Known{record.expires() > now, record.payload_digest() == digest};
}

uint64_t BytesOf(const proto::Envelope& message) {
  return message.header().size() + message.payload().size() + message.trailer().size();
}

// A message may say what only entries of the account itself say: which messages were read, whom
// it connects. From others this means nothing.
bool SaysMore(const proto::Envelope& message) {
  return message.references_size() > 0 || !message.profile_device_udf().empty() ||
         message.has_publication();
}

proto::Envelope WithoutMore(proto::Envelope message) {
  message.clear_references();
  message.clear_profile_device_udf();
  message.clear_publication();
  return message;
}

}  // namespace

Result<Mailbox> Mailbox::Open(Account& account, const WriteView& view) {
  MESH_ASSIGN(Container inbound, Container::Open(view, account, kInbound));
  return Mailbox(account, std::move(inbound));
}

Result<DeliveryResult> Mailbox::Deliver(const proto::Envelope& message, const MessageOrigin& origin,
                                        const DeliveryContext& context) {
  std::string key = account_->keys().Delivery(origin.sender, message.envelope_id());
  MESH_ASSIGN(const Known known,
              FindDelivery(context.view, key, message.payload_digest(), context.now));
  DeliveryResult result = known.same ? DeliveryResult::kRepeated : DeliveryResult::kInvalid;
  if (!known.delivered) {
    MESH_ASSIGN(result, Admit(message, origin, context));
    if (result == DeliveryResult::kDelivered) {
      MESH_RETURN_IF_ERROR(Append(message, context));
      proto::DeliveryRecord record;
      record.set_payload_digest(message.payload_digest());
      record.set_expires(context.now + kDeliveryTime);
      context.view.Put(ColumnFamily::kIndex, std::move(key), record.SerializeAsString());
    }
  }
  if (context.tally != nullptr) context.tally->Count(result);
  if (context.incidents != nullptr) {
    context.incidents->CountMessage(result, origin.service, origin.sender, account_->address(),
                                    context.now);
  }
  return result;
}

Result<DeliveryResult> Mailbox::Admit(const proto::Envelope& message, const MessageOrigin& origin,
                                      const DeliveryContext& context) {
  MESH_ASSIGN(const RecipientPolicy recipient,
              ReadRecipientPolicy(context.view, *account_, origin.sender, message.message_type(),
                                  context.now));
  const InboundMessage inbound{message.message_type(), origin.sender, origin.service,
                               origin.accreditation};
  const PolicyVerdict verdict = Decide(inbound, recipient, context.site);
  if (verdict.result != DeliveryResult::kDelivered) return verdict.result;
  // Frame zero of mmm_Inbound may be missing.
  if (!account_->HasRoom(context.policy, 2, BytesOf(message))) return DeliveryResult::kFull;
  if (verdict.counted && !CountStranger(context)) return DeliveryResult::kRate;
  return DeliveryResult::kDelivered;
}

// Counts a message against the hour. False: there were as many as are allowed.
bool Mailbox::CountStranger(const DeliveryContext& context) {
  Usage& usage = account_->usage();
  const auto hour = static_cast<uint32_t>(context.now / kHour);
  if (usage.stranger_hour != hour) usage.stranger_messages = 0;
  usage.stranger_hour = hour;
  if (usage.stranger_messages >= context.site.stranger_messages_per_hour()) return false;
  ++usage.stranger_messages;
  return true;
}

Status Mailbox::Append(const proto::Envelope& message, const DeliveryContext& context) {
  if (SaysMore(message)) {
    const proto::Envelope bare = WithoutMore(message);
    return inbound_.Append(bare, context.policy, *account_, context.now, context.view).status();
  }
  return inbound_.Append(message, context.policy, *account_, context.now, context.view).status();
}

Status Mailbox::File(const proto::Envelope& message, const DeliveryContext& context) {
  AccountPolicy boundless = context.policy;
  boundless.bytes_max = std::numeric_limits<uint64_t>::max();
  boundless.entries_max = std::numeric_limits<uint64_t>::max();
  return inbound_.Append(message, boundless, *account_, context.now, context.view).status();
}

Status Mailbox::Mark(const proto::Envelope& message, WriteView& view) const {
  return inbound_.exists() ? inbound_.ApplyReferences(message, view) : Status();
}

void Mailbox::Save(WriteView& view) const {
  if (inbound_.exists()) inbound_.Save(view);
  account_->Save(view);
}

}  // namespace mesh::backend
