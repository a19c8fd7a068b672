// One transfer: a message of the outbox as its destination is asked to take it, and what the
// answer comes to (docs/PROTOCOL.md, "Between services"). Pure functions; any thread.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "frontend/service/peer_calls.h"

namespace mesh {
namespace proto {
class OutboxEntry;
class PartitionReply;
class PartitionRequest;
}  // namespace proto
}  // namespace mesh

namespace mesh::frontend {

// Why a message is to be tried again. The order is that of metrics.
enum class AgainReason {
  kUnreachable,  // No connection, or none that lasted.
  kTimeout,      // No answer in time.
  kIdentity,     // It does not prove who it is.
  kBroken,       // What came back is no answer.
  kBusy,         // It takes nothing now.
  kRecipient,    // The recipient takes nothing now.
  kBound,        // A bound of our own.
  kCircuit,      // Not tried: the destination has not answered lately.
  kCrowded,      // Not tried: more wait for the destination than it will take soon.
  kLate,         // Not tried: the lease would not last.
  kDraining,     // Not tried: this program is ending.
};
inline constexpr size_t kAgainReasons = 11;
// "unreachable": in metrics, and for people.
std::string_view AgainName(AgainReason reason);

struct TransferOutcome {
  enum class Kind { kDelivered, kAgain, kRefused };

  Kind kind = Kind::kDelivered;
  AgainReason reason = AgainReason::kUnreachable;  // Of kAgain.
  // "MeshUnknownAccount": of kRefused, and of kAgain if it was named.
  std::string error;

  // Whether the destination is alive: it has answered, whatever it said.
  bool answered() const { return kind != Kind::kAgain || reason == AgainReason::kRecipient; }
};

// To a recipient of ours: what its owner is asked, and its reply.
std::unique_ptr<proto::PartitionRequest> DeliverRequestFor(const proto::OutboxEntry& entry);
TransferOutcome JudgeDelivery(const proto::PartitionReply& reply);

// To a recipient of another service: {"Post": {...}}, and the answer.
std::string PostMessageFor(const proto::OutboxEntry& entry);
TransferOutcome JudgePost(const Result<PeerAnswer>& answer);

}  // namespace mesh::frontend
