#include "backend/model/message_policy.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/mesh/message_class.h"

namespace mesh::backend {
namespace {

struct Names {
  std::string_view error;
  std::string_view metric;
};

constexpr std::array<Names, kDeliveryResults> kNames = {{
    {"", "delivered"},
    {"", "repeated"},
    {"MeshUnknownAccount", "unknown_account"},
    {"MeshRecipientBlockedSender", "recipient_blocked_sender"},
    {"MeshRecipientBlockedService", "recipient_blocked_service"},
    {"MeshServiceBlockedSender", "service_blocked_sender"},
    {"MeshServiceBlockedService", "service_blocked_service"},
    {"MeshMessageInsufficientPrivilege", "insufficient_privilege"},
    {"MeshMessageUnsupported", "unsupported"},
    {"MeshMessageInvalid", "invalid"},
    {"MeshServiceUnavailable", "rate"},
    {"MeshQuotaExceeded", "full"},
}};

const Names& NamesOf(DeliveryResult result) { return kNames.at(static_cast<size_t>(result)); }

std::string_view DomainOf(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

// Whom the operator or the recipient does not want to hear of, whatever it is about.
DeliveryResult CheckBlocks(const InboundMessage& message, const RecipientPolicy& recipient,
                           const SitePolicy& site) {
  if (site.Blocks(message.service.empty() ? DomainOf(message.sender) : message.service)) {
    return DeliveryResult::kServiceBlockedService;
  }
  if (!message.service.empty() && !site.Admits(message.service)) {
    return DeliveryResult::kServiceBlockedService;
  }
  if (site.BlocksSender(message.sender)) return DeliveryResult::kServiceBlockedSender;
  if (recipient.blocks_sender) return DeliveryResult::kRecipientBlockedSender;
  if (recipient.blocks_service) return DeliveryResult::kRecipientBlockedService;
  return DeliveryResult::kDelivered;
}

}  // namespace

std::string_view ErrorName(DeliveryResult result) { return NamesOf(result).error; }
std::string_view MetricName(DeliveryResult result) { return NamesOf(result).metric; }

bool Delivered(DeliveryResult result) {
  return result == DeliveryResult::kDelivered || result == DeliveryResult::kRepeated;
}

bool NotNow(DeliveryResult result) {
  return result == DeliveryResult::kRate || result == DeliveryResult::kFull;
}

bool AsksForAnswer(std::string_view type) {
  return type == kRequestContact || type == kRequestConfirmation;
}

bool IsAnswer(std::string_view type) {
  return type == kReplyContact || type == kResponseConfirmation;
}

PolicyVerdict Decide(const InboundMessage& message, const RecipientPolicy& recipient,
                     const SitePolicy& site) {
  const DeliveryResult blocked = CheckBlocks(message, recipient, site);
  if (blocked != DeliveryResult::kDelivered) return {blocked};
  if (recipient.itself) return {};
  if (message.accreditation == Accreditation::kNone) {
    // Reference compatibility asks for no signature, and so knows no strangers.
    return {message.service.empty() ? DeliveryResult::kDelivered
                                    : DeliveryResult::kInsufficientPrivilege};
  }
  switch (site.Allowed(message.type)) {
    case SitePolicy::Who::kNobody:
      return {DeliveryResult::kUnsupported};
    case SitePolicy::Who::kStrangers:
      return {DeliveryResult::kDelivered, !recipient.knows_sender};
    case SitePolicy::Who::kContacts:
      break;
  }
  const bool answers = recipient.asked_sender && IsAnswer(message.type);
  return {recipient.knows_sender || answers ? DeliveryResult::kDelivered
                                            : DeliveryResult::kInsufficientPrivilege};
}

}  // namespace mesh::backend
