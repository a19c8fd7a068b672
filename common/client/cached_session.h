// CachedSession is what an exchange left: the ticket for the requests that follow, how far the
// service's clock is from ours, and where the account's host is. It is kept between commands.

#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::client {

// A value; `ticket` and `master_key` are secret. Wipes itself.
struct CachedSession {
  CachedSession() = default;
  CachedSession(CachedSession&&) = default;
  CachedSession& operator=(CachedSession&& other) noexcept;
  ~CachedSession() { Drop(); }

  std::string service_udf;  // Of the service that gave the ticket.
  std::string ticket;       // Octets; empty: none.
  std::string master_key;   // binding::kMasterKeyBytes.
  WallMillis not_on_or_after = 0;
  WallMillis clock_offset = 0;  // The service's clock less ours, milliseconds.
  std::string direct_host;      // StatusReply::direct_host, as last heard.

  // Whether the ticket is one of `service` and good at `now`, by our clock.
  bool Good(std::string_view service, WallMillis now) const;
  // Forgets the ticket.
  void Drop();
};

// The text of the file that keeps one, and back. A text that is not one gives a session
// without ticket: it costs one exchange, and nothing else.
std::string WriteSession(const CachedSession& session);
CachedSession ReadSession(std::string_view text);

}  // namespace mesh::client
