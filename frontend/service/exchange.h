// Exchanges: requests in the modes Device, Profile and Service, which prove by a Noise
// handshake whose key it is that asks (docs/AUTHENTICATION.md, "Exchange"). Each costs
// about 1 ms of CPU, and a fifth of it what is none; Admission bounds both.

#pragma once

#include <memory>
#include <optional>

#include "common/binding/wire_envelope.h"
#include "frontend/service/enveloped_request.h"
#include "frontend/service/peer_directory.h"

namespace mesh::frontend {

// For one event loop's thread.
class ExchangeOpener {
 public:
  // `context` outlives the opener. Without `peers` the mode Service is refused.
  ExchangeOpener(EnvelopeContext& context, PeerDirectory* peers)
      : context_(context), peers_(peers), keys_(context.keys) {}

  // As RequestForm::Open, for an envelope of one of those modes. Views of it outlive the
  // request.
  void Open(binding::Encoding encoding, const binding::WireEnvelope& envelope, Deadline deadline,
            const RequestForm::Then& then);

 private:
  struct State;

  std::optional<EnvelopeFault> Begin(binding::Encoding encoding,
                                     const binding::WireEnvelope& envelope, State& handshake);

  EnvelopeContext& context_;
  PeerDirectory* const peers_;
  PublishedReader<ServiceKeys> keys_;
};

}  // namespace mesh::frontend
