#include "bench/load/answers.h"

namespace mesh::load {

bool IsGood(int64_t status) { return status >= 100 && status < 300; }

int64_t StatusOfUnreadable(int http_status) { return http_status >= 300 ? http_status : 500; }

bool SaysNotApplied(int64_t status, std::string_view description) {
  return (status >= 400 && status < 500) || description.ends_with("the request was not applied");
}

bool SaysUnknown(int64_t status, std::string_view description) {
  return status >= 500 && description.ends_with("applied is not known");
}

}  // namespace mesh::load
