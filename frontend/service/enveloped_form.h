// The enveloped form: the body is a DARE Envelope in JSON or JSON-B, in one of the modes of
// docs/AUTHENTICATION.md.

#pragma once

#include <memory>

#include "frontend/service/enveloped_request.h"
#include "frontend/service/peer_directory.h"
#include "frontend/service/request_form.h"

namespace mesh::frontend {

// `context` and `peers`, which may be null, outlive the form.
std::unique_ptr<RequestForm> MakeEnvelopedForm(EnvelopeContext& context, PeerDirectory* peers);

}  // namespace mesh::frontend
