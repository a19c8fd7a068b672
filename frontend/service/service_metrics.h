// What the service counts: requests by transaction and Status, how long they took, and what is
// refused because of a bound of an event loop.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/metrics.h"
#include "common/mesh/transaction_codec.h"

namespace mesh::frontend {

// What Admission refuses by: the label `bound` is the name of the flag that sets it.
enum class Bound : uint8_t { kInFlight, kBodyBytes, kAccountRate, kOperationRate, kExchangeRate };
inline constexpr size_t kBounds = 5;

// One for a process; thread-safe. `registry` outlives it.
class ServiceMetrics {
 public:
  explicit ServiceMetrics(Registry& registry);

  // A request has been answered with `status`. Null: no transaction could be told.
  void Count(const Transaction* transaction, int status, uint64_t nanos);
  // A reply said that it is not known whether the request was applied. Beside Count.
  void CountNotKnown() { not_known_.Add(); }
  // A request came in, and its body.
  void Enter(size_t body_bytes);
  // It left, with a reply of so many octets.
  void Leave(size_t reply_bytes);
  // Something was refused because it is beyond `bound`.
  void CountBeyond(Bound bound) { beyond_[static_cast<size_t>(bound)]->Add(); }

 private:
  static constexpr std::array<int, 14> kStatuses = {201, 400, 401, 403, 404, 405, 409,
                                                    413, 415, 421, 500, 501, 503, 507};
  static constexpr size_t kStatusKinds = kStatuses.size() + 1;  // The last: any other.
  static constexpr size_t kTransactionKinds = kTransactionCount + 1;

  static size_t StatusIndex(int status);

  std::array<std::array<Counter*, kStatusKinds>, kTransactionKinds> requests_;
  std::array<Histogram*, kTransactionKinds> seconds_;
  std::array<Counter*, kBounds> beyond_;
  Counter& not_known_;
  Gauge& in_flight_;
  Counter& bytes_in_;
  Counter& bytes_out_;
};

}  // namespace mesh::frontend
