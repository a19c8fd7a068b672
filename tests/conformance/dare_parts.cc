#include "tests/conformance/dare_parts.h"

#include <stdexcept>

#include "common/crypto/udf.h"
#include "common/dare/encryption.h"

namespace mesh::conformance {

crypto::PrivateKey KeyOf(const std::string& curve, const std::string& seed) {
  Result<crypto::PrivateKey> key =
      crypto::PrivateKey::FromSeed(crypto::CurveFromName(curve).value(), seed);
  if (!key.ok()) throw std::runtime_error(key.status().message());
  return *std::move(key);
}

crypto::PublicKey PublicKeyOf(const Case& key) {
  const std::string octets = Base64Of(key, key.contains("public") ? "public" : "Public");
  return {crypto::CurveFromName(Text(key, "crv")).value(), octets};
}

dare::Envelope EnvelopeOf(const Case& array) {
  Result<dare::Envelope> envelope = dare::ParseEnvelope(array.dump());
  if (!envelope.ok()) throw std::runtime_error(envelope.status().message());
  return *std::move(envelope);
}

Outcome AgreeKid(const crypto::PublicKey& key, const std::string& content_type,
                 const std::string& kid) {
  return Agree("kid", crypto::KeyFingerprint(key, crypto::kUdfBits, content_type), kid);
}

Outcome Unwrap(const std::string& shared, const std::string& wrapped, std::string* master) {
  Result<std::string> unwrapped = dare::UnwrapMaster(shared, wrapped);
  if (!unwrapped.ok()) return Refuted(unwrapped.status().message());
  *master = *std::move(unwrapped);
  return Verified();
}

}  // namespace mesh::conformance
