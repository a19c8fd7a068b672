// jsonb.json: data items of JSON-B and JSON-C.

#include "common/crypto/digest.h"
#include "common/crypto/udf.h"
#include "common/encoding/base64url.h"
#include "common/encoding/json_b.h"
#include "common/encoding/json_text.h"
#include "tests/conformance/json_value.h"
#include "tests/conformance/vector_file.h"

namespace mesh::conformance {
namespace {

Outcome AgreeValue(const json_b::Item& item, const Case& want) {
  std::string got;
  if (item.kind == json_b::Kind::kString) got = Case(item.octets).dump();
  if (item.kind == json_b::Kind::kInteger) got = std::to_string(item.magnitude);
  if (item.kind == json_b::Kind::kFloat) got = Case(item.number).dump();
  if (item.kind == json_b::Kind::kBool) got = item.flag ? "true" : "false";
  if (item.kind == json_b::Kind::kNull) got = "null";
  return Agree("value", got, want.dump());
}

// What json::Reader reads is `want` too.
Outcome AgreePulled(std::string_view octets, const Case& want) {
  json::Options options;
  options.json_b = true;
  json::Reader reader(octets, options);
  std::string_view text;
  std::string scratch;
  if (!json::ReadAsText(reader, &text, &scratch) || !reader.Finish()) {
    return Refuted(reader.status().message());
  }
  return Case::parse(text) == want ? Verified() : Refuted("pulled: " + std::string(text));
}

Outcome CheckValue(const Case& test) {
  const std::string octets = HexOf(test, "hex");
  json_b::Reader reader(octets);
  const Result<json_b::Item> item = reader.Next();
  if (!item.ok()) return Refuted(item.status().message());
  if (!reader.finished()) return Refuted("octets are left over");
  MESH_MUST(AgreeValue(*item, test.at("value")));
  MESH_MUST(AgreePulled(octets, test.at("value")));
  if (Text(test, "type") != "float") return Verified();
  std::string written;
  json_b::AppendFloat(test.at("value").get<double>(), written);
  return Agree("written", written, octets);
}

Outcome CheckSequence(const Case& test) {
  const std::string octets = HexOf(test, "hex");
  json_b::Reader reader(octets);
  for (const Case& want : test.at("values")) {
    if (reader.finished()) return Refuted("a value is missing");
    const Result<json_b::Item> item = reader.Next();
    if (!item.ok()) return Refuted(item.status().message());
    MESH_MUST(AgreeValue(*item, want));
  }
  if (!reader.finished()) return Refuted("octets are left over");
  if (reader.codes().size() != test.at("definitions").size()) return Refuted("number of codes");
  for (const auto& [code, value] : reader.codes()) {
    MESH_MUST(Agree("code", value.octets, Text(test.at("definitions"), std::to_string(code))));
  }
  return Verified();
}

// The draft means the fingerprint of the dictionary; no digest of it matches.
Outcome CheckDictionary(const Case& test) {
  const std::string printed = HexOf(test, "hex").substr(6);
  const std::string dictionary = HexOf(test, "dictionary");
  const std::string fingerprint = crypto::ContentDigestOctets(dictionary, "application/json-c");
  for (const std::string& digest : {std::string(crypto::Sha256(dictionary)),
                                    std::string(crypto::Sha512(dictionary)), fingerprint}) {
    if (digest.substr(0, printed.size()) == printed) return Verified();
  }
  return Refuted("no digest of the dictionary");
}

Outcome CheckSequenceOfData(const Case& test) {
  const std::string octets = HexOf(test, "hex");
  MESH_MUST(Agree("base64", Base64UrlEncode(octets), Text(test, "base64")));
  std::string_view rest = octets;
  for (const Case& field : test.at("fields")) {
    const Result<std::string_view> data = json_b::TakeData(&rest);
    if (!data.ok()) return Refuted(data.status().message());
    MESH_MUST(Agree("field", *data, FromHex(field.get<std::string>())));
  }
  return rest.empty() ? Verified() : Refuted("octets are left over");
}

// Every key inside has its own name.
Outcome CheckKeysIn(const Case& value) {
  if (!value.is_structured()) return Verified();
  if (value.is_object() && value.contains("PublicParameters")) {
    const Case& recorded = value.at("PublicParameters").at("PublicKeyECDH");
    const crypto::PublicKey key{*crypto::CurveFromName(Text(recorded, "crv")),
                                Base64Of(recorded, "Public")};
    const std::string name = crypto::KeyFingerprint(key, crypto::kUdfBits, "PKIXKey");
    if (value.contains("Udf")) MESH_MUST(Agree("udf", name, Text(value, "Udf")));
  }
  for (const Case& member : value) MESH_MUST(CheckKeysIn(member));
  return Verified();
}

Outcome CheckObject(const Case& test) {
  const std::string octets = Base64Of(test, "base64");
  MESH_MUST(Agree("written", WriteJsonB(ReadOrderedJsonB(octets)), octets));
  MESH_MUST(AgreePulled(octets, ReadJsonB(octets)));
  return CheckKeysIn(ReadJsonB(octets));
}

const Checkers kCheckers = {
    {"jsonb_value", CheckValue},          {"jsonc_sequence", CheckSequence},
    {"jsonc_dict_hash", CheckDictionary}, {"jsonb_eds", CheckSequenceOfData},
    {"jsonb_object", CheckObject},
};

MESH_VECTOR_FILE(jsonb, kCheckers, (Tally{.agreeing = 37, .skipped = 0}))

}  // namespace
}  // namespace mesh::conformance
