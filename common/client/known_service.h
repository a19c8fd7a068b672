// What a device knows of a service: its name, which is pinned, and the key with which its
// hosts make exchanges (docs/AUTHENTICATION.md, "Hello and the service's keys").
//
// Values; pure functions; any thread.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/client/messages.h"
#include "common/mesh/key_data.h"

namespace mesh::client {

// From a ConnectionHost that verified.
struct HostKey {
  std::string host_udf;
  KeyData key;  // KeyAuthentication.
  WallMillis not_on_or_after = 0;
};

struct KnownService {
  // Whence `udf` is known.
  enum class Origin {
    kNone,      // It is not: the first Hello decides.
    kStored,    // Seen before.
    kGiven,     // The user said it.
    kAccount,   // The account's ProfileAccount names it.
    kFirstUse,  // Learned now, from a Hello that nobody vouched for.
  };

  std::string udf;  // Of the ProfileService.
  Origin origin = Origin::kNone;
  WallMillis first_seen = 0;  // 0: not yet.
  std::optional<HostKey> host;
};

// Takes what a Hello shows, after having verified it. kDataLoss, with what it means and
// what to do, if it does not verify at `now`, or is another service than the one known;
// then `*service` is as before.
Status LearnService(const HelloReply& hello, WallMillis now, KnownService* service);

// By the URL of the service.
using KnownServices = std::map<std::string, KnownService, std::less<>>;

// The text of the file that keeps them, and back. kDataLoss if it is not one.
std::string WriteServices(const KnownServices& services);
Result<KnownServices> ReadServices(std::string_view text);

}  // namespace mesh::client
