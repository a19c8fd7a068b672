// Sending: messages of one account on their way to others, in one commit. A recipient whose
// account is in this partition gets them at once; for every other one they go into the outbox.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "backend/model/mailbox.h"
#include "backend/transactions/transaction.h"

namespace mesh::proto {
class Envelope;
}  // namespace mesh::proto

namespace mesh::backend {

// What became of one message over all its recipients.
struct SentMessage {
  size_t taken = 0;  // Delivered, or in the outbox.
  // Of the first recipient who was not sent it: why; kDelivered: there is none.
  DeliveryResult refused = DeliveryResult::kDelivered;
};

class Sending {
 public:
  // The account whose state is `sender` sends. It and the context outlive this.
  Sending(Account& sender, Accreditation accreditation, TransactionContext& context);

  // Sends `message` to each of `recipients`, canonical addresses. When some are sent it and
  // others refuse, each of those is told to the sender by a MessageError, as if it had been tried
  // from the outbox. kResourceExhausted when the sender has no room for that: these are filed in
  // spite of its quota, and who is full could send to nobody for ever.
  Result<SentMessage> Send(const proto::Envelope& message,
                           const std::vector<std::string_view>& recipients);

  // Marks messages in the sender's mmm_Inbound as `message`, of its own, says.
  Status Mark(const proto::Envelope& message);

  // Writes what was charged and appended, the sender's account included. Call once, last.
  void Save();

 private:
  // An account of this partition; or none, which is remembered too.
  struct Recipient {
    std::optional<Account> account;  // Empty for the sender itself.
    std::optional<Mailbox> mailbox;
  };

  Result<DeliveryResult> SendTo(const proto::Envelope& message, std::string_view recipient);
  Result<DeliveryResult> Queue(const proto::Envelope& message, std::string_view recipient,
                               WallMillis due);
  Result<std::string> SenderUdf();
  Result<Mailbox*> MailboxOf(std::string_view address);
  Status Tell(const proto::Envelope& message, std::string_view recipient, DeliveryResult why);

  Account& sender_;
  const Accreditation accreditation_;
  TransactionContext& context_;
  const DeliveryContext delivery_;
  const Usage usage_;                      // The sender's, before.
  std::optional<std::string> sender_udf_;  // Of its ProfileAccount, once it was needed.
  std::map<std::string, Recipient, std::less<>> recipients_;
};

}  // namespace mesh::backend
