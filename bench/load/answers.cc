#include "bench/load/answers.h"

#include <string>

#include "common/mesh/outcome_text.h"

namespace mesh::load {
namespace {

// To a bare request that names its account: the service wants a proof.
constexpr int64_t kUnauthenticated = 401;

}  // namespace

bool IsGood(int64_t status) { return status >= 100 && status < 300; }

int64_t StatusOfUnreadable(int http_status) { return http_status >= 300 ? http_status : 500; }

bool SaysNotApplied(int64_t status, std::string_view description) {
  return (status >= 400 && status < 500) || description.ends_with("the request was not applied");
}

Status CheckBareIsTaken(int64_t status, std::string_view description) {
  if (status != kUnauthenticated) return {};
  return Status(Code::kPermissionDenied,
                "the service takes no bare requests; it said: " + std::to_string(status) + " " +
                    std::string(description) +
                    ". Add --authenticate ticket (with --verify-only: as the load had it), or run "
                    "the service with --reference-compatibility");
}

bool SaysUnknown(int64_t status, std::string_view description) {
  return status >= 500 && SaysNotKnown(description);
}

}  // namespace mesh::load
