// An Engine that does nothing to the octets, for listeners without TLS: what passes them is
// sealed already (docs/AUTHENTICATION.md, "Without TLS").

#pragma once

#include <string>
#include <string_view>

#include "frontend/tls/engine.h"

namespace mesh::tls {

// For one thread. Needs no handshake, never fails, and is closed by the socket alone.
class PlainEngine final : public Engine {
 public:
  Outcome Handshake(std::string& output) override;
  Outcome Read(char* into, size_t room, size_t* size, std::string& output) override;
  bool has_input() const override { return !input_.empty(); }
  Outcome Write(std::string_view plain, std::string& output) override;
  void Close(std::string& output) override;
  void Trim() override {}
  bool handshake_done() const override { return true; }
  bool resumed() const override { return false; }
};

}  // namespace mesh::tls
