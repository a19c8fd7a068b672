// Any octets as a message of an exchange, to either side, and as a good first message with
// some octets changed.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/binding/noise.h"

using mesh::binding::NoiseInitiator;
using mesh::binding::NoiseResponder;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto key = mesh::crypto::PrivateKey::Generate(mesh::crypto::Curve::kX448);
  const std::string_view octets(reinterpret_cast<const char*>(data), size);

  NoiseInitiator initiator("fuzz", key, key.public_key().coordinate());
  std::string first = *initiator.WriteFirst("question", mesh::crypto::SystemRandom());
  MESH_CHECK(!initiator.ReadSecond(octets).ok());

  bool changed = false;
  for (size_t i = 0; i < size && i < first.size(); ++i) {
    changed = changed || data[i] != 0;
    first[i] = static_cast<char>(first[i] ^ data[i]);
  }
  NoiseResponder responder("fuzz", key);
  MESH_CHECK(responder.ReadFirst(first).ok() == !changed);
  NoiseResponder any("fuzz", key);
  MESH_CHECK(!any.ReadFirst(octets).ok());
  return 0;
}
