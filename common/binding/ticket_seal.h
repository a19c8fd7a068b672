// Sealing under a master key: one HKDF and one AES-256-GCM for each direction of a
// request (docs/AUTHENTICATION.md, "Tickets"). Pure functions; any thread.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

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

}  // namespace mesh::binding
