// The profiles of those whom an account has taken into its contacts: by them messages are
// encrypted, and who signs is recognised.
//
// A profile counts only if a device of the account signed the entry it stands in: else the service
// could put in one of its own.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/client/replica.h"
#include "common/client/verifier.h"
#include "common/crypto/digest.h"
#include "common/mesh/profile.h"

namespace mesh::client {

// Somebody with an account.
struct Correspondent {
  std::string name;                  // What the contact is called.
  Profile profile;                   // Its ProfileAccount.
  crypto::Digest512 profile_digest;  // Of that one's payload.
};

// Borrows what it is made of. For one thread.
class AddressBook {
 public:
  // `contacts` is a copy of mmm_Contact, `keys` has those of the account's devices.
  AddressBook(const Replica& contacts, const KeyRing& keys);

  // The newest profile of `address`; null: none is known.
  const Correspondent* Find(std::string_view address);

 private:
  std::optional<Correspondent> Look(std::string_view address) const;

  const Replica& contacts_;
  const KeyRing& keys_;
  std::map<std::string, std::vector<int64_t>, std::less<>> frames_;  // By address.
  std::map<std::string, std::optional<Correspondent>, std::less<>> looked_;
};

}  // namespace mesh::client
