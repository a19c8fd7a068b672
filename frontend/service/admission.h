// Admission refuses early what would wait too long: every bound on what one event
// loop takes on stands here. What is refused is counted by its bound.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/mesh/slot.h"
#include "frontend/service/service_metrics.h"
#include "frontend/service/service_options.h"

namespace mesh::frontend {

// For one event loop's thread.
class Admission {
 public:
  // `key` spreads accounts over the rate table: a random one, so that nobody can
  // choose a name to share a stranger's allowance. `metrics` outlives it.
  Admission(const ServiceOptions& options, const SlotKey& key, ServiceMetrics& metrics);

  // Counts a request whose body has `body_bytes` in. kResourceExhausted if that is
  // too much; then it is not counted.
  Status Enter(size_t body_bytes);
  // Counts it out again.
  void Leave(size_t body_bytes);

  // Takes one request from the account's allowance. kResourceExhausted when there is
  // none left. Accounts share allowances when their names meet in the table, which
  // is bounded.
  Status CheckRate(std::string_view account, MonotonicTime now);

  // Takes the first agreement of an exchange from the loop's allowance, which is
  // kOpeningsPerExchange times that of exchanges: it shows whether the sender has done its part,
  // and who has not uses up nothing else. kResourceExhausted when there is none left.
  Status CheckOpening(MonotonicTime now);
  // Takes one operation with `key` from the account's allowance for that key. Likewise.
  Status CheckOperation(std::string_view account, std::string_view key, MonotonicTime now);

  // Takes one costly piece of public-key work from the loop's allowance: the rest of an exchange,
  // or an administrator's signature. kResourceExhausted when there is none left.
  Status CheckExchange(MonotonicTime now);

  // Takes what reading an exchange's request has cost besides, from the same allowance and after
  // the fact: it may be below nothing then, and the next exchanges wait.
  void ChargeExchange(uint64_t verifications);

  size_t in_flight() const { return in_flight_; }

 private:
  static constexpr size_t kBuckets = 8192;  // Each 16 octets; see CheckRate.

  struct Bucket {
    float tokens = 0;
    uint32_t used = 0;  // Whether tokens has been filled at all.
    int64_t filled_nanos = 0;
  };

  // Takes a token of a bucket that fills by `rate` a second up to `burst`; false: it is empty.
  static bool Take(Bucket& bucket, float rate, float burst, MonotonicTime now);
  Status TakeExchange(Bucket& bucket, float rate, MonotonicTime now);
  // Counts a refusal and says why.
  Status Beyond(Bound bound, const char* why);

  const size_t in_flight_max_;
  const size_t body_bytes_max_;
  const float rate_;
  const float burst_;
  const float exchange_rate_;
  const float operation_rate_;
  const float operation_burst_;
  const SlotKey key_;
  ServiceMetrics& metrics_;
  size_t in_flight_ = 0;
  size_t body_bytes_ = 0;
  Bucket openings_;
  Bucket exchanges_;
  std::vector<Bucket> buckets_;
  std::vector<Bucket> operations_;  // Made when the first one comes.
};

}  // namespace mesh::frontend
