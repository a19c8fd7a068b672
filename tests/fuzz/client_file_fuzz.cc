// Whatever stands in the files of a device, it is read or refused, and what was read is
// written so that it reads the same.

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/client/cached_session.h"
#include "common/client/known_service.h"
#include "common/client/publishing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const mesh::client::CachedSession session = mesh::client::ReadSession(text);
  if (!session.ticket.empty()) {
    const std::string written = mesh::client::WriteSession(session);
    MESH_CHECK(mesh::client::WriteSession(mesh::client::ReadSession(written)) == written);
  }
  const auto services = mesh::client::ReadServices(text);
  MESH_CHECK(services.ok() || services.status().code() == mesh::Code::kDataLoss);
  if (services.ok()) {
    const std::string written = mesh::client::WriteServices(*services);
    MESH_CHECK(mesh::client::WriteServices(*mesh::client::ReadServices(written)) == written);
  }
  const auto published = mesh::client::ReadPublished(text);
  MESH_CHECK(published.ok() || published.status().code() == mesh::Code::kDataLoss);
  if (published.ok()) {
    const std::string written = mesh::client::WritePublished(*published);
    MESH_CHECK(mesh::client::WritePublished(*mesh::client::ReadPublished(written)) == written);
  }
  return 0;
}
