// Whatever forwarders do, and whatever replies are lost: a message that was taken is in its
// recipient's inbox once, or its sender has been told once that it is not.

#include <rapidcheck.h>

#include <map>

#include "backend/model/outbox.h"
#include "tests/unit/backend/transactions/messages.h"

namespace mesh::backend {
namespace {

// One account sends to two: to one through the outbox, as if it were in another partition, to
// the other at once. Several forwarders lease, deliver and settle, and forget to.
class MessagesPropertyTest : public MessagesTest {
 protected:
  void Begin() {
    bench_.Forget();
    elsewhere_ = {std::string(kBob)};
    for (const std::string_view account : {kAlice, kBob, kCarol}) MakeAccount(account);
    sent_.clear();
    posted_.clear();
    held_.clear();
  }

  // Contacts may be asked for, invitations are refused.
  static proto::Envelope MessageOf(int number) {
    return From(kAlice, std::to_string(number),
                number % 3 == 0 ? kGroupInvitation : kRequestContact,
                "payload " + std::to_string(number));
  }
  static std::vector<std::string_view> RecipientsOf(int number) {
    if (number % 2 == 0) return {kBob};
    return {kBob, kCarol};
  }

  void Step() {
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        return PostSome(static_cast<int>(sent_.size()));
      case 1:  // Again: its reply was lost.
        if (!sent_.empty()) PostSome(*rc::gen::inRange(0, static_cast<int>(sent_.size())));
        return;
      case 2:
        return LeaseSome();
      case 3:
        return Work(*rc::gen::inRange(0, 4));
      case 4:
        if (!held_.empty()) held_.pop_back();  // The forwarder has died.
        return;
      default:
        bench_.clock.Advance(std::chrono::seconds(*rc::gen::inRange(0, 20)));
    }
  }
  void PostSome(int number) {
    RC_ASSERT(Post(kAlice, To(RecipientsOf(number), {MessageOf(number)})).mesh_status() == 201);
    if (posted_[number]++ == 0) sent_.push_back(number);
  }
  void LeaseSome() {
    const auto leased = Lease(*rc::gen::inRange(1, 4), 10'000);
    held_.insert(held_.end(), leased.entries().begin(), leased.entries().end());
  }
  // Delivers what some forwarder holds, and does or does not settle it.
  void Work(int how) {
    if (held_.empty()) return;
    const auto entry = held_[*rc::gen::inRange<size_t>(0, held_.size())];
    if (how == 0) {
      Settle(kAlice, Of(entry, proto::Settlement::AGAIN));
      return;
    }
    const auto reply = Deliver(entry.recipient(), entry.sender(), {entry.message()});
    if (how > 1) SettleAs(entry, reply.deliver().deliveries(0));
  }
  void SettleAs(const proto::OutboxEntry& entry, const proto::Delivery& delivery) {
    proto::Settlement settlement =
        Of(entry, delivery.result() == proto::RESULT_ACCEPT ? proto::Settlement::DELIVERED
                                                            : proto::Settlement::FAILED);
    settlement.set_reason(delivery.error());
    if (delivery.again()) settlement.set_kind(proto::Settlement::AGAIN);
    Settle(kAlice, settlement);
  }

  // One forwarder that does everything.
  void Drain() {
    for (int i = 0; i < 1000 && CountOutbox(*bench_.store.NewSnapshot())->entries > 0; ++i) {
      bench_.clock.Advance(std::chrono::minutes(30));
      const auto leased = Lease();
      for (const proto::OutboxEntry& entry : leased.entries()) {
        const auto reply = Deliver(entry.recipient(), entry.sender(), {entry.message()});
        SettleAs(entry, reply.deliver().deliveries(0));
      }
    }
  }

  void Check() {
    std::map<std::string, int> bob, carol, told;
    for (const std::string& payload : Spool(kBob)) ++bob[payload];
    for (const std::string& payload : Spool(kCarol)) ++carol[payload];
    for (const std::string& payload : Spool(kAlice)) {
      const auto error = ParseMessageError(payload);
      RC_ASSERT(error.ok());
      ++told[error->head.references.at(0).message_id + " " + error->head.sender];
    }
    for (const int number : sent_) {
      const proto::Envelope message = MessageOf(number);
      for (const std::string_view recipient : RecipientsOf(number)) {
        const auto& inbox = recipient == kBob ? bob : carol;
        const auto there = inbox.find(message.payload());
        const int delivered = there == inbox.end() ? 0 : there->second;
        const int errors = told[message.unique_id() + " " + std::string(recipient)];
        const bool wanted = message.message_type() == kRequestContact;
        RC_ASSERT(delivered == (wanted ? 1 : 0));
        // Who posts what was refused is told again.
        RC_ASSERT(errors >= (wanted ? 0 : 1));
        RC_ASSERT(errors <= (wanted ? 0 : posted_[number]));
      }
    }
  }

  std::vector<int> sent_;
  std::map<int, int> posted_;
  std::vector<proto::OutboxEntry> held_;
};

TEST_F(MessagesPropertyTest, EveryMessageArrivesOnceOrItsSenderIsTold) {
  const bool held = rc::check([this] {
    Begin();
    const int steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps; ++i) Step();
    Drain();
    Check();
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace mesh::backend
