// RequestMaker writes the messages of mesh-load's requests; carrier.h sends them.
//
// One thread.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/load/options.h"
#include "bench/load/person.h"
#include "common/base/status.h"
#include "common/dare/envelope.h"

namespace mesh::load {

// A message and, for an Upload, the digests (base64url) of its payloads.
struct Made {
  std::string message;
  std::vector<std::string> digests;
};

class RequestMaker {
 public:
  // Both outlive this.
  RequestMaker(const Options& options, const Person& person);

  // ADDRESS of the account with that number, of those made at start.
  std::string AccountAddress(size_t number) const;
  // A fresh address, never used before: for CreateAccount as a part of the mix.
  std::string NewAccountAddress();

  Made Hello() const;
  // Costs one signature, 0.15 ms.
  Result<Made> CreateAccount(const std::string& address) const;
  // The device's entry in mmm_Device. Likewise.
  Result<Made> Enter(const std::string& address) const;
  // To the account `address`, which matters to a spool alone. Entries of options.payload_bytes
  // each, equal to none before; of a spool, messages as Post has them.
  Result<Made> Upload(const std::string& address);
  // One message, likewise, with a signature block of `sender`. Costs a signature, unless there is
  // one for all messages of the sender.
  Result<Made> Post(const std::string& sender, const std::string& recipient);
  Made Status() const;
  // Frames [first, last] of `container`.
  Made Download(const std::string& container, int64_t first, int64_t last) const;

 private:
  dare::Envelope NextEntry(std::string* digest);
  Result<dare::Envelope> NextMessage(const std::string& sender, std::string* digest);
  Result<dare::Envelope> SignedMessage(const std::string& sender);
  Result<const dare::Envelope*> ProfileOf(const std::string& address);

  const Options& options_;
  const Person& person_;
  const std::string run_;  // Tells the entries and new accounts of this run from all others.
  std::unordered_map<std::string, dare::Envelope> profiles_;  // By address, as they were needed.
  std::unordered_map<std::string, dare::Envelope> signed_;    // Likewise, if there is one for all.
  uint64_t entries_ = 0;
  uint64_t new_accounts_ = 0;
};

}  // namespace mesh::load
