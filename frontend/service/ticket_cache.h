// Tickets that were opened lately: a device sends many requests under one, and opening it
// costs as much as opening the request.

#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/base/status.h"
#include "frontend/service/ticket.h"

namespace mesh::frontend {

// Opens tickets and remembers the last kTickets of them. For one event loop's thread. What is
// forgotten is wiped as soon as no request uses it.
class TicketCache {
 public:
  // Tickets of one loop, each about 700 octets: the devices that are active within minutes.
  static constexpr size_t kTickets = 4096;

  explicit TicketCache(size_t capacity = kTickets) : capacity_(capacity) {}

  // As OpenTicket. What another keyring has opened is forgotten first: a key that was taken
  // away opens nothing from then on.
  Result<std::shared_ptr<const TicketContent>> Open(
      const std::shared_ptr<const TicketKeyring>& keyring, std::string_view service_udf,
      std::string_view octets);

  size_t size() const { return newest_first_.size(); }

 private:
  using Entry = std::pair<const std::string, std::shared_ptr<const TicketContent>>;

  // The last octets, of the tag: what is here has been opened, so they are as good as random.
  struct Hash {
    size_t operator()(std::string_view octets) const {
      size_t hash = 0;
      const size_t size = std::min(octets.size(), sizeof hash);
      octets.copy(reinterpret_cast<char*>(&hash), size, octets.size() - size);
      return hash;
    }
  };

  const size_t capacity_;
  std::shared_ptr<const TicketKeyring> keyring_;
  std::list<Entry> newest_first_;
  std::unordered_map<std::string_view, std::list<Entry>::iterator, Hash> by_octets_;
};

}  // namespace mesh::frontend
