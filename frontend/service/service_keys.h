// The keys and profiles by which clients know the service: made once, kept in files,
// the same after every restart. Clients embed ProfileService in their own profiles
// and pin its UDF, so losing these files changes who the service is.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/published.h"
#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/mesh/transaction_codec.h"

namespace mesh::frontend {

// From when and until when a ConnectionHost is good, and how often it is made anew. Clocks of
// clients may be behind; a client that was away for a month asks Hello anyway.
inline constexpr WallMillis kConnectionSlack = 60 * 60 * 1000;
inline constexpr WallMillis kConnectionTime = 30ll * 24 * 60 * 60 * 1000;
inline constexpr WallMillis kConnectionRenewal = 24 * 60 * 60 * 1000;

// A key that exchanges may be with.
struct HostKey {
  std::string udf;
  crypto::PrivateKey key;
};

// Who the service is, what it shows, and the keys of its hosts. Immutable once published.
struct ServiceKeys {
  std::string service_udf;
  std::vector<HostKey> host_keys;  // The first is current and shown; the others are old.
  // Of the ProfileService's KeyEncryption: open the capabilities that owners keep. The first is
  // current, shown, and seals; the others are old.
  std::vector<crypto::PrivateKey> encryption;
  WallMillis signed_at = 0;  // When the ConnectionHost was made.
  HelloResponse hello;

  // Null: not one of ours.
  const crypto::PrivateKey* FindHostKey(std::string_view udf) const;
};

// Reads the keys of a folder and publishes them, again when the folder has changed or the
// ConnectionHost is a day old. For one thread at a time; blocks on the disk.
class ServiceKeyFolder {
 public:
  // `hello` is what Hello says besides the keys. `published` outlives this.
  ServiceKeyFolder(std::string folder, HelloResponse hello, Published<ServiceKeys>& published)
      : folder_(std::move(folder)), hello_(std::move(hello)), published_(published) {}

  // Makes the folder (mode 0700) and the keys that are not there (mode 0600). Several
  // processes may do so at once: all end with the same keys.
  //   kUnavailable        the folder or a file cannot be read or written
  //   kPermissionDenied   others may read a key file
  //   kDataLoss           a key file does not hold a key
  Status Open(crypto::RandomSource& random, WallMillis now);

  // After Open. Makes nothing; on failure the keys stay. As Open, and
  // kFailedPrecondition when the files are those of another service.
  Status Reload(WallMillis now);
  // Reload, if it is time; whether there was anything new.
  Result<bool> ReloadIfDue(WallMillis now);

 private:
  Result<std::shared_ptr<ServiceKeys>> Read(WallMillis now);
  std::string State() const;

  const std::string folder_;
  const HelloResponse hello_;
  Published<ServiceKeys>& published_;
  std::string state_;  // Of the folder as last read.
};

}  // namespace mesh::frontend
