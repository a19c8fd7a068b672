// Any octets as a Mesh message of each class: refused, or written again to something that
// reads the same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/mesh/group.h"
#include "common/mesh/message.h"
#include "common/mesh/message_signature.h"

namespace {

template <typename Parse>
void Check(std::string_view payload, Parse parse) {
  const auto message = parse(payload);
  if (!message.ok()) return;
  std::string again;
  mesh::WriteMessage(*message, again);
  MESH_CHECK(parse(again).ok());
}

void CheckCapability(std::string_view payload) {
  const auto capability = mesh::ParseCatalogedCapability(payload);
  if (!capability.ok()) return;
  std::string again;
  mesh::WriteCatalogedCapability(*capability, again);
  MESH_CHECK(mesh::ParseCatalogedCapability(again).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  Check(payload, mesh::ParseMessageHead);
  Check(payload, mesh::ParseRequestConnection);
  Check(payload, mesh::ParseAcknowledgeConnection);
  Check(payload, mesh::ParseRespondConnection);
  Check(payload, mesh::ParseMessageClaim);
  Check(payload, mesh::ParseMessagePin);
  Check(payload, mesh::ParseMessageError);
  Check(payload, mesh::ParseGroupInvitation);
  CheckCapability(payload);
  const std::string bare = mesh::WithoutSignatureBlocks(std::string(payload));
  MESH_CHECK(mesh::WithoutSignatureBlocks(bare) == bare);
  return 0;
}
