#include "common/client/activation.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/curve.h"
#include "common/crypto/udf.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh::client {
namespace {

using crypto::PrivateKey;

constexpr std::string_view kTag = "ActivationAccount";
constexpr std::string_view kPrivateTag = "PrivateKeyECDH";

void WritePrivateKey(const PrivateKey& key, json::Writer& writer) {
  writer.BeginObject().Member("UDF").String(crypto::KeyFingerprint(key.public_key()));
  writer.Member("PrivateParameters").BeginObject().Member(kPrivateTag).BeginObject();
  writer.Member("crv").String(crypto::CurveName(key.curve()));
  writer.Member("Private").Binary(key.seed());
  writer.EndObject().EndObject().EndObject();
}

std::string PayloadOf(const Activation& activation, std::string_view account_udf) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member(kTag).BeginObject();
  writer.Member("ActivationKey").String(activation.key);
  writer.Member("AccountUDF").String(account_udf);
  if (activation.account_encryption) {
    writer.Member("AccountEncryption");
    WritePrivateKey(*activation.account_encryption, writer);
  }
  writer.EndObject().EndObject();
  return text;
}

// The members of the object that is next, each by `read(name)`.
template <typename Read>
bool ReadMembers(json::Reader& reader, Read read) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (!read(name)) return false;
  }
  return reader.ok();
}

// PrivateKeyECDH: a key of agreement, as a seed.
bool ReadSeed(json::Reader& reader, std::optional<PrivateKey>* out) {
  std::string curve_name;
  std::string seed;
  const bool read = ReadMembers(reader, [&](std::string_view name) {
    if (name == "crv") return reader.String(&curve_name);
    return name == "Private" ? reader.Binary(&seed) : reader.Skip();
  });
  const std::optional<crypto::Curve> curve = crypto::CurveFromName(curve_name);
  const bool known = read && curve && !crypto::IsSignatureCurve(*curve);
  if (known) {
    Result<PrivateKey> key = PrivateKey::FromSeed(*curve, seed);
    if (key.ok()) *out = *std::move(key);
  }
  Wipe(seed);
  return read && (out->has_value() || reader.Fail("AccountEncryption: not a private key"));
}

bool ReadAccountEncryption(json::Reader& reader, std::optional<PrivateKey>* out) {
  return ReadMembers(reader, [&](std::string_view name) {
    if (name != "PrivateParameters") return reader.Skip();
    return ReadMembers(reader, [&](std::string_view tag) {
      return tag == kPrivateTag ? ReadSeed(reader, out) : reader.Skip();
    });
  });
}

Result<Activation> ReadPayload(std::string_view text) {
  json::Reader reader(text);
  Activation activation;
  ReadMembers(reader, [&](std::string_view tag) {
    if (tag != kTag) return reader.Skip();
    return ReadMembers(reader, [&](std::string_view name) {
      if (name == "ActivationKey") return reader.String(&activation.key);
      if (name != "AccountEncryption") return reader.Skip();
      return ReadAccountEncryption(reader, &activation.account_encryption);
    });
  });
  if (reader.Finish() && !activation.key.empty()) return activation;
  return InvalidArgument("the activation for this device cannot be read");
}

}  // namespace

Result<dare::Envelope> SealActivation(const Activation& activation, std::string_view account_udf,
                                      const Profile& device, const PrivateKey& administrator,
                                      crypto::RandomSource& random) {
  if (!device.key_encryption) return InvalidArgument("the device's profile has no KeyEncryption");
  dare::SealOptions options;
  options.recipients = {device.key_encryption->key};
  options.signer = &administrator;
  std::string payload = PayloadOf(activation, account_udf);
  Result<dare::Envelope> sealed = dare::Seal(payload, options, random);
  Wipe(payload);
  return sealed;
}

Result<Activation> OpenActivation(const dare::Envelope& envelope, const Device& device) {
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(envelope.header));
  Result<std::string> master = dare::RecoverMaster(header, device.encryption);
  if (!master.ok()) {
    return Status(Code::kPermissionDenied,
                  "the activation is not encrypted to this device: " + master.status().message());
  }
  Result<std::string> payload = dare::DecryptPayload(envelope, header, *master);
  Wipe(*master);
  if (!payload.ok()) return payload.status();
  Result<Activation> activation = ReadPayload(*payload);
  Wipe(*payload);
  return activation;
}

}  // namespace mesh::client
