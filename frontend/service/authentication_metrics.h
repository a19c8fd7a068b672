// What authentication counts: requests by mode and result, and why they were refused. Whom the
// owner of an account refuses is counted there (mesh_backend_refusals_total), and not here.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "common/base/metrics.h"
#include "common/binding/wire_envelope.h"

namespace mesh::frontend {

// Why a caller was not believed: the label `reason`.
enum class Distrust {
  kEnvelope,    // Not an envelope of this binding, or nothing readable in the seal.
  kMode,        // A mode that is not served here, or not for this.
  kSize,        // A message of an exchange that is too long.
  kHostKey,     // To a key that is not this service's.
  kHandshake,   // Message 1 does not open.
  kKey,         // A key that is not canonical, of small order, or not the profile's.
  kProfile,     // A profile that is missing or not signed.
  kConnection,  // A connection that is missing or not signed.
  kDomain,      // A domain that does not show the sender's service.
  kTicket,      // A ticket that does not open.
  kTicketKey,   // A ticket under a key that is not here.
  kTicketExpired,
  kSeal,           // What is sealed under a ticket does not open.
  kTime,           // Too far from this clock.
  kAdministrator,  // An administrator's signature that does not hold.
  kNull,           // Nobody, and not Hello.
};
inline constexpr size_t kDistrusts = 16;

// "ticket_expired": in metrics, and for people.
std::string_view DistrustName(Distrust why);

// One for a process; thread-safe. `registry` outlives it.
class AuthenticationMetrics {
 public:
  explicit AuthenticationMetrics(Registry& registry);

  // A request in `mode` was answered; with `why`, its caller was not believed.
  void Count(binding::Mode mode, std::optional<Distrust> why);

 private:
  static constexpr size_t kModes = 5;

  std::array<Counter*, kModes> accepted_;
  std::array<Counter*, kModes> refused_;
  std::array<Counter*, kDistrusts> reasons_;
};

}  // namespace mesh::frontend
