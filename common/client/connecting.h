// How a device comes into an account by way of the service (draft -06 §8): what it asks, what
// an administrator's device makes of that, and what the device makes of the answer. The code
// that both sides show is the witness, computed by each of them. Pure functions, but for random
// octets; any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/client/account.h"
#include "common/client/device.h"
#include "common/client/messages.h"
#include "common/crypto/random.h"
#include "common/mesh/message.h"

namespace mesh::client {

// --- The device that asks --------------------------------------------------------------

struct Asking {
  dare::Envelope envelope;  // RequestConnection.
  std::string nonce;
};
// `pin` is the administrator's, or empty. kInvalidArgument if it is none.
Result<Asking> MakeConnectionRequest(const Device& device, std::string_view address,
                                     std::string_view pin, WallMillis now,
                                     crypto::RandomSource& random);

// What a device remembers until there is an answer.
struct AskedAccount {
  std::string address;
  ServiceAddress service;
  std::string witness;
  dare::Envelope profile_mesh;
  dare::Envelope profile_account;
};
// kDataLoss if what the service answered does not verify: the profiles, that they are of
// `address`, the request in it, the witness.
Result<AskedAccount> TakeAcknowledgement(const Device& device, const Asking& asking,
                                         std::string_view address, const ServiceAddress& service,
                                         const ConnectReply& reply);
// The text of a file that holds it, and back (kDataLoss).
std::string WriteAsked(const AskedAccount& asked);
Result<AskedAccount> ReadAsked(std::string_view text);

// The account that `response`, a RespondConnection, connects `device` to. `profile_account` is the
// one that was shown when it asked; null: whatever the response brings, for who has another proof
// of whom it is from. kPermissionDenied: refused, or for another device; kDataLoss: not signed
// by an administrator of that account, or its chain does not hold.
Result<Account> TakeResponse(const dare::Envelope& response, const Device& device,
                             std::string_view address, const ServiceAddress& service,
                             const dare::Envelope* profile_account);

// --- The administrator -------------------------------------------------------------------

// A device that asks, as its request stands in mmm_Inbound.
struct ConnectionRequest {
  enum class Pin { kNone, kGood, kWrong };

  std::string witness;
  dare::Envelope profile_device;
  Profile device;
  Pin pin = Pin::kNone;
  std::string pin_id;  // MessageID of the PIN that is good.
};

// kPermissionDenied if its profile or its witness does not verify. `pins` are those that
// are not used yet.
Result<ConnectionRequest> ReadConnectionRequest(const dare::Envelope& acknowledge,
                                                const Account& account,
                                                const std::vector<MessagePin>& pins,
                                                WallMillis now);

// The answer to the request whose MessageID is `request_id`, signed: with `device` it accepts,
// with null it refuses.
Result<dare::Envelope> MakeResponse(const Account& account, std::string_view request_id,
                                    const CatalogedDevice* device, WallMillis now);

// A PIN, for people to carry, and the message by which the account's other devices know it.
struct NewPin {
  std::string pin;
  dare::Envelope message;
};
Result<NewPin> MakePin(const Account& account, WallMillis now, WallMillis expires,
                       crypto::RandomSource& random);

// A message that says of those with these MessageIDs what became of them: "Read", "Closed"...
Result<dare::Envelope> MakeCompletion(const std::vector<std::string>& message_ids,
                                      std::string_view relationship, WallMillis now,
                                      crypto::RandomSource& random);

}  // namespace mesh::client
