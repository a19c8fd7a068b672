#include "backend/model/owner_incidents.h"

namespace mesh::backend {
namespace {

// Whether somebody did what may not be done; what is full or not understood is nobody's abuse.
bool IsIncident(DeliveryResult result) {
  switch (result) {
    case DeliveryResult::kUnknownAccount:
    case DeliveryResult::kRecipientBlockedSender:
    case DeliveryResult::kRecipientBlockedService:
    case DeliveryResult::kServiceBlockedSender:
    case DeliveryResult::kServiceBlockedService:
    case DeliveryResult::kInsufficientPrivilege:
    case DeliveryResult::kInvalid:
    case DeliveryResult::kRate:
      return true;
    default:
      return false;
  }
}

}  // namespace

void OwnerIncidents::Count(PartitionId partition, IncidentKind kind, std::string_view reason,
                           std::string_view source, std::string_view account, WallMillis now) {
  const std::lock_guard lock(mutex_);
  tallies_[partition].Count(kind, reason, source, account, now);
}

std::vector<Incident> OwnerIncidents::Take(PartitionId partition) {
  const std::lock_guard lock(mutex_);
  return tallies_[partition].Take();
}

void IncidentContext::CountMessage(DeliveryResult result, std::string_view service,
                                   std::string_view sender, std::string_view account,
                                   WallMillis now) const {
  if (!IsIncident(result)) return;
  const std::string_view source = service.empty() ? sender : service;
  tally.Count(partition, IncidentKind::kMessage, MetricName(result), source, account, now);
}

}  // namespace mesh::backend
