#include "frontend/service/ticket_cache.h"

namespace mesh::frontend {

Result<std::shared_ptr<const TicketContent>> TicketCache::Open(
    const std::shared_ptr<const TicketKeyring>& keyring, std::string_view service_udf,
    std::string_view octets) {
  if (keyring != keyring_) {
    by_octets_.clear();
    newest_first_.clear();
    keyring_ = keyring;
  }
  const auto found = by_octets_.find(octets);
  if (found != by_octets_.end()) {
    newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
    return found->second->second;
  }
  MESH_ASSIGN(std::shared_ptr<const TicketContent> content,
              OpenTicket(*keyring, service_udf, octets));
  if (newest_first_.size() >= capacity_) {
    by_octets_.erase(newest_first_.back().first);
    newest_first_.pop_back();
  }
  newest_first_.emplace_front(std::string(octets), content);
  by_octets_.emplace(newest_first_.front().first, newest_first_.begin());
  return content;
}

}  // namespace mesh::frontend
