// envelopes_signed.json, protocol_examples.json and mutual_auth.json: every envelope
// that the drafts and the reference printed.

#include <set>

#include "common/crypto/signature.h"
#include "common/crypto/udf.h"
#include "common/dare/header.h"
#include "common/dare/signature.h"
#include "common/encoding/base64url.h"
#include "tests/conformance/dare_parts.h"
#include "tests/conformance/json_value.h"

namespace mesh::conformance {
namespace {

Outcome AgreeDigest(const dare::Envelope& envelope, const dare::TrailerFields& trailer) {
  if (trailer.payload_digest.empty()) return Verified();
  return Agree("PayloadDigest", dare::PayloadDigest(envelope.payload), trailer.payload_digest);
}

Outcome TrailerOf(const dare::Envelope& envelope, dare::TrailerFields* trailer) {
  const Result<dare::HeaderFields> header = dare::ParseHeader(envelope.header);
  if (!header.ok()) return Refuted(header.status().message());
  const Result<dare::TrailerFields> fields = dare::EffectiveTrailer(*header, envelope.trailer);
  if (!fields.ok()) return Refuted(fields.status().message());
  *trailer = *fields;
  return Verified();
}

Outcome CheckSigned(const Case& test) {
  const dare::Envelope envelope = EnvelopeOf(test.at("envelope"));
  dare::TrailerFields trailer;
  MESH_MUST(TrailerOf(envelope, &trailer));
  MESH_MUST(AgreeDigest(envelope, trailer));
  const std::string type = Text(test, "kid_content_type");
  for (const dare::SignatureFields& entry : trailer.signatures) {
    if (!test.at("signers").contains(entry.kid)) continue;  // The key is nowhere published.
    const crypto::PublicKey key = PublicKeyOf(test.at("signers").at(entry.kid));
    MESH_MUST(AgreeKid(key, type, entry.kid));
    const Status status =
        type == crypto::kKeyInfoType
            ? dare::VerifySignature(envelope, key)
            : crypto::Verify(key, dare::PayloadDigest(envelope.payload), entry.signature);
    if (!status.ok()) return Refuted(status.message());
  }
  return Verified();
}

// --- Messages -----------------------------------------------------------------------

bool IsEnvelope(const Case& value) {
  return value.is_array() && (value.size() == 2 || value.size() == 3) && value[0].is_object() &&
         value[1].is_string();
}

// Walks a message and what is inside its envelopes.
class Walker {
 public:
  explicit Walker(std::string content_type) : content_type_(std::move(content_type)) {}

  Outcome Walk(const Case& value) {
    if (IsEnvelope(value)) return WalkEnvelope(value);
    if (!value.is_structured()) return Verified();
    if (value.is_object()) MESH_MUST(CheckKey(value));
    for (const Case& member : value) MESH_MUST(Walk(member));
    return Verified();
  }

 private:
  Outcome WalkEnvelope(const Case& value) {
    const dare::Envelope envelope = EnvelopeOf(value);
    dare::TrailerFields trailer;
    MESH_MUST(TrailerOf(envelope, &trailer));
    MESH_MUST(AgreeDigest(envelope, trailer));
    for (const Case& member : value[0]) MESH_MUST(Walk(member));
    if (value.size() == 3) {
      for (const Case& member : value[2]) MESH_MUST(Walk(member));
    }
    const bool encrypted = value[0].contains("enc");
    if (encrypted || envelope.payload.empty() || envelope.payload[0] != '{') return Verified();
    return Walk(ReadEither(envelope.payload));
  }

  Outcome CheckKey(const Case& value) const {
    const std::string udf = TextOr(value, "UDF", TextOr(value, "Udf", ""));
    if (udf.empty() || !value.contains("PublicParameters")) return Verified();
    const Case& parameters = value.at("PublicParameters");
    if (!parameters.contains("PublicKeyECDH")) return Verified();
    return AgreeKid(PublicKeyOf(parameters.at("PublicKeyECDH")), content_type_, udf);
  }

  std::string content_type_;
};

Outcome CheckMessage(const Case& test) {
  static const std::set<std::string> kEarly = {"july2020", "mar2020", "jan2020", "oct2020",
                                               "nov2019"};
  const bool early = kEarly.count(Text(test, "era")) > 0;
  return Walker(early ? std::string(crypto::kKeyInfoType) : "PKIXKey")
      .Walk(ReadJson(test.at("object").dump()));
}

Outcome SkipRaw(const Case&) { return Skipped("nothing published that could be checked"); }

const Checkers kSignedCheckers = {{"envelope_signed", CheckSigned}};
const Checkers kMessageCheckers = {{"protocol_message", CheckMessage}};
const Checkers kRawCheckers = {{"raw", SkipRaw}};

MESH_VECTOR_FILE(envelopes_signed, kSignedCheckers, (Tally{.agreeing = 89, .skipped = 0}))
MESH_VECTOR_FILE(protocol_examples, kMessageCheckers, (Tally{.agreeing = 154, .skipped = 0}))
MESH_VECTOR_FILE(mutual_auth, kRawCheckers, (Tally{.agreeing = 0, .skipped = 6}))

}  // namespace
}  // namespace mesh::conformance
