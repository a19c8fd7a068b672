// Requests under a ticket: the hot path, one HKDF and one AEAD each way (docs/AUTHENTICATION.md,
// "Tickets").

#pragma once

#include <memory>

#include "common/binding/wire_envelope.h"
#include "frontend/service/enveloped_request.h"
#include "frontend/service/ticket_cache.h"

namespace mesh::frontend {

// For one event loop's thread.
class TicketOpener {
 public:
  // `context` outlives the opener.
  explicit TicketOpener(EnvelopeContext& context)
      : context_(context), keys_(context.keys), keyring_(context.keyring) {}

  // Of an envelope in mode Ticket.
  std::unique_ptr<OpenedRequest> Open(binding::Encoding encoding,
                                      const binding::WireEnvelope& envelope);

 private:
  EnvelopeContext& context_;
  PublishedReader<ServiceKeys> keys_;
  PublishedReader<TicketKeyring> keyring_;
  TicketCache cache_;
};

}  // namespace mesh::frontend
