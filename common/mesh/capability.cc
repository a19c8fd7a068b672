#include "common/mesh/capability.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/keys.h"

namespace mesh {
namespace {

constexpr std::string_view kTag = "CatalogedCapability";
constexpr char kUnclamped = 'z';

// --- Shares --------------------------------------------------------------------------

struct PrivateParameters {
  std::string curve;
  std::string octets;
  ~PrivateParameters() { Wipe(octets); }
};

Result<KeyShare> ShareOf(const PrivateParameters& parameters) {
  std::string_view name = parameters.curve;
  const bool unclamped = name.ends_with(kUnclamped);
  if (unclamped) name.remove_suffix(1);
  const std::optional<crypto::Curve> curve = crypto::CurveFromName(name);
  if (!curve || crypto::IsSignatureCurve(*curve)) {
    return InvalidArgument("crv: expected X448z, X25519z, X448 or X25519");
  }
  if (parameters.octets.size() != crypto::CoordinateBytes(*curve)) {
    return InvalidArgument("Private: expected " + std::to_string(crypto::CoordinateBytes(*curve)) +
                           " octets");
  }
  if (unclamped) return KeyShare{{}, *curve, crypto::Scalar::Reduce(*curve, parameters.octets)};
  MESH_ASSIGN(const crypto::PrivateKey key,
              crypto::PrivateKey::FromSeed(*curve, parameters.octets));
  return KeyShare{{}, *curve, key.scalar()};
}

bool ReadPrivateKey(json::Reader& reader, PrivateParameters* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "crv") {
      reader.String(&out->curve);
    } else if (name == "Private") {
      reader.Binary(&out->octets);
    } else {
      reader.Skip();
    }
  }
  return reader.ok();
}

bool ReadPrivateParameters(json::Reader& reader, std::optional<KeyShare>* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "PrivateKeyECDH") return reader.Fail("expected the one member PrivateKeyECDH");
    PrivateParameters parameters;
    if (!ReadPrivateKey(reader, &parameters)) return false;
    Result<KeyShare> share = ShareOf(parameters);
    if (!share.ok()) return reader.Fail(share.status().message());
    *out = *std::move(share);
  }
  return reader.ok();
}

// KeyData may name a key without holding one.
bool ReadKeyShare(json::Reader& reader, std::optional<KeyShare>* out) {
  std::string_view name;
  std::string udf;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "UDF") {
      reader.String(&udf);
    } else if (name == "PrivateParameters") {
      ReadPrivateParameters(reader, out);
    } else {
      reader.Skip();
    }
  }
  if (*out) (*out)->udf = std::move(udf);
  return reader.ok();
}

void WriteKeyShare(const KeyShare& share, json::Writer& writer) {
  writer.BeginObject();
  if (!share.udf.empty()) writer.Member("UDF").String(share.udf);
  writer.Member("PrivateParameters").BeginObject().Member("PrivateKeyECDH").BeginObject();
  writer.Member("crv").String(std::string(crypto::CurveName(share.curve)) + kUnclamped);
  writer.Member("Private").Binary(share.number.octets());
  writer.EndObject().EndObject().EndObject();
}

// --- Capabilities ----------------------------------------------------------------------

bool ReadEnvelopedShares(json::Reader& reader, std::vector<dare::Envelope>* out) {
  reader.BeginArray();
  while (reader.NextElement()) {
    if (out->size() == kKeySharesMax) return reader.Fail("EnvelopedKeyShares: at most 16");
    if (!dare::ReadEnvelope(reader, &out->emplace_back())) return false;
  }
  return reader.ok();
}

bool ReadMember(json::Reader& reader, std::string_view name, Capability* out) {
  if (name == "Id") return reader.String(&out->id);
  if (name == "KeyData") return ReadKeyShare(reader, &out->share);
  if (name == "EnvelopedKeyShares") return ReadEnvelopedShares(reader, &out->enveloped_shares);
  if (name == "SubjectId") return reader.String(&out->subject_id);
  if (name == "SubjectAddress") return reader.String(&out->subject_address);
  if (name == "AuthenticationId") return reader.String(&out->authentication_id);
  if (name == "ServiceId") return reader.String(&out->service_id);
  if (name == "ServiceAddress") return reader.String(&out->service_address);
  return reader.Skip();
}

void WriteText(json::Writer& writer, std::string_view name, const std::string& text) {
  if (!text.empty()) writer.Member(name).String(text);
}

// Reads the one member `tag`, by `read()`, of the object that is next.
template <typename Read>
bool ReadTagged(json::Reader& reader, std::string_view tag, Read read) {
  std::string_view name;
  bool found = false;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    const bool wanted = name == tag;
    found = found || wanted;
    if (!(wanted ? read() : reader.Skip())) return false;
  }
  return reader.ok() && (found || reader.Fail("expected the member " + std::string(tag)));
}

}  // namespace

bool ReadCapability(json::Reader& reader, Capability* out) {
  std::string_view name;
  reader.BeginObject();
  if (!reader.NextMember(&name)) return reader.Fail("expected the class of a capability");
  out->type = name;
  reader.BeginObject();
  while (reader.NextMember(&name)) ReadMember(reader, name, out);
  if (reader.NextMember(&name)) return reader.Fail("expected one capability");
  return reader.ok() && (!out->id.empty() || reader.Fail("capability: Id is missing"));
}

Result<Capability> ParseCatalogedCapability(std::string_view payload) {
  json::Reader reader(payload);
  Capability capability;
  ReadTagged(reader, kTag, [&] {
    return ReadTagged(reader, "Capability", [&] { return ReadCapability(reader, &capability); });
  });
  if (!reader.Finish()) return reader.status();
  return capability;
}

void WriteCapability(const Capability& capability, json::Writer& writer) {
  writer.BeginObject().Member(capability.type).BeginObject();
  writer.Member("Id").String(capability.id);
  if (capability.share) {
    writer.Member("KeyData");
    WriteKeyShare(*capability.share, writer);
  }
  if (!capability.enveloped_shares.empty()) {
    writer.Member("EnvelopedKeyShares").BeginArray();
    for (const dare::Envelope& share : capability.enveloped_shares) {
      dare::WriteEnvelope(share, writer);
    }
    writer.EndArray();
  }
  WriteText(writer, "SubjectId", capability.subject_id);
  WriteText(writer, "SubjectAddress", capability.subject_address);
  WriteText(writer, "AuthenticationId", capability.authentication_id);
  WriteText(writer, "ServiceId", capability.service_id);
  WriteText(writer, "ServiceAddress", capability.service_address);
  writer.EndObject().EndObject();
}

void WriteCatalogedCapability(const Capability& capability, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject().Member(kTag).BeginObject().Member("Capability");
  WriteCapability(capability, writer);
  writer.EndObject().EndObject();
}

Result<KeyShare> ParseKeyShare(std::string_view payload) {
  json::Reader reader(payload);
  std::optional<KeyShare> share;
  ReadTagged(reader, "KeyData", [&] { return ReadKeyShare(reader, &share); });
  if (!reader.Finish()) return reader.status();
  if (!share) return InvalidArgument("KeyData: expected PrivateParameters");
  return *std::move(share);
}

std::string WriteKeyShare(const KeyShare& share) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("KeyData");
  WriteKeyShare(share, writer);
  writer.EndObject();
  return text;
}

}  // namespace mesh
