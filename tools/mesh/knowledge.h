// Knowledge is what the device's folder knows of the service that a command speaks with,
// and of its session there: read before, written after.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/client/account.h"
#include "common/client/cached_session.h"
#include "common/client/home.h"
#include "common/client/known_service.h"

namespace mesh::tool {

// Move-only; for one thread.
class Knowledge {
 public:
  // Of the service at `url`. `given_udf` is what the user says it is, or empty. `account` is
  // the one in whose name the command acts, or null. kDataLoss when these contradict each
  // other.
  static Result<Knowledge> Load(const client::Home& home, const std::string& url,
                                const std::string& given_udf, const client::Account* account);
  // Writes what is new. A service is new once it has proved who it is.
  Status Save(const client::Home& home);

  const std::string& url() const { return url_; }
  client::KnownService& service() { return service_; }
  client::CachedSession& session() { return session_; }

 private:
  std::string url_;
  std::string account_;  // Whose the session is; empty: nobody's, and it is not kept.
  client::KnownServices services_;
  client::KnownService service_;
  client::CachedSession session_;
  std::string saved_ticket_;
  WallMillis saved_offset_ = 0;
  std::string saved_direct_host_;
};

// Whence the service's name is known: for programs, "first use", and for people.
std::string_view OriginName(client::KnownService::Origin origin);
std::string OriginText(const client::KnownService& service);

}  // namespace mesh::tool
