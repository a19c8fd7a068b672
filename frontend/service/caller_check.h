// Whether what the initiator of an exchange presents makes its static key the caller's
// (docs/AUTHENTICATION.md, "Exchange"). Verifying a signature costs 0.2 ms; what
// held is remembered in the cache, whose thread they are for.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/binding/sealed_text.h"
#include "common/mesh/assertion_cache.h"
#include "frontend/service/authentication_metrics.h"

namespace mesh::proto {
class Caller;
}

namespace mesh::frontend {

// Why the caller is not believed.
struct CallerFault {
  Distrust reason;
  std::string detail;
};

// Each fills what `caller` is: mode, names, digests. `static_key` is the initiator's u.
std::optional<CallerFault> CheckDevice(const binding::RequestExtra& extra,
                                       std::string_view static_key, AssertionCache& assertions,
                                       proto::Caller* caller);
std::optional<CallerFault> CheckProfile(const binding::RequestExtra& extra,
                                        std::string_view static_key, AssertionCache& assertions,
                                        proto::Caller* caller);
// Whether `domain` shows the service is left to ask; its UDF is in `service_udf`.
std::optional<CallerFault> CheckService(const binding::RequestExtra& extra,
                                        std::string_view static_key, WallMillis now,
                                        proto::Caller* caller, std::string* service_udf);

}  // namespace mesh::frontend
