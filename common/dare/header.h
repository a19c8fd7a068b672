// What the header and the trailer of an envelope say, and the two
// cuts a store makes in a header's text: it takes out the members that the
// sender's own store put there, and puts in its own. All other octets stay.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/dare/content_meta.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh::dare {

// One entry of `signatures`. Nothing here is verified; see signature.h.
struct SignatureFields {
  std::string dig;
  std::string alg;        // "SHA2" from the reference: the key decides the algorithm, not this.
  std::string kid;        // UDF of the signer's key.
  std::string signature;  // Octets.
  std::string witness;    // Octets; only when the envelope is encrypted too.
};

// One entry of `recipients`: the master secret, wrapped for one key.
struct RecipientFields {
  std::string kid;
  std::string epk_curve;  // "X448" or "X25519"...; empty for a symmetric recipient.
  std::string epk;        // Octets of the ephemeral public key.
  std::string wmk;        // RFC 3394 wrap of the master secret.
};

// Where an entry stands in its container (draft dare-08 §6.3).
struct ContainerInfo {
  std::string data_encoding;   // Frame zero only.
  std::string container_type;  // Frame zero only: "Merkle" and the others of the draft.
  std::optional<int64_t> index;
  std::optional<int64_t> tree_position;
  bool is_meta = false;
};

// Members that a trailer may have; a header may have them too, and has them when
// a reference store moved them there.
struct TrailerFields {
  std::vector<SignatureFields> signatures;
  std::string payload_digest;  // Octets; empty when absent. Likewise below.
  std::string chain_digest;
  std::string tree_digest;
};

struct HeaderFields : TrailerFields {
  std::string envelope_id;
  std::string enc;  // Empty or "none": the payload is in clear.
  std::string dig;
  std::string kid;  // Identifier of the master secret, "EBQ...".
  std::string salt;
  std::vector<std::string> annotations;
  std::vector<RecipientFields> recipients;
  std::string content_meta_data;  // Octets of the JSON object, as received.
  ContentMeta content_meta;       // The same, read.
  std::optional<ContainerInfo> container_info;
  std::optional<WallMillis> received;

  bool encrypted() const { return !enc.empty() && enc != "none"; }
};

// Reads the header or trailer object `json`. Members it does not know are
// ignored. kInvalidArgument if a known member has the wrong form.
Result<HeaderFields> ParseHeader(std::string_view json, const json::Options& options = {});
Result<TrailerFields> ParseTrailer(std::string_view json, const json::Options& options = {});

// The digest and signatures of an envelope, wherever they stand: the trailer's
// where it has them, else the header's. An empty `trailer` is absent.
Result<TrailerFields> EffectiveTrailer(const HeaderFields& header, std::string_view trailer,
                                       const json::Options& options = {});

// `header` without its members ContainerInfo and Received, and without the comma
// that each needed. kInvalidArgument if it is not a JSON object.
Result<std::string> StripServiceMembers(std::string_view header, const json::Options& options = {});

// `trailer`, with these digests in place of any that it had (PayloadDigest, TreeDigest,
// ChainDigest); its other members stay as they are. kInvalidArgument if it is not a JSON object.
Result<std::string> WithDigests(std::string_view trailer, std::string_view payload_digest,
                                std::string_view tree_digest);

// `header` with the EnvelopeID `id`, which needs no escapes, in place of any that it had.
// kInvalidArgument if it is not a JSON object.
Result<std::string> WithEnvelopeId(std::string_view header, std::string_view id);

// `header`, a stripped JSON object's text, with ContainerInfo (Index `index`; and
// DataEncoding and ContainerType for frame zero) and Received put after its last
// member, before its closing brace. Stripping gives `header` back, octet for octet.
// Does not parse; `header` must end with '}'.
std::string InsertServiceMembers(std::string_view header, int64_t index,
                                 std::optional<WallMillis> received);
// As above, appending to `out` without another copy, in that form (binary_members.h).
void AppendWithServiceMembers(std::string_view header, int64_t index,
                              std::optional<WallMillis> received, std::string& out,
                              json::Form form = json::Form::kText);

}  // namespace mesh::dare
