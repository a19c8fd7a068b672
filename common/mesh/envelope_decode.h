// Envelopes on their way in: from JSON to what the owner of an account needs, with
// every digest checked. Internal to the codec.
//
// Header and trailer stay the octets that were received, but that line breaks inside
// strings, which real clients send and JSON does not know, are taken out: replies
// repeat these texts and must be JSON. What is received in JSON-B is kept as JSON too.
// Payloads are never touched.

#pragma once

#include <string>

#include "common/mesh/member_table.h"

namespace mesh {

namespace proto {
class Envelope;
}

// Reads the envelope that is the next value, and whether its payload is encrypted. Counts it in
// the context. False, with
// the context's status set:
//   kInvalidArgument   not an envelope, or a digest it claims is not its payload's
//   kResourceExhausted payload, header or trailer beyond the limits
bool ReadEntry(DecodeContext& context, proto::Envelope* out, bool* encrypted = nullptr);

// Reads an envelope that is kept as its JSON text; its digest is checked too.
bool ReadEnvelopeText(DecodeContext& context, std::string* text);

// `text`, valid JSON but for line breaks in its strings, without those and the spaces
// after them: as the reader reads it, and as every client can.
std::string Unfold(std::string&& text);

}  // namespace mesh
