// Access control of inbound messages (draft §9.1.2.2): one pure function of the five things that
// the draft names. What the recipient's own entries say is read by correspondents.h, what the
// operator says by site_policy.h.

#pragma once

#include <cstddef>
#include <string_view>

#include "backend/model/site_policy.h"

namespace mesh::backend {

// What became of a message at its recipient. The order is that of metrics.
enum class DeliveryResult {
  kDelivered,
  kRepeated,  // It was delivered before.
  kUnknownAccount,
  kRecipientBlockedSender,
  kRecipientBlockedService,
  kServiceBlockedSender,
  kServiceBlockedService,
  kInsufficientPrivilege,
  kUnsupported,
  kInvalid,
  kRate,  // Not now: too many from strangers within the hour.
  kFull,  // Not now: the recipient's quota.
};
inline constexpr size_t kDeliveryResults = 12;

// "MeshRecipientBlockedSender": the reference's names; empty for what was delivered.
std::string_view ErrorName(DeliveryResult result);
// "recipient_blocked_sender": in metrics.
std::string_view MetricName(DeliveryResult result);
bool Delivered(DeliveryResult result);
// It may be delivered at another time.
bool NotNow(DeliveryResult result);

// How far it is proved who sends.
enum class Accreditation {
  kNone,    // Not at all: reference compatibility, of this service.
  kSigned,  // A device of the profile in its signature block signed it.
  kOwner,   // And the owner of the sender's account, here, says that it is its device.
};

// A message as the policy sees it.
struct InboundMessage {
  std::string_view type;    // MessageType.
  std::string_view sender;  // Canonical address.
  // The service that transmits it; empty: this one. Another one has proved to be its domain's.
  std::string_view service;
  Accreditation accreditation = Accreditation::kNone;
};

// What the recipient's account says of the sender.
struct RecipientPolicy {
  bool itself = false;  // The sender is the recipient.
  bool blocks_sender = false;
  bool blocks_service = false;  // The sender's domain.
  bool knows_sender = false;    // In mmm_Contact.
  bool asked_sender = false;    // Sent it a request, which may be answered.
};

struct PolicyVerdict {
  DeliveryResult result = DeliveryResult::kDelivered;
  bool counted = false;  // From a stranger: against the hour.
};

PolicyVerdict Decide(const InboundMessage& message, const RecipientPolicy& recipient,
                     const SitePolicy& site);

// Whether the class asks for an answer, and whether it is one: who was asked may answer.
bool AsksForAnswer(std::string_view type);
bool IsAnswer(std::string_view type);

}  // namespace mesh::backend
