#include "frontend/service/admission.h"

#include <algorithm>
#include <string>

namespace mesh::frontend {

Admission::Admission(const ServiceOptions& options, const SlotKey& key, ServiceMetrics& metrics)
    : in_flight_max_(options.in_flight_max),
      body_bytes_max_(options.body_bytes_in_flight_max),
      rate_(static_cast<float>(options.account_rate)),
      burst_(static_cast<float>(options.account_rate * options.account_burst_seconds)),
      exchange_rate_(static_cast<float>(options.exchange_rate)),
      operation_rate_(static_cast<float>(options.operation_rate)),
      operation_burst_(static_cast<float>(options.operation_rate * options.account_burst_seconds)),
      key_(key),
      metrics_(metrics),
      buckets_(options.account_rate == 0 ? 0 : kBuckets) {}

Status Admission::Enter(size_t body_bytes) {
  if (in_flight_ >= in_flight_max_) {
    return Beyond(Bound::kInFlight, "too many requests are under way; try again later");
  }
  if (body_bytes_ + body_bytes > body_bytes_max_) {
    return Beyond(Bound::kBodyBytes, "too many octets are under way; try again later");
  }
  ++in_flight_;
  body_bytes_ += body_bytes;
  return Status();
}

void Admission::Leave(size_t body_bytes) {
  --in_flight_;
  body_bytes_ -= body_bytes;
}

Status Admission::CheckRate(std::string_view account, MonotonicTime now) {
  if (buckets_.empty()) return Status();
  if (Take(buckets_[SipHash(key_, account) % kBuckets], rate_, burst_, now)) return Status();
  return Beyond(Bound::kAccountRate, "this account sends too many requests");
}

Status Admission::CheckOpening(MonotonicTime now) {
  return TakeExchange(openings_, exchange_rate_ * kOpeningsPerExchange, now);
}

Status Admission::CheckOperation(std::string_view account, std::string_view key,
                                 MonotonicTime now) {
  if (operation_rate_ == 0) return Status();
  operations_.resize(kBuckets);
  std::string name(account);
  name.append(1, '\0').append(key);
  Bucket& bucket = operations_[SipHash(key_, name) % kBuckets];
  if (Take(bucket, operation_rate_, operation_burst_, now)) return Status();
  return Beyond(Bound::kOperationRate, "this account uses this key too often");
}

Status Admission::CheckExchange(MonotonicTime now) {
  return TakeExchange(exchanges_, exchange_rate_, now);
}

void Admission::ChargeExchange(uint64_t verifications) {
  if (exchange_rate_ == 0) return;
  exchanges_.tokens -= static_cast<float>(verifications) / kVerificationsPerExchange;
}

Status Admission::TakeExchange(Bucket& bucket, float rate, MonotonicTime now) {
  if (exchange_rate_ == 0 || Take(bucket, rate, rate, now)) return Status();
  return Beyond(Bound::kExchangeRate, "too many exchanges at once; try again later");
}

Status Admission::Beyond(Bound bound, const char* why) {
  metrics_.CountBeyond(bound);
  return Status(Code::kResourceExhausted, why);
}

bool Admission::Take(Bucket& bucket, float rate, float burst, MonotonicTime now) {
  const int64_t nanos = now.time_since_epoch().count();
  if (bucket.used == 0) {
    bucket = {burst, 1, nanos};
  } else {
    const float seconds = static_cast<float>(nanos - bucket.filled_nanos) * 1e-9f;
    bucket.tokens = std::min(burst, bucket.tokens + seconds * rate);
    bucket.filled_nanos = nanos;
  }
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace mesh::frontend
