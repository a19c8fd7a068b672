// Sealing under a master key: one HKDF and one AES-256-GCM for each direction of a
// request (docs/AUTHENTICATION.md, "Tickets"). Pure functions; any thread.

#pragma once

#include <array>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/digest.h"

namespace mesh::binding {

// `salt` is the header's, kSaltBytes; `binding` is BindingOctets of the same header. The
// caller never uses a salt twice. Key and salts of other lengths are our own mistake.
std::string SealRequest(std::string_view master_key, std::string_view salt,
                        std::string_view binding, std::string_view sealed_text);
// kUnauthenticated when it does not open; which part is wrong is not told.
Result<std::string> OpenRequest(std::string_view master_key, std::string_view salt,
                                std::string_view binding, std::string_view payload);

// `reply_salt` is that of the reply's header, `binding` made of the reply's header.
std::string SealReply(std::string_view master_key, std::string_view request_salt,
                      std::string_view reply_salt, std::string_view binding,
                      std::string_view sealed_text);
Result<std::string> OpenReply(std::string_view master_key, std::string_view request_salt,
                              std::string_view reply_salt, std::string_view binding,
                              std::string_view payload);

// The service's side of one request: the keys of both directions, derived at once, which is
// cheaper. Movable; wiped when destroyed.
class TicketSeals {
 public:
  // Salts as above: the reply's is chosen before the request is opened.
  TicketSeals(std::string_view master_key, std::string_view request_salt,
              std::string_view reply_salt);
  TicketSeals(TicketSeals&& other) noexcept = default;
  ~TicketSeals();

  // As the functions above, where the text is.
  Status OpenRequest(std::string_view binding, std::string* text) const;
  void SealReply(std::string_view binding, std::string* text) const;

 private:
  std::array<crypto::Digest512, 2> outputs_;  // Key and IV of the request, and of the reply.
};

}  // namespace mesh::binding
