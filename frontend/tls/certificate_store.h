// CertificateStore keeps the server's certificates fresh while the server runs.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "frontend/tls/context.h"
#include "frontend/tls/ticket_keys.h"

namespace mesh::tls {

// Where a certificate with its chain and its key are read from, PEM.
struct CertificatePair {
  std::string certificate_chain;
  std::string private_key;
};

// Where a server's certificates, keys and ticket keys are read from.
struct CertificateFiles {
  std::string certificate_chain;  // For those who ask for no host.
  std::string private_key;
  std::string ticket_keys;            // Empty: random ones, kept over reloads.
  std::vector<CertificatePair> more;  // For other hosts, as TlsContext chooses.
};

// CertificateStore gives out the current server context and makes a new one when the
// files have changed. Thread-safe.
class CertificateStore {
 public:
  // Reads the files. kInvalidArgument or kNotFound, naming the file at fault.
  static Result<std::unique_ptr<CertificateStore>> Open(CertificateFiles files);

  std::shared_ptr<const TlsContext> current() const;

  // Reads the files again. On failure the old context stays, and the Status says why.
  // Blocks on the disk: not for an event loop's thread.
  Status Reload();
  // Reload, if a file's time of change or size differs from when it was last read.
  // Returns whether there is a new context.
  Result<bool> ReloadIfChanged();

 private:
  explicit CertificateStore(CertificateFiles files);
  Status ReloadLocked();
  std::vector<CertificatePair> Pairs() const;
  Result<std::shared_ptr<const TicketKeys>> LoadTicketKeys();
  std::string Fingerprint() const;

  const CertificateFiles files_;
  std::mutex reload_mutex_;
  std::string loaded_fingerprint_;                 // Guarded by reload_mutex_.
  std::shared_ptr<const TicketKeys> random_keys_;  // Guarded by reload_mutex_.
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> current_;  // Guarded by mutex_.
};

}  // namespace mesh::tls
