// Shares of keys at rest. What members of groups decrypt with lies in entries of
// mmm_Capability, one share each; the service keeps them and must not hold them in clear where
// they are kept. So the edge seals such a payload to the service's KeyEncryption before its
// owner gets it, and opens it again for whoever may have it: back ends have no key for it. What
// its sender has encrypted stays as it is. docs/decisions/0006-capabilities-at-rest.md.
//
// Pure functions; any thread. Sealing, and opening, costs one or two agreements: 0.2 to 0.4 ms.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/mesh/capability.h"

namespace mesh::proto {
class DownloadResponse;
class StoredEnvelope;
class UploadRequest;
}  // namespace mesh::proto

namespace mesh::frontend {

// The private keys of the service's KeyEncryption, the newest first: that one seals, and all of
// them open what was sealed, or encrypted by clients, while they were the newest. Borrows them.
class SealKeys {
 public:
  SealKeys(const crypto::PrivateKey& only) : keys_(&only, 1) {}
  // Not empty.
  SealKeys(const std::vector<crypto::PrivateKey>& keys) : keys_(keys) {}

  const crypto::PrivateKey& newest() const { return keys_.front(); }
  std::span<const crypto::PrivateKey> all() const { return keys_; }

 private:
  std::span<const crypto::PrivateKey> keys_;
};

// Entries of mmm_Capability in one Upload: 40 ms of an event loop.
inline constexpr size_t kCapabilitiesPerUploadMax = 64;

// How many payloads are to be sealed, and whether there is anything to open.
size_t CapabilitiesIn(const proto::UploadRequest& upload);
bool HoldsSealed(const proto::DownloadResponse& download);

// Seals the payloads of the entries that go to mmm_Capability, and says of each what Operate
// must know, if the service can read it. kResourceExhausted: more than kCapabilitiesPerUploadMax;
// then none is sealed.
Status SealCapabilities(SealKeys service, crypto::RandomSource& random,
                        proto::UploadRequest* upload);

// Opens the payloads that were sealed, and cuts them as the request asked. kDataLoss when one
// does not open.
Status OpenCapabilities(SealKeys service, proto::DownloadResponse* download);

// The share in an entry that Operate may use: one that is encrypted to the service, if there
// is one, or else one in clear. kDataLoss when there is none that opens.
Result<KeyShare> OpenShare(SealKeys service, const proto::StoredEnvelope& entry);

}  // namespace mesh::frontend
