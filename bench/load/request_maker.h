// RequestMaker writes the requests of mesh-load: whole HTTP/1.1 requests in the bare
// form, the account named in a header, as --reference-compatibility takes them.
//
// One thread.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/options.h"
#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "common/mesh/profile.h"

namespace mesh::load {

// A request and, for an Upload, the digests (base64url) of its payloads.
struct Made {
  std::string octets;
  std::vector<std::string> digests;
};

class RequestMaker {
 public:
  // Makes the keys of the one person who owns all accounts. `options` outlives this.
  static Result<RequestMaker> Make(const Options& options);

  // ADDRESS of the account with that number, of those made at start.
  std::string AccountAddress(size_t number) const;
  // A fresh address, never used before: for CreateAccount as a part of the mix.
  std::string NewAccountAddress();

  Made Hello() const;
  // Costs one signature, 0.15 ms.
  Result<Made> CreateAccount(const std::string& address) const;
  // Entries of options.payload_bytes each, equal to none before.
  Made Upload(const std::string& address);
  Made Status(const std::string& address) const;
  // Frames [first, last] of `container`.
  Made Download(const std::string& address, const std::string& container, int64_t first,
                int64_t last) const;

 private:
  RequestMaker(const Options& options, crypto::PrivateKey offline, crypto::PrivateKey online,
               crypto::PrivateKey agreement);
  std::string Wrap(std::string_view address, std::string_view payload) const;
  dare::Envelope NextEntry(std::string* digest);

  const Options* options_;
  crypto::PrivateKey offline_;
  crypto::PrivateKey online_;
  crypto::PrivateKey agreement_;
  dare::Envelope profile_mesh_;
  std::string run_;  // Tells the entries and new accounts of this run from all others.
  uint64_t entries_ = 0;
  uint64_t new_accounts_ = 0;
};

}  // namespace mesh::load
