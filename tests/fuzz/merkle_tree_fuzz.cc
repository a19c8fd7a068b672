// Any octets are refused, or a frontier that goes on; no made-up inclusion path holds.

#include "common/dare/merkle_tree.h"

#include <cstddef>
#include <cstdint>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/digest.h"

using mesh::dare::kTreeDigestBytes;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::string digest(mesh::crypto::Sha512("payload"));
  auto frontier = mesh::dare::MerkleFrontier::Restore(octets);
  if (frontier.ok()) {
    MESH_CHECK(frontier->Serialize() == octets);
    MESH_CHECK(frontier->Append(digest).size() == kTreeDigestBytes);
  }
  if (size < 16) return 0;
  mesh::dare::InclusionPath path;
  path.index = mesh::ReadBigEndian64(octets);
  path.frames = mesh::ReadBigEndian64(octets.substr(8));
  for (octets.remove_prefix(16); octets.size() >= kTreeDigestBytes;
       octets.remove_prefix(kTreeDigestBytes)) {
    path.operands.emplace_back(octets.substr(0, kTreeDigestBytes));
  }
  MESH_CHECK(!mesh::dare::VerifyInclusionPath(path, digest, digest).ok());
  return 0;
}
