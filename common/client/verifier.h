// What a device checks of the containers it downloads, frame by frame: the indices
// follow each other, every payload has the digest it claims, signatures by known
// keys are right, and the Merkle tree over all frames ends in the digest that the
// service names. So a frame that was dropped, exchanged or altered is noticed.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "common/dare/header.h"
#include "common/dare/merkle_tree.h"
#include "common/mesh/profile.h"

namespace mesh::client {

// The signature keys a device knows, by their fingerprints. For one thread.
class KeyRing {
 public:
  void Add(const KeyData& key) { keys_[key.udf] = key.key; }
  // All signature keys that a profile or connection lists.
  void Add(const Profile& profile);
  void Add(const Connection& connection) { Add(connection.key_signature); }
  // Null if nobody known has this fingerprint. Valid until the next Add.
  const crypto::PublicKey* Find(std::string_view udf) const;

 private:
  std::map<std::string, crypto::PublicKey, std::less<>> keys_;
};

// What was checked, and how often.
struct Checks {
  uint64_t frames = 0;
  uint64_t payload_digests = 0;     // Claimed by the envelope, and right.
  uint64_t signatures = 0;          // By known keys, and right.
  uint64_t unknown_signatures = 0;  // By keys this device does not know.
  uint64_t unsigned_frames = 0;
};

// For one thread; borrows the key ring.
class ContainerVerifier {
 public:
  // Starts behind the frames that `frontier` has.
  ContainerVerifier(const KeyRing& keys, dare::MerkleFrontier frontier);

  // Takes the next frame of the container. kDataLoss, naming the frame, when a
  // check fails; the verifier is then as before.
  Status Add(const dare::Envelope& envelope);

  // Whether all frames are there and the tree digest is `digest` (64 octets; empty:
  // the service named none, and only the count is compared). kDataLoss if not.
  Status Finish(int64_t frames, std::string_view digest) const;

  const dare::MerkleFrontier& frontier() const { return frontier_; }
  const Checks& checks() const { return checks_; }

 private:
  Status CheckSignatures(const dare::Envelope& envelope, const dare::TrailerFields& trailer,
                         Checks* checks) const;

  const KeyRing& keys_;
  dare::MerkleFrontier frontier_;
  Checks checks_;
};

}  // namespace mesh::client
