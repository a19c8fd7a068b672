#include "common/crypto/signature.h"

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/decaf_group.h"
#include "common/crypto/digest.h"
#include "common/crypto/eddsa.h"
#include "common/crypto/edwards.h"
#include "common/crypto/shake256.h"

namespace mesh::crypto {
namespace {

// RFC 8032's dom2 and dom4 with no pre-hash.
std::string Domain(Curve curve, EddsaContext context) {
  if (!Is448(curve) && !context) return {};
  std::string domain = Is448(curve) ? "SigEd448" : "SigEd25519 no Ed25519 collisions";
  const std::string_view octets = context.value_or(std::string_view());
  MESH_CHECK(octets.size() <= 255);
  domain.push_back('\0');
  domain.push_back(static_cast<char>(octets.size()));
  domain.append(octets);
  return domain;
}

// The hash of the pieces as a number modulo L.
Scalar HashToScalar(Curve curve, std::string_view domain, std::string_view first,
                    std::string_view second, std::string_view octets) {
  if (Is448(curve)) {
    std::string hash = Shake256({domain, first, second, octets}, 2 * PublicKeyBytes(curve));
    const Scalar scalar = Scalar::Reduce(curve, hash);
    Wipe(hash);
    return scalar;
  }
  Sha512Stream stream;
  for (const std::string_view piece : {domain, first, second, octets}) stream.Update(piece);
  Digest512 hash = stream.Finish();
  const Scalar scalar = Scalar::Reduce(curve, hash);
  hash.Wipe();
  return scalar;
}

// libdecaf takes a null context for "none", so an empty one needs a real address.
const uint8_t* ContextOctets(EddsaContext context) {
  return context->empty() ? Octets("") : Octets(*context);
}

bool DecafVerify448(std::string_view key, std::string_view octets, std::string_view signature,
                    EddsaContext context) {
  const EddsaContext given = context.value_or(std::string_view());
  return decaf_ed448_verify(Octets(signature), Octets(key), Octets(octets), octets.size(), 0,
                            ContextOctets(given),
                            static_cast<uint8_t>(given->size())) == DECAF_SUCCESS;
}

bool DecafVerify25519(std::string_view key, std::string_view octets, std::string_view signature,
                      EddsaContext context) {
  const uint8_t* given = context ? ContextOctets(context) : DECAF_ED25519_NO_CONTEXT;
  const size_t size = context ? context->size() : 0;
  return decaf_ed25519_verify(Octets(signature), Octets(key), Octets(octets), octets.size(), 0,
                              given, static_cast<uint8_t>(size)) == DECAF_SUCCESS;
}

}  // namespace

// RFC 8032 §5.1.6, §5.2.6. libdecaf's own signing takes RFC 8032 seeds only, which
// neither 56-octet Ed448 seeds nor composite keys are.
std::string EddsaSign(const PrivateKey& key, std::string_view octets, EddsaContext context) {
  const Curve curve = key.curve();
  const std::string domain = Domain(curve, context);
  const Scalar nonce = HashToScalar(curve, domain, key.nonce_prefix(), {}, octets);
  std::string signature = EdwardsMultiplyBase(curve, nonce);
  const Scalar challenge = HashToScalar(curve, domain, signature, key.public_key().octets, octets);
  const Scalar response = nonce + challenge * key.scalar();
  signature.append(response.octets());
  signature.resize(SignatureBytes(curve));
  return signature;
}

bool EddsaVerify(const PublicKey& key, std::string_view octets, std::string_view signature,
                 EddsaContext context) {
  const std::string_view response = signature.substr(PublicKeyBytes(key.curve));
  if (!Scalar::FromOctets(key.curve, response).ok()) return false;
  return Is448(key.curve) ? DecafVerify448(key.octets, octets, signature, context)
                          : DecafVerify25519(key.octets, octets, signature, context);
}

Result<std::string> Sign(const PrivateKey& key, std::string_view octets) {
  if (!IsSignatureCurve(key.curve())) {
    return InvalidArgument("keys of " + std::string(CurveName(key.curve())) + " do not sign");
  }
  return EddsaSign(key, octets, std::string_view());
}

Status Verify(const PublicKey& key, std::string_view octets, std::string_view signature) {
  if (!IsSignatureCurve(key.curve)) {
    return InvalidArgument("keys of " + std::string(CurveName(key.curve)) + " do not sign");
  }
  if (key.octets.size() != PublicKeyBytes(key.curve)) {
    return InvalidArgument("signer's key has a wrong length");
  }
  if (signature.size() != SignatureBytes(key.curve)) {
    return InvalidArgument("signature has " + std::to_string(signature.size()) + " octets; " +
                           std::to_string(SignatureBytes(key.curve)) + " are needed");
  }
  if (EdwardsPointIsSmall(key.curve, key.octets)) {
    return InvalidArgument("signer's key is no point of large order");
  }
  if (!EddsaVerify(key, octets, signature, std::string_view())) {
    return InvalidArgument("signature does not verify");
  }
  return {};
}

}  // namespace mesh::crypto
