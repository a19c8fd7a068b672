// dare_envelope.json: encryption of envelopes step by step, and whole envelopes.

#include "common/crypto/kdf.h"
#include "common/crypto/signature.h"
#include "common/crypto/udf.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/signature.h"
#include "common/encoding/json_b.h"
#include "tests/conformance/dare_parts.h"

namespace mesh::conformance {
namespace {

Outcome CheckPrivateKey(const Case& test) {
  const crypto::PrivateKey key = KeyOf(Text(test, "crv"), Base64Of(test, "private"));
  MESH_MUST(Agree("public", key.public_key().octets, Base64Of(test, "public")));
  return AgreeKid(key.public_key(), Text(test, "content_type"), Text(test, "kid"));
}

Outcome CheckEphemeralPrivate(const Case& test) {
  const crypto::PrivateKey key = KeyOf(Text(test, "crv"), Base64Of(test, "private"));
  return Agree("epk", key.public_key().octets, Base64Of(test, "epk"));
}

// Key agreement, the wrapping key and what it unwraps.
Outcome CheckAgreement(const Case& test, std::string* master) {
  const crypto::PrivateKey key = KeyOf(Text(test, "crv"), Base64Of(test, "private"));
  const Result<std::string> shared = dare::SharedSecret(key, {key.curve(), Base64Of(test, "epk")});
  if (!shared.ok()) return Refuted(shared.status().message());
  MESH_MUST(Agree("agreement", *shared, HexOf(test, "agreement")));
  MESH_MUST(Agree("kek", crypto::HkdfSha512(*shared, {}, Text(test, "kek_info"), 32),
                  HexOf(test, "kek")));
  return Unwrap(*shared, HexOf(test, "wrapped"), master);
}

Outcome CheckWrap(const Case& test) {
  std::string master;
  MESH_MUST(CheckAgreement(test, &master));
  return Agree("kid", crypto::SymmetricKeyId(master, Text(test, "symkey_type")), Text(test, "kid"));
}

Outcome CheckItem(const Case& test) {
  const std::string master = HexOf(test, "master");
  const std::string salt = HexOf(test, "salt");
  MESH_MUST(Agree("key", crypto::HkdfSha256(master, salt, "encrypt", 32), HexOf(test, "key")));
  MESH_MUST(Agree("iv", crypto::HkdfSha256(master, salt, "iv", 16), HexOf(test, "iv")));
  MESH_MUST(Agree("ciphertext", dare::EncryptItem(master, salt, Text(test, "plaintext")),
                  HexOf(test, "ciphertext")));
  const Result<std::string> clear = dare::DecryptItem(master, salt, HexOf(test, "ciphertext"));
  if (!clear.ok()) return Refuted(clear.status().message());
  return Agree("plaintext", *clear, Text(test, "plaintext"));
}

Outcome CheckIntermediate(const Case& test) {
  std::string master;
  MESH_MUST(CheckAgreement(test, &master));
  MESH_MUST(Agree("master", master, HexOf(test, "master")));
  MESH_MUST(CheckItem(test));
  if (!Has(test, "kid")) return Verified();
  return Agree("kid", crypto::SymmetricKeyId(master, Text(test, "symkey_type")), Text(test, "kid"));
}

// --- Whole envelopes --------------------------------------------------------------

struct Opened {
  dare::Envelope envelope;
  dare::HeaderFields header;
  std::string master;  // Empty: in clear.
};

Outcome Open(const Case& test, Opened* opened) {
  opened->envelope = EnvelopeOf(test.at("envelope"));
  const Result<dare::HeaderFields> header = dare::ParseHeader(opened->envelope.header);
  if (!header.ok()) return Refuted(header.status().message());
  opened->header = *header;
  if (!header->encrypted()) return Verified();
  const dare::RecipientFields& recipient = header->recipients.at(0);
  const std::string seed = Base64Of(test.at("keys").at("kids"), recipient.kid);
  const crypto::PrivateKey key = KeyOf(recipient.epk_curve, seed);
  const Result<std::string> shared = dare::SharedSecret(key, {key.curve(), recipient.epk});
  if (!shared.ok()) return Refuted(shared.status().message());
  return Unwrap(*shared, recipient.wmk, &opened->master);
}

Outcome CheckPayload(const Case& test, const Opened& opened) {
  const std::string plain = Text(test, "plaintext");
  const std::string& body = opened.envelope.payload;
  if (opened.master.empty()) return Agree("plaintext", body, plain);
  const Result<std::string> clear = dare::DecryptItem(opened.master, opened.header.salt, body);
  if (!clear.ok()) return Refuted(clear.status().message());
  MESH_MUST(Agree("plaintext", *clear, plain));
  MESH_MUST(Agree("encrypted", dare::EncryptItem(opened.master, opened.header.salt, plain), body));
  if (opened.header.kid.empty() || test.value("skip_kid", false)) return Verified();
  return Agree("kid", crypto::SymmetricKeyId(opened.master, Text(test, "symkey_type")),
               opened.header.kid);
}

Outcome CheckAnnotations(const Case& test, const Opened& opened) {
  for (size_t i = 0; i < opened.header.annotations.size(); ++i) {
    const std::string& annotation = opened.header.annotations[i];
    std::string clear;
    if (opened.master.empty()) {
      std::string_view rest = annotation;
      if (!json_b::TakeData(&rest).ok()) return Refuted("no salt");
      const Result<std::string_view> body = json_b::TakeData(&rest);
      if (!body.ok()) return Refuted(body.status().message());
      clear = *body;
    } else {
      const Result<std::string> body =
          dare::DecryptAnnotation(opened.master, opened.header.salt, annotation);
      if (!body.ok()) return Refuted(body.status().message());
      clear = *body;
    }
    MESH_MUST(Agree("EDS", clear, test.at("eds").at(i).get<std::string>()));
  }
  return Verified();
}

Outcome CheckSignatures(const Case& test, const Opened& opened) {
  if (opened.envelope.trailer.empty()) return Verified();
  const Result<dare::TrailerFields> trailer = dare::ParseTrailer(opened.envelope.trailer);
  if (!trailer.ok()) return Refuted(trailer.status().message());
  const crypto::Digest512 digest = dare::PayloadDigest(opened.envelope.payload);
  if (!trailer->payload_digest.empty()) {
    MESH_MUST(Agree("PayloadDigest", digest, trailer->payload_digest));
  }
  for (const dare::SignatureFields& entry : trailer->signatures) {
    const crypto::PrivateKey key =
        KeyOf("Ed25519", Base64Of(test.at("keys").at("kids"), entry.kid));
    MESH_MUST(AgreeKid(key.public_key(), Text(test, "kid_content_type"), entry.kid));
    const Status status = crypto::Verify(key.public_key(), digest, entry.signature);
    if (!status.ok()) return Refuted(status.message());
    if (entry.witness.empty()) continue;
    MESH_MUST(Agree("witness",
                    dare::SignatureWitness(opened.master, opened.header.salt, entry.signature),
                    entry.witness));
  }
  return Verified();
}

Outcome CheckEnvelope(const Case& test) {
  Opened opened;
  MESH_MUST(Open(test, &opened));
  MESH_MUST(CheckPayload(test, opened));
  MESH_MUST(CheckAnnotations(test, opened));
  if (Has(test, "content_meta")) {
    MESH_MUST(Agree("content meta", opened.header.content_meta_data, Text(test, "content_meta")));
  }
  return CheckSignatures(test, opened);
}

const Checkers kCheckers = {
    {"dare_private_key", CheckPrivateKey},
    {"dare_ephemeral_private", CheckEphemeralPrivate},
    {"dare_intermediate", CheckIntermediate},
    {"dare_wrap", CheckWrap},
    {"dare_item", CheckItem},
    {"dare_envelope", CheckEnvelope},
};

MESH_VECTOR_FILE(dare_envelope, kCheckers, (Tally{.agreeing = 89, .skipped = 0}))

}  // namespace
}  // namespace mesh::conformance
