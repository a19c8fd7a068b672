// Messages as people see them: what stands in mmm_Inbound, whether it was encrypted, from whom it
// is proved to be, and what was done with it.

#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/client/account.h"
#include "common/client/address_book.h"
#include "common/dare/envelope.h"
#include "common/mesh/message.h"

namespace mesh::client {

// A value.
struct Mail {
  enum class State { kUnread, kRead, kClosed };
  enum class Secrecy {
    kClear,       // Whoever carried it could read it.
    kOpened,      // It was encrypted to the account.
    kNoKey,       // It is encrypted, and this device was given no key.
    kUnreadable,  // It is encrypted to others, or holds something else than its labels say.
  };
  enum class Signer {
    kNobody,    // Nobody is proved to have sent it.
    kStranger,  // The Sender, as the message says; its contact has no profile to compare with.
    kContact,   // The Sender, by the profile that stands in its contact.
    kOther,     // The Sender as the message says, by another profile than stands in its contact.
  };

  // Of kNoKey and kUnreadable only what is outside: class, MessageID, and whoever signed.
  Letter letter;
  Secrecy secrecy = Secrecy::kClear;
  std::string error;        // Of a MessageError: why a message was not delivered.
  std::string group;        // Of a GroupInvitation: the address of the group.
  dare::Envelope envelope;  // As it came.
  WallMillis sent = 0;      // As the sender says; 0: it does not.
  State state = State::kUnread;
  Signer signer = Signer::kNobody;
  // The name of the ProfileAccount that vouches for the device that signed it, which says that
  // it is the Sender's; empty with kNobody.
  std::string signed_by;
  std::string signer_profile;  // SHA-2-512 of that ProfileAccount's payload; likewise.

  bool readable() const { return secrecy == Secrecy::kClear || secrecy == Secrecy::kOpened; }
};

// What `envelope` of mmm_Inbound says to people. Null: it cannot be read, or is for devices alone.
// Costs the verification of a signature, and an agreement if it is encrypted.
std::optional<Mail> ReadMail(const dare::Envelope& envelope, const Account& account,
                             AddressBook& contacts);

}  // namespace mesh::client
