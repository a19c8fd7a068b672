// A DARE Envelope: header, payload, trailer (draft dare-08 §3). In JSON
// it is the array `[header, "payload in base64url", trailer]`.
//
// Envelopes are kept in parts and never re-encoded: a signature covers the
// payload's octets, and what is nested in someone else's message must leave as
// it came. header.h reads what the parts say.
//
// In JSON-B the payload is a data item, and header and trailer may be JSON-B too: they are
// kept as JSON text all the same (json_text.h), and what is binary in them is
// data again when they are written in JSON-B (binary_members.h). Payloads stay what they are.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh::dare {

// A value; each part owned.
struct Envelope {
  std::string header = "{}";  // Text of a JSON object, as received in JSON.
  std::string payload;        // Octets, after base64 decoding.
  bool has_payload = true;    // False when the element is missing or null: a redacted entry.
  std::string trailer;        // Text of a JSON object, likewise; empty when there is none.

  bool operator==(const Envelope&) const = default;
};

// Reads one envelope that is all of `json`. kInvalidArgument, with the octet
// offset, if it is not an array of at most three such elements.
Result<Envelope> ParseEnvelope(std::string_view json, const json::Options& options = {});

// Reads the envelope that is the next value of `reader`. Returns false, with the
// fault in reader.status(), if there is none. `*out` is replaced.
bool ReadEnvelope(json::Reader& reader, Envelope* out);

// Writes the array form. Parts that are absent at the end are left out; an absent
// payload before a trailer is written as null.
void WriteEnvelope(const Envelope& envelope, json::Writer& writer);
void WriteEnvelope(const Envelope& envelope, std::string& out, json::Form form = json::Form::kText);
std::string EnvelopeText(const Envelope& envelope);

// The tagged form `{"DareEnvelope": [...]}`, which stands inside an encrypted
// publication.
Result<Envelope> ParseTaggedEnvelope(std::string_view json, const json::Options& options = {});
void WriteTaggedEnvelope(const Envelope& envelope, std::string& out);

}  // namespace mesh::dare
