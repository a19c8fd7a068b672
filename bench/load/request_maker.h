// RequestMaker writes the messages of mesh-load's requests; carrier.h sends them.
//
// One thread.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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
  // Entries of options.payload_bytes each, equal to none before.
  Made Upload();
  Made Status() const;
  // Frames [first, last] of `container`.
  Made Download(const std::string& container, int64_t first, int64_t last) const;

 private:
  dare::Envelope NextEntry(std::string* digest);

  const Options& options_;
  const Person& person_;
  const std::string run_;  // Tells the entries and new accounts of this run from all others.
  uint64_t entries_ = 0;
  uint64_t new_accounts_ = 0;
};

}  // namespace mesh::load
