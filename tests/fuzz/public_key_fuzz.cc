// Public keys and signatures from outside, on all four curves.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/signature.h"

namespace mesh::crypto {
namespace {

const PrivateKey& OwnKey(Curve curve) {
  static const PrivateKey x448 = *PrivateKey::FromSeed(Curve::kX448, std::string(56, 'k'));
  static const PrivateKey x25519 = *PrivateKey::FromSeed(Curve::kX25519, std::string(32, 'k'));
  return Is448(curve) ? x448 : x25519;
}

// A composite key must refuse exactly the peers that a clamped one refuses.
void TryAgreement(const PublicKey& peer) {
  const PrivateKey& key = OwnKey(peer.curve);
  static_cast<void>(Agree(key, peer.octets));
  const auto composite = PrivateKey::FromScalar(peer.curve, key.scalar());
  MESH_CHECK(Agree(*composite, peer.octets).ok() == Agree(key, peer.octets).ok());
}

// What passes the check can be multiplied, and the result passes as well.
void TryPoint(const PublicKey& key) {
  const bool good = CheckPublicKey(key).ok();
  const auto product = MultiplyPoint(OwnKey(key.curve).scalar(), key);
  MESH_CHECK(product.ok() == good);
  MESH_CHECK(!good || CheckPublicKey(*product).ok());
}

void Try(Curve curve, std::string_view octets) {
  const std::string_view head = octets.substr(0, PublicKeyBytes(curve));
  const auto key = ParsePublicKey(curve, head);
  if (!key.ok()) return;
  TryPoint(*key);
  if (!IsSignatureCurve(curve)) return TryAgreement(*key);
  static_cast<void>(Verify(*key, "octets", octets.substr(head.size())));
}

}  // namespace
}  // namespace mesh::crypto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  mesh::crypto::Try(static_cast<mesh::crypto::Curve>(data[0] % 4), octets);
  return 0;
}
