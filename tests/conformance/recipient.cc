#include "tests/conformance/recipient.h"

#include <stdexcept>

#include "common/crypto/cipher.h"
#include "common/crypto/digest.h"
#include "common/crypto/kdf.h"
#include "common/crypto/key_wrap.h"

namespace mesh::conformance {

Case RecipientOf(const Case& envelope, const std::string& kid) {
  for (const Case& recipient : envelope.at(0).at("recipients")) {
    if (Text(recipient, "kid") == kid) return recipient;
  }
  throw std::runtime_error("no recipient " + kid);
}

Result<std::string> UnwrapMaster(std::string_view shared, std::string_view info,
                                 std::string_view wrapped) {
  return crypto::UnwrapKey(crypto::HkdfSha512(shared, {}, info, 32), wrapped);
}

Outcome CheckDecryption(const Case& envelope, std::string_view master,
                        const std::string& plaintext) {
  const std::string salt = Base64Of(envelope.at(0), "Salt");
  const auto decrypted = crypto::CbcDecrypt(crypto::HkdfSha256(master, salt, "encrypt", 32),
                                            crypto::HkdfSha256(master, salt, "iv", 16),
                                            FromBase64Url(envelope.at(1).get<std::string>()));
  if (!decrypted.ok()) return Refuted(decrypted.status().message());
  return Agree("plaintext", *decrypted, plaintext);
}

Outcome CheckDigestAndWitness(const Case& envelope, std::string_view master) {
  const Case& header = envelope.at(0);
  const Case trailer = envelope.size() > 2 ? envelope.at(2) : Case::object();
  const Case& digested = Has(trailer, "PayloadDigest") ? trailer : header;
  if (Has(digested, "PayloadDigest")) {
    MESH_MUST(Agree("PayloadDigest",
                    crypto::Sha512(FromBase64Url(envelope.at(1).get<std::string>())),
                    Base64Of(digested, "PayloadDigest")));
  }
  if (!trailer.contains("signatures")) return Verified();
  for (const Case& signature : trailer.at("signatures")) {
    if (!Has(signature, "witness")) continue;
    MESH_MUST(Agree(
        "witness",
        crypto::HkdfSha256(master, Base64Of(header, "Salt"), Base64Of(signature, "signature"), 32),
        Base64Of(signature, "witness")));
  }
  return Verified();
}

}  // namespace mesh::conformance
