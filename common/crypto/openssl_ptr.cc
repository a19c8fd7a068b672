#include "common/crypto/openssl_ptr.h"

#include <openssl/err.h>

#include <string>

namespace mesh::crypto {

Status OpensslError(Code code, std::string_view what) {
  std::string message(what);
  const char* separator = ": ";
  while (const unsigned long error = ERR_get_error()) {  // NOLINT(google-runtime-int): OpenSSL's.
    const char* reason = ERR_reason_error_string(error);
    message += separator;
    message += reason != nullptr ? reason : "unknown reason";
    separator = "; ";
  }
  return Status(code, std::move(message));
}

}  // namespace mesh::crypto
