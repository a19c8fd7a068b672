// The keys that seal the tickets of Mesh authentication (docs/AUTHENTICATION.md,
// "Tickets"; docs/OPERATIONS.md says how they are made and rotated). They have nothing to do
// with those of TLS.
//
// All front ends and direct listeners of a service hold the same keys, so a ticket is good at
// each of them. The last key by name seals; all of them open, so keys rotate without a break.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/published.h"
#include "common/base/status.h"
#include "common/crypto/random.h"

namespace mesh::frontend {

// Immutable once made; any number of threads may read one. Wiped when destroyed.
class TicketKeyring {
 public:
  static constexpr size_t kKeyBytes = 32;
  static constexpr size_t kKeyIdBytes = 8;

  struct Key {
    std::string id;      // The first kKeyIdBytes of the key's SHA-512: in each ticket, in clear.
    std::string secret;  // kKeyBytes.
  };

  // One fresh key, for a single front end: its tickets end with the process.
  static std::shared_ptr<const TicketKeyring> Random(crypto::RandomSource& random);
  // Keys of kKeyBytes, at least one; the last one seals. Anything else is our own mistake.
  static std::shared_ptr<const TicketKeyring> FromKeys(const std::vector<std::string>& secrets);

  ~TicketKeyring();
  TicketKeyring(const TicketKeyring&) = delete;
  TicketKeyring& operator=(const TicketKeyring&) = delete;

  const Key& sealing() const { return keys_.back(); }
  // The key with that id, or null.
  const Key* Find(std::string_view id) const;
  size_t size() const { return keys_.size(); }

 private:
  TicketKeyring() = default;
  std::vector<Key> keys_;
};

// Reads the keys of a folder (each file "*.key" is one) and publishes them, again whenever the
// folder has changed. For one thread at a time; blocks on the disk.
class TicketKeyFolder {
 public:
  // `published` outlives this.
  TicketKeyFolder(std::string folder, Published<TicketKeyring>& published)
      : folder_(std::move(folder)), published_(published) {}

  // On failure the keys stay, and the Status names the file at fault.
  //   kUnavailable       the folder or a file cannot be read, or there is no key
  //   kPermissionDenied  others may read a key
  //   kDataLoss          a file has not kKeyBytes octets
  Status Reload();
  // Reload, if the folder differs from what was last read; whether it did.
  Result<bool> ReloadIfChanged();

 private:
  const std::string folder_;
  Published<TicketKeyring>& published_;
  std::string state_;  // Of the folder as last read.
};

}  // namespace mesh::frontend
