// Mailbox delivers messages into the mmm_Inbound of one account: each once, and only those that
// access control lets pass.
//
// A message is known by its sender and its EnvelopeID. What was delivered is remembered for longer
// than anybody tries, and whatever becomes of the message, so that a repeat has no effect; the same
// name over another payload is refused. What was not delivered is not remembered: asked again,
// the answer is that of the moment.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <string_view>

#include "backend/model/account.h"
#include "backend/model/container.h"
#include "backend/model/message_policy.h"
#include "backend/model/owner_incidents.h"
#include "backend/model/policy.h"
#include "backend/model/site_policy.h"
#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class Envelope;
}

namespace mesh::backend {

// How long a delivery is remembered: a day more than twice 24 hours, for which services try by
// default.
inline constexpr WallMillis kDeliveryTime =
    std::chrono::milliseconds(std::chrono::hours(72)).count();

// What became of messages, by DeliveryResult. Thread-safe.
struct DeliveryTally {
  std::array<std::atomic<uint64_t>, kDeliveryResults> counts{};

  void Count(DeliveryResult result) {
    counts[static_cast<size_t>(result)].fetch_add(1, std::memory_order_relaxed);
  }
};

// What a delivery needs of the transaction. Everything outlives the mailboxes.
struct DeliveryContext {
  WriteView& view;
  WallMillis now;
  const AccountPolicy& policy;
  const SitePolicy& site;
  DeliveryTally* tally;                        // Null: nobody counts.
  const IncidentContext* incidents = nullptr;  // Likewise.
};

// Who sends a message and which service transmits it.
struct MessageOrigin {
  std::string_view sender;   // Canonical address.
  std::string_view service;  // Domain; empty: this one.
  Accreditation accreditation = Accreditation::kNone;
};

// Bound to the Account it was opened on, which must outlive it. Of one transaction.
class Mailbox {
 public:
  static Result<Mailbox> Open(Account& account, const WriteView& view);

  // Delivers `message`, which has an EnvelopeID, or says why not: then nothing was written. A
  // Status that is not OK: the store could not tell.
  Result<DeliveryResult> Deliver(const proto::Envelope& message, const MessageOrigin& origin,
                                 const DeliveryContext& context);

  // Files a message of the service's own, in spite of the account's quota: there are no more than
  // the account has sent messages while it had room.
  Status File(const proto::Envelope& message, const DeliveryContext& context);

  // Marks messages that are here as `message`, of the account's own, says.
  Status Mark(const proto::Envelope& message, WriteView& view) const;

  // Writes the heads of account and container. Call once, last.
  void Save(WriteView& view) const;

  Account& account() { return *account_; }

 private:
  Mailbox(Account& account, Container inbound) : account_(&account), inbound_(std::move(inbound)) {}

  Result<DeliveryResult> Admit(const proto::Envelope& message, const MessageOrigin& origin,
                               const DeliveryContext& context);
  Status Append(const proto::Envelope& message, const DeliveryContext& context);
  bool CountStranger(const DeliveryContext& context);

  Account* account_;
  Container inbound_;
};

}  // namespace mesh::backend
