// A publication: what is given to whoever claims it (draft -06 §10.12; wire form
// CatalogedPublication). Values; pure functions; any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/dare/envelope.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh {

// It holds the data, encrypted under the secret whose name is `id`, or says how long the
// data is and what its digest is, for who has it from elsewhere (§10.12.1).
struct CatalogedPublication {
  std::string id;                      // ID: the PublicationId.
  std::string authenticator;           // The service authenticator key, an 'E' UDF.
  std::optional<dare::Envelope> data;  // EnvelopedData.
  // Members Length, octets, and Fingerprint, SHA-2-512: ours, the draft names none.
  std::optional<int64_t> length;
  std::string fingerprint;
  std::optional<WallMillis> not_on_or_after;
};

// Reads the payload of an entry of mmm_Publication, {"CatalogedPublication": {...}}, and the
// object alone. kInvalidArgument, or false and the reader has the fault: a member has the wrong
// form, ID or Authenticator is missing, or neither the data nor its length and fingerprint is
// there. Members that are not known are skipped.
Result<CatalogedPublication> ParseCatalogedPublication(std::string_view payload);
bool ReadCatalogedPublication(json::Reader& reader, CatalogedPublication* out);

// Appends what is read above.
void WriteCatalogedPublication(const CatalogedPublication& publication, std::string& out);

// The object within such a payload, as text; empty when it is none.
std::string_view PublicationObject(std::string_view payload);
// The payload around such an object.
std::string PublicationPayload(std::string_view object);

}  // namespace mesh
