// Tickets: what a front end knows of a caller that has been through an exchange, sealed so
// that any front end of the service can read it and nobody else (docs/AUTHENTICATION.md,
// "Tickets"; docs/STORAGE_FORMAT.md has the octets). Pure functions; any thread.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/random.h"
#include "frontend/service/ticket_keyring.h"

namespace mesh::proto {
class Ticket;
}

namespace mesh::frontend {

// Octets that a ticket has besides its content: version, key id, salt, tag.
inline constexpr size_t kTicketOverhead = 1 + TicketKeyring::kKeyIdBytes + 32 + 16;

// A ticket that has been opened. Wipes its master key. Immutable.
class TicketContent {
 public:
  explicit TicketContent(std::unique_ptr<proto::Ticket> ticket);
  ~TicketContent();
  TicketContent(const TicketContent&) = delete;
  TicketContent& operator=(const TicketContent&) = delete;

  const proto::Ticket& get() const { return *ticket_; }
  std::string_view master_key() const;
  WallMillis expires() const;

 private:
  const std::unique_ptr<proto::Ticket> ticket_;
};

// The ticket's octets, sealed under the keyring's sealing key and a fresh salt.
std::string SealTicket(const TicketKeyring& keyring, std::string_view service_udf,
                       const proto::Ticket& ticket, crypto::RandomSource& random);

// What is in it. Does not look at when it expires.
//   kNotFound          of another version, or sealed under a key that is not in the keyring
//   kUnauthenticated   it does not open
Result<std::shared_ptr<const TicketContent>> OpenTicket(const TicketKeyring& keyring,
                                                        std::string_view service_udf,
                                                        std::string_view octets);

}  // namespace mesh::frontend
