#include "common/mesh/key_data.h"

#include <optional>
#include <string_view>

#include "common/crypto/udf.h"

namespace mesh {
namespace {

// The inner object of a tagged key.
bool ReadCurveAndPublic(json::Reader& reader, crypto::PublicKey* out) {
  std::string_view name;
  std::string curve_name;
  std::string octets;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "crv") {
      reader.String(&curve_name);
    } else if (name == "Public") {
      reader.Binary(&octets);
    } else {
      reader.Skip();
    }
  }
  if (!reader.ok()) return false;
  const std::optional<crypto::Curve> curve = crypto::CurveFromName(curve_name);
  if (!curve) return reader.Fail("crv: expected Ed448, Ed25519, X448 or X25519");
  const Result<crypto::PublicKey> key = crypto::ParsePublicKey(*curve, octets);
  if (!key.ok()) return reader.Fail("Public: " + key.status().message());
  *out = *key;
  return true;
}

}  // namespace

KeyData MakeKeyData(const crypto::PublicKey& key) { return {crypto::KeyFingerprint(key), key}; }

bool ReadTaggedKey(json::Reader& reader, crypto::PublicKey* out) {
  std::string_view name;
  bool found = false;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "PublicKeyECDH") return reader.Fail("expected the one member PublicKeyECDH");
    if (!ReadCurveAndPublic(reader, out)) return false;
    found = true;
  }
  return reader.ok() && (found || reader.Fail("expected the member PublicKeyECDH"));
}

bool ReadKeyData(json::Reader& reader, KeyData* out) {
  std::string_view name;
  std::string udf;
  bool found = false;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "UDF") {
      reader.String(&udf);
    } else if (name == "PublicParameters") {
      found = ReadTaggedKey(reader, &out->key);
    } else {
      reader.Skip();
    }
  }
  if (!reader.ok()) return false;
  if (!found) return reader.Fail("expected the member PublicParameters");
  out->udf = crypto::KeyFingerprint(out->key);
  return udf.empty() || udf == out->udf || reader.Fail("UDF: is not that of the key");
}

void WriteTaggedKey(const crypto::PublicKey& key, json::Writer& writer) {
  writer.BeginObject().Member("PublicKeyECDH").BeginObject();
  writer.Member("crv").String(crypto::CurveName(key.curve));
  writer.Member("Public").Binary(key.octets);
  writer.EndObject().EndObject();
}

void WriteKeyData(const KeyData& key, json::Writer& writer) {
  writer.BeginObject().Member("UDF").String(key.udf).Member("PublicParameters");
  WriteTaggedKey(key.key, writer);
  writer.EndObject();
}

}  // namespace mesh
