#include "frontend/tls/plain_engine.h"

#include <algorithm>

namespace mesh::tls {

Engine::Outcome PlainEngine::Handshake(std::string&) { return Outcome::kDone; }

Engine::Outcome PlainEngine::Read(char* into, size_t room, size_t* size, std::string&) {
  *size = std::min(room, input_.size());
  if (*size == 0) return Outcome::kWantInput;
  std::copy_n(input_.data(), *size, into);
  input_.remove_prefix(*size);
  return Outcome::kDone;
}

Engine::Outcome PlainEngine::Write(std::string_view plain, std::string& output) {
  output.append(plain);
  return Outcome::kDone;
}

void PlainEngine::Close(std::string&) {}

}  // namespace mesh::tls
