// Requests under a ticket: the hot path, one HKDF and one AEAD each way (docs/AUTHENTICATION.md,
// "Tickets").

#pragma once

#include <array>
#include <memory>

#include "common/binding/wire_envelope.h"
#include "frontend/service/enveloped_request.h"
#include "frontend/service/ticket_cache.h"

namespace mesh::frontend {

// For one event loop's thread. Outlives the requests it opened.
class TicketOpener {
 public:
  // `context` outlives the opener.
  explicit TicketOpener(EnvelopeContext& context)
      : context_(context), keys_(context.keys), keyring_(context.keyring) {}

  // Of an envelope in mode Ticket.
  std::unique_ptr<OpenedRequest> Open(binding::Encoding encoding, binding::WireEnvelope envelope);

 private:
  EnvelopeContext& context_;
  PublishedReader<ServiceKeys> keys_;
  PublishedReader<TicketKeyring> keyring_;
  TicketCache cache_;
  std::array<binding::TicketReplies, 2> replies_ = {
      binding::TicketReplies(binding::Encoding::kJson),
      binding::TicketReplies(binding::Encoding::kJsonB)};
};

}  // namespace mesh::frontend
