#include "backend/partition/load_meter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/partition/job_queue.h"
#include "common/mesh/slot.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

constexpr double kSecondsPerHalf = kLoadHalfLife.count();
// A request of now counts at most 2^32: then all is counted anew, once in half an hour.
constexpr int64_t kUnitSecondsMax = 32 * kLoadHalfLife.count();

double SecondsOf(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

LoadMeter::LoadMeter(MonotonicTime start)
    : start_(start),
      second_end_(start + std::chrono::seconds(1)),
      slots_(kSlotCount, 0),
      accounts_(kAccountsMetered) {}

double LoadMeter::WeightOf(int64_t second) const {
  return std::exp2(static_cast<double>(second - unit_) / kSecondsPerHalf);
}

void LoadMeter::Enter(MonotonicTime now) {
  second_ = (now - start_) / std::chrono::seconds(1);
  second_end_ = start_ + std::chrono::seconds(second_ + 1);
  if (second_ - unit_ > kUnitSecondsMax) {
    const double factor = 1 / WeightOf(second_);
    for (double* sum : {&requests_, &bytes_, &pinned_}) *sum *= factor;
    for (float& slot : slots_) slot *= static_cast<float>(factor);
    accounts_.Scale(factor);
    unit_ = second_;
  }
  weight_ = WeightOf(second_);
}

// What one request in each second since the start comes to.
double LoadMeter::Normal(MonotonicTime now) const {
  const int64_t second = std::max<int64_t>((now - start_) / std::chrono::seconds(1), second_);
  const double whole = (WeightOf(second) - WeightOf(0)) / (std::exp2(1 / kSecondsPerHalf) - 1);
  const double part = SecondsOf(now - start_) - static_cast<double>(second);
  // Nothing is measured in less than a second.
  return std::max(whole + WeightOf(second) * std::max(part, 0.0), WeightOf(0));
}

void LoadMeter::Count(std::string_view account, uint64_t hash, bool by_slot, size_t bytes,
                      MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  if (now >= second_end_) Enter(now);
  const double octets = static_cast<double>(bytes) * weight_;
  requests_ += weight_;
  bytes_ += octets;
  if (by_slot) {
    slots_[SlotOfHash(hash)] += static_cast<float>(weight_);
  } else {
    pinned_ += weight_;
  }
  accounts_.Count(hash, account, by_slot, weight_, octets);
}

LoadReading LoadMeter::Read(MonotonicTime now) const {
  LoadReading reading;
  const std::lock_guard lock(mutex_);
  const double normal = Normal(now);
  // After days in which nothing was counted there is nothing that a number could say.
  const double scale = std::isfinite(normal) ? 1 / normal : 0;
  reading.requests = requests_ * scale;
  reading.bytes = bytes_ * scale;
  reading.pinned_requests = pinned_ * scale;
  reading.least = accounts_.least() * scale;
  reading.slots.reserve(slots_.size());
  for (const float slot : slots_) reading.slots.push_back(static_cast<double>(slot) * scale);
  reading.accounts = accounts_.Entries();
  for (AccountSketch::Entry& entry : reading.accounts) {
    for (double* sum : {&entry.load, &entry.error, &entry.requests, &entry.bytes}) *sum *= scale;
  }
  return reading;
}

void CountLoad(const Job& job, const proto::PartitionReply& reply, MonotonicTime now,
               LoadMeter& meter) {
  const std::string& account = job.request->account();
  if (account.empty()) return;
  meter.Count(account, job.hash, job.by_slot, job.bytes + reply.ByteSizeLong(), now);
}

}  // namespace mesh::backend
