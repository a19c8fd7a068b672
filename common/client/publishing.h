// Devices that are published with their maker and claimed by their owner (draft -06 §8.3,
// §10.12 to §10.16): the secret on the device or its box is all that the owner needs.
//
// Pure functions, but for random octets; any thread.

#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/random.h"
#include "common/dare/envelope.h"
#include "common/mesh/message.h"
#include "common/mesh/publication.h"

namespace mesh::client {

// An encrypted authenticated resource locator: mcu://ADDRESS/SECRET.
struct Earl {
  std::string address;  // Of the account that publishes; canonical.
  std::string secret;   // An 'E' UDF.

  std::string Uri() const;
  std::string PublicationId() const;
};
// kInvalidArgument, with the form expected.
Result<Earl> ParseEarl(std::string_view uri);

struct NewPublication {
  Earl earl;
  CatalogedPublication publication;
};
// Encrypts a ProfileDevice under a fresh secret. kInvalidArgument if it does not verify.
Result<NewPublication> PublishDevice(std::string_view address, const dare::Envelope& profile_device,
                                     WallMillis not_on_or_after, crypto::RandomSource& random);
// The ProfileDevice in it, verified. kDataLoss if the secret does not open it, or it is none.
Result<dare::Envelope> OpenPublication(const CatalogedPublication& publication, const Earl& earl);

// A claim by `sender`, and its MessageID.
struct NewClaim {
  std::string message_id;
  dare::Envelope envelope;
};
Result<NewClaim> MakeClaim(const Earl& earl, std::string_view sender, WallMillis now,
                           crypto::RandomSource& random);
// The claim that the device found, proved by both authenticators to be from somebody who knows
// the secret. kDataLoss if it is not.
Result<MessageClaim> ReadClaim(const dare::Envelope& envelope, const Earl& earl);

}  // namespace mesh::client
