// Forwarder delivers what waits in the outboxes (docs/OPERATIONS.md, "Messages on their way"): it
// leases due messages from every partition, hands them to their destinations, and settles what
// came of it with the owner of the sender. Any number of front ends may have one: a lease is for
// one of them, and what a front end that ended had leased, another one gets later.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/crypto/random.h"
#include "frontend/forwarder/destination.h"
#include "frontend/forwarder/forwarder_metrics.h"
#include "frontend/forwarder/lease_schedule.h"
#include "frontend/forwarder/transfer.h"
#include "frontend/routing/map_holder.h"
#include "frontend/routing/router.h"
#include "frontend/service/peer_calls.h"

namespace mesh::proto {
class Envelope;
class LeaseOutboxResponse;
class Settlement;
}  // namespace mesh::proto

namespace mesh::frontend {

struct ForwarderOptions {
  std::vector<std::string> domains;  // Served here: recipients of other domains are elsewhere.
  std::string holder;                // Who we are, for people who look at leases.
  // A message that could not be delivered for so long is given up, and its sender told.
  Duration retry_time = std::chrono::hours(48);
  // Of a lease. Half of it is for waiting here, a quarter, and at most kTransferTimeMax, for the
  // transfer; the rest for settling.
  Duration lease_time = std::chrono::seconds(60);
  // How often a partition is asked in which nothing is due.
  Duration poll_time = std::chrono::seconds(1);
};

// One transfer, with the next host of a destination and all.
inline constexpr std::chrono::seconds kTransferTimeMax{10};
// Messages held here, and octets of them: some seconds' worth at full rate.
inline constexpr size_t kHeldMax = 4096;
inline constexpr size_t kHeldBytesMax = 64 * 1024 * 1024;
// Of one lease.
inline constexpr uint32_t kLeaseEntries = 64;
inline constexpr uint64_t kLeaseBytes = 1024 * 1024;
// A message that failed is tried again after the first, doubling up to the second.
inline constexpr std::chrono::seconds kRetryMin{2};
inline constexpr std::chrono::minutes kRetryMax{10};
// One whose destination had too much to do comes back after that.
inline constexpr std::chrono::seconds kCrowdedMin{1};
inline constexpr std::chrono::seconds kCrowdedMax{30};

// For one thread.
class Forwarder {
 public:
  // Everything outlives it; router and peers answer on its thread.
  struct Parts {
    const Clock& clock;
    crypto::RandomSource& random;
    const MapHolder& map;
    Router& router;
    PeerCalls& peers;
    ForwarderMetrics& metrics;
  };

  Forwarder(ForwarderOptions options, Parts parts);

  // Leases from the partitions whose turn it is.
  void Tick();
  // When a Tick is due that no answer brings; `otherwise` if there is none.
  MonotonicTime NextTick(MonotonicTime otherwise) const;
  // The account has posted something.
  void Nudge(std::string_view account);

  // Leases nothing more and begins nothing more: what waits is given back. What is under way ends
  // as ever.
  void Drain();
  // From now on answers are ignored: what is under way, others will deliver.
  void Close() { closed_ = true; }
  // Nothing is leased here.
  bool idle() const { return held_ == 0 && schedule_.asking() == 0; }

 private:
  void ShowFigures();
  bool HasRoom() const;
  void Lease(PartitionId partition);
  void TakeLeased(PartitionId partition, MonotonicTime asked, proto::PartitionReply& reply);
  void TakeMessage(const LeasedPtr& message);
  std::string DestinationOf(const proto::OutboxEntry& entry) const;
  bool Served(std::string_view domain) const;
  void Pump(const std::string& name, Destination& destination);
  void PutBack(Destination& destination, AgainReason reason);
  void Begin(const std::string& name, Destination& destination, const LeasedPtr& message);
  void Finished(const std::string& name, const LeasedPtr& message, MonotonicTime begun,
                const TransferOutcome& outcome);
  void Learn(Destination& destination, Duration took, const TransferOutcome& outcome);
  void Conclude(const LeasedPtr& message, const TransferOutcome& outcome);
  void Again(const LeasedPtr& message, AgainReason reason, const std::string& error = {});
  Duration WaitAfter(const LeasedMessage& message, AgainReason reason);
  void Fail(const LeasedPtr& message, std::string_view error);
  void Settle(const LeasedPtr& message, proto::Settlement settlement);
  uint32_t RandomNumber();

  const ForwarderOptions options_;
  const Parts parts_;
  const Duration transfer_time_;
  LeaseSchedule schedule_;
  uint64_t map_version_ = 0;
  Destinations destinations_;
  size_t held_ = 0;
  size_t held_bytes_ = 0;
  MonotonicTime next_figures_{};
  bool draining_ = false;
  bool closed_ = false;
};

}  // namespace mesh::frontend
