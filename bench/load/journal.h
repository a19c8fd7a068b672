// The journal says what was sent and what was acknowledged, so that a later run can
// check it. A text file, one record a line, only ever appended to:
//
//   create  ADDRESS                              about to ask for the account
//   created ADDRESS                              it exists
//   send    ADDRESS CONTAINER DIGEST             about to upload an entry
//   ack     ADDRESS CONTAINER INDEX DIGEST       the service has it, at INDEX or '-'
//   refused ADDRESS CONTAINER DIGEST             the service said that it has not and will not
//
// DIGEST is the payload's SHA-2-512 in base64url. Payloads are never equal, so a
// digest names an entry. A record is written before its request leaves, and for
// acknowledgements as soon as the reply is read; a torn last line is not counted.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace mesh::load {

// Appends records. They survive the end of this process at once, and the loss of
// power after Sync. One thread. An unwritable file is fatal to the run's purpose:
// status() keeps the first failure.
class JournalWriter {
 public:
  // kUnavailable, naming the file, when it cannot be opened.
  static Result<JournalWriter> Open(const std::string& path);

  void Create(std::string_view address);
  void Created(std::string_view address);
  void Send(std::string_view address, std::string_view container, std::string_view digest);
  void Acknowledge(std::string_view address, std::string_view container,
                   std::optional<int64_t> index, std::string_view digest);
  void Refused(std::string_view address, std::string_view container, std::string_view digest);
  // Hands the records to the kernel. Call before the requests they announce leave.
  void Flush();
  // Blocks until they are on the disk.
  void Sync();

  const Status& status() const { return status_; }

 private:
  explicit JournalWriter(UniqueFd file) : file_(std::move(file)) {}
  void Entry(std::string_view verb, std::string_view address, std::string_view container,
             std::string_view index, std::string_view digest);

  UniqueFd file_;
  std::string buffer_;
  Status status_;
};

// What a journal says about one entry.
struct JournalEntry {
  bool acknowledged = false;
  bool refused = false;
  std::optional<int64_t> index;
};
struct JournalAccount {
  bool created = false;  // Acknowledged.
  // By container, then by digest.
  std::map<std::string, std::unordered_map<std::string, JournalEntry>> containers;
};
using JournalAccounts = std::map<std::string, JournalAccount>;

// Reads a journal. kNotFound when there is no file, kDataLoss with the line's number
// when a line other than the last is not a record.
Result<JournalAccounts> ReadJournal(const std::string& path);

}  // namespace mesh::load
