// What is published under a secret and claimed by who has that (draft -06 §8.3, §10.12 to §10.16):
// devices with their maker, and people's contacts. The secret, as a QR code on the device's box or
// on a visiting card, is all that is needed.
//
// Pure functions, but for random octets; any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/client/contacts.h"
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

// Encrypts the contact that an account gives to others under a fresh secret.
Result<NewPublication> PublishContact(std::string_view address, const dare::Envelope& contact,
                                      WallMillis not_on_or_after, crypto::RandomSource& random);
// The contact in it, with the profile of the publisher. kDataLoss if the secret does not open it,
// it is none, or its profile does not verify or is another address's.
Result<Person> OpenContact(const CatalogedPublication& publication, const Earl& earl);

// A contact that a device has published: it knows the secret by which claims are verified.
struct PublishedContact {
  Earl earl;
  WallMillis until = 0;
};
// That many are remembered, and claims looked for: who prints more cards drops the oldest.
inline constexpr size_t kPublishedMax = 64;
// The text of a file that holds them, secret, and back (kDataLoss).
std::string WritePublished(const std::vector<PublishedContact>& published);
Result<std::vector<PublishedContact>> ReadPublished(std::string_view text);

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
