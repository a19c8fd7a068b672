// Accounts that send each other messages, and a forwarder.

#pragma once

#include <set>

#include "common/mesh/message.h"
#include "tests/unit/backend/transactions/who.h"

namespace mesh::backend {

inline constexpr std::string_view kCarol = "carol@example.com";
inline constexpr std::string_view kFar = "dave@example.org";  // Of another service.

// A message of `sender` as the edge describes it: signed by its laptop.
inline proto::Envelope From(std::string_view sender, std::string_view id,
                            std::string_view type = kRequestContact,
                            std::string_view payload = "what is said") {
  proto::Envelope message = Message("ENVELOPE-" + std::string(id), payload);
  message.set_unique_id("MESSAGE-" + std::string(id));
  message.set_message_type(std::string(type));
  message.set_sender(std::string(sender));
  message.set_signer_connection_digest(DigestOf(kLaptop));
  message.set_signer_profile_digest(ProfileDigestOf(sender));
  return message;
}

class MessagesTest : public WhoTest {
 protected:
  MessagesTest() {
    messaging_.site = std::make_shared<const SitePolicy>();
    messaging_.tally = &tally_;
    messaging_.owns = [this](std::string_view address) { return elsewhere_.count(address) == 0; };
    bench_.messaging = &messaging_;
    for (const std::string_view account : {kAlice, kBob, kCarol}) MakeAccount(account);
  }

  static proto::PostRequest To(const std::vector<std::string_view>& accounts,
                               const std::vector<proto::Envelope>& messages) {
    proto::PostRequest post;
    for (const std::string_view account : accounts) post.add_accounts(std::string(account));
    for (const proto::Envelope& message : messages) *post.add_messages() = message;
    return post;
  }
  proto::PartitionReply Post(std::string_view account, const proto::PostRequest& post) {
    return PostBy(ByExchange(account, kLaptop), account, post);
  }
  proto::PartitionReply PostBy(const proto::Caller& caller, std::string_view account,
                               const proto::PostRequest& post) {
    return Run(caller, account,
               [&](proto::PartitionRequest& request) { *request.mutable_post() = post; });
  }

  // What a front end of ours asks.
  proto::PartitionReply Forward(std::string_view account,
                                const std::function<void(proto::PartitionRequest&)>& fill) {
    proto::PartitionRequest request = bench_.RequestOf(account);
    *request.mutable_caller() = CallerOf(proto::Caller::FORWARDER, "");
    fill(request);
    return bench_.Run(request);
  }
  proto::PartitionReply Deliver(std::string_view to, std::string_view sender,
                                const std::vector<proto::Envelope>& messages) {
    return Forward(to, [&](proto::PartitionRequest& request) {
      request.mutable_deliver()->set_sender(std::string(sender));
      for (const proto::Envelope& message : messages) {
        *request.mutable_deliver()->add_messages() = message;
      }
    });
  }
  proto::LeaseOutboxResponse Lease(uint32_t entries = 100, uint32_t ms = 60'000) {
    return Forward("",
                   [&](proto::PartitionRequest& request) {
                     request.mutable_lease_outbox()->set_entries_max(entries);
                     request.mutable_lease_outbox()->set_lease_ms(ms);
                     request.mutable_lease_outbox()->set_holder("front end");
                   })
        .lease_outbox();
  }
  static proto::Settlement Of(const proto::OutboxEntry& entry, proto::Settlement::Kind kind) {
    proto::Settlement settlement;
    settlement.set_id(entry.id());
    settlement.set_lease(entry.lease());
    settlement.set_kind(kind);
    return settlement;
  }
  uint32_t Settle(std::string_view account, const proto::Settlement& settlement) {
    return Forward(account,
                   [&](proto::PartitionRequest& request) {
                     *request.mutable_settle_outbox()->add_settlements() = settlement;
                   })
        .settle_outbox()
        .settled();
  }

  // The payloads of a spool, without frame zero.
  std::vector<std::string> Spool(std::string_view account, std::string_view container = kInbound) {
    const auto reply = Download(ByExchange(account, kLaptop), account, container);
    std::vector<std::string> payloads = PayloadsOf(reply);
    if (!payloads.empty()) payloads.erase(payloads.begin());
    return payloads;
  }
  // The MessageErrors of an inbox: error and recipient.
  std::vector<std::string> Errors(std::string_view account) {
    std::vector<std::string> errors;
    for (const std::string& payload : Spool(account)) {
      const auto error = ParseMessageError(payload);
      if (error.ok()) errors.push_back(error->error + " " + error->head.sender);
    }
    return errors;
  }
  void Know(std::string_view account, std::string_view other) {
    proto::Envelope entry = New("contact " + std::string(other), "a contact");
    entry.add_contact_addresses(std::string(other));
    ASSERT_EQ(Upload(ByExchange(account, kLaptop), account, backend::To(kContacts, {entry}))
                  .mesh_status(),
              201);
  }
  static std::vector<std::string> ErrorsOf(const proto::PartitionReply& reply) {
    std::vector<std::string> errors;
    for (const auto& entry : reply.post().entries()) errors.push_back(entry.error());
    return errors;
  }
  uint64_t Counted(DeliveryResult result) { return tally_.counts[static_cast<size_t>(result)]; }
  void SetSite(std::string_view text) {
    messaging_.site = std::make_shared<const SitePolicy>(*SitePolicy::Parse(text));
  }

  std::set<std::string, std::less<>> elsewhere_;  // Addresses of other partitions.
  DeliveryTally tally_;
  Messaging messaging_;
};

}  // namespace mesh::backend
