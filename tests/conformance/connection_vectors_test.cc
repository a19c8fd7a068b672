// device_connect.json: PINs, witnesses, claims and publications of connecting a device.

#include "common/crypto/digest.h"
#include "common/crypto/mac.h"
#include "common/crypto/udf.h"
#include "tests/conformance/recipient.h"
#include "tests/conformance/vector_file.h"

namespace mesh::conformance {
namespace {

// The octets a UDF stands for, after its type.
std::string DataOf(const std::string& text) {
  auto udf = crypto::ParseUdf(text);
  if (!udf.ok()) throw std::runtime_error(udf.status().message());
  return udf->data;
}

Outcome CheckPin(const Case& test) {
  const std::string salted = Text(test, "salted_pin");
  if (Has(test, "pin")) {
    MESH_MUST(
        Agree("salted", crypto::MacUdf(DataOf(Text(test, "pin")), Text(test, "action")), salted));
  }
  return Agree("pin id", crypto::MacUdf(DataOf(salted), Text(test, "account")),
               Text(test, "pin_id"));
}

Outcome AgreePinWitness(const Case& test, std::string_view key, const std::string& member) {
  const std::string message =
      Text(test, "account") + Base64Of(test, "client_nonce") + Base64Of(test, "payload_digest");
  return Agree("witness", crypto::HmacSha512(key, message), Base64Of(test, member));
}

Outcome CheckPinWitness(const Case& test) {
  return AgreePinWitness(test, DataOf(Text(test, "salted_pin")), "witness");
}

Outcome CheckWitness(const Case& test) {
  std::string hashes;
  for (const auto& [member, nonce] :
       {std::pair("account_key", "server_nonce"), std::pair("device_key", "client_nonce")}) {
    const Case& recorded = test.at(member);
    const crypto::PublicKey key{*crypto::CurveFromName(Text(recorded, "crv")),
                                Base64Of(recorded, "public")};
    const std::string type = Text(test, "content_type");
    MESH_MUST(
        Agree("udf", crypto::KeyFingerprint(key, crypto::kUdfBits, type), Text(recorded, "udf")));
    hashes += crypto::Sha512(crypto::KeyFingerprintOctets(key, type), Base64Of(test, nonce));
  }
  const crypto::Digest512 witness = crypto::Sha512(hashes);
  return Agree("witness", crypto::FormatUdf(witness[0], witness.view().substr(1), crypto::kUdfBits),
               Text(test, "witness"));
}

Outcome CheckClaim(const Case& test) {
  const std::string secret = DataOf(Text(test, "earl"));
  const std::string sender = Text(test, "sender");
  const std::string service = crypto::ServiceAuthenticator(secret);
  const std::string device = crypto::DeviceAuthenticator(secret);
  MESH_MUST(Agree("publication id", crypto::SymmetricKeyId(secret, Text(test, "symkey_type")),
                  Text(test, "publication_id")));
  MESH_MUST(Agree("service", crypto::ClaimAuthenticator(DataOf(service), sender),
                  Text(test, "service_authenticate")));
  MESH_MUST(Agree("device", crypto::ClaimAuthenticator(DataOf(device), sender),
                  Text(test, "device_authenticate")));
  if (!crypto::VerifyClaim(Text(test, "service_authenticate"), service, sender)) {
    return Refuted("the service's check of the claim fails");
  }
  return Verified();
}

Outcome CheckPublication(const Case& test) {
  const std::string secret = DataOf(Text(test, "earl"));
  const std::string id = Text(test, "publication_id");
  MESH_MUST(Agree("id", crypto::SymmetricKeyId(secret, Text(test, "symkey_type")), id));
  MESH_MUST(
      Agree("authenticator", crypto::ServiceAuthenticator(secret), Text(test, "authenticator")));
  const Case& envelope = test.at("envelope");
  const Case recipient = envelope.at(0).at("recipients").at(0);
  MESH_MUST(Agree("recipient", Text(recipient, "kid"), id));
  const auto master = UnwrapMaster(secret, "", Base64Of(recipient, "wmk"));
  if (!master.ok()) return Refuted(master.status().message());
  return CheckDecryption(envelope, *master, Text(test, "plaintext"));
}

Outcome CheckLaterEnvelopeId(const Case& test) {
  const auto id = crypto::ParseUdf(Text(test, "message_id"));
  if (!id.ok()) return Refuted(id.status().message());
  const auto digest = id->type == static_cast<uint8_t>(crypto::UdfType::kDigestSha3)
                          ? crypto::UdfDigest::kSha3
                          : crypto::UdfDigest::kSha2;
  return Agree(
      "id",
      crypto::ContentDigestUdf(id->data, Text(test, "content_type"), crypto::kUdfBits, digest),
      Text(test, "envelope_id"));
}

// July 2020: the MAC key is the TEXT of the salted PIN.
Outcome CheckJulyFormulas(const Case& test) {
  const std::string salted = Text(test, "salted_pin");
  MESH_MUST(
      Agree("salted", crypto::MacUdf(DataOf(Text(test, "pin")), Text(test, "action")), salted));
  MESH_MUST(Agree("pin id", crypto::MacUdf(salted, Text(test, "account")), Text(test, "pin_id")));
  MESH_MUST(AgreePinWitness(test, salted, "pin_witness"));
  const std::string message_id = Text(test, "message_id");
  MESH_MUST(Agree("envelope id", crypto::EnvelopeId(message_id), Text(test, "envelope_id")));
  // The recorded text was computed with zeros after its 128 bits; the responses of real
  // clients go on with the digest. Both texts stand for the same octets.
  MESH_MUST(Agree("response id", DataOf(crypto::ResponseId(message_id)),
                  DataOf(Text(test, "response_id"))));
  return Agree("publication id", crypto::SymmetricKeyId(DataOf(Text(test, "earl"))),
               Text(test, "publication_id"));
}

MESH_VECTOR_FILE(
    device_connect,
    (Checkers{{"pin", CheckPin},
              {"pin_witness", CheckPinWitness},
              {"witness", CheckWitness},
              {"claim", CheckClaim},
              {"publication", CheckPublication},
              {"envelope_id", CheckLaterEnvelopeId},
              {"july_formulas", CheckJulyFormulas},
              {"raw", [](const Case&) { return Skipped("stored only: nothing to compute"); }}}),
    (Tally{.agreeing = 49, .skipped = 2}))

}  // namespace
}  // namespace mesh::conformance
