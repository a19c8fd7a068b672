// The failure log says which requests failed, when and with what words, so that a test can
// tell those that a fault of the network may cost from all others. A file of lines, a JSON
// object each, only ever added to:
//
//   {"sentMs", "endedMs", "action", "account", "to", "known", "status", "said"}
//
// Times are the steady clock's, which is one for all programs of a machine. "known" is how many
// frames of the account this run knew to be there when it sent the request. "status" is Mesh's, or
// HTTP's where there is no Mesh response, 0 when the connection was lost; "said" its description.

#pragma once

#include <cstdint>
#include <string>

#include "bench/load/options.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace mesh::load {

struct Failure {
  MonotonicTime sent;
  MonotonicTime ended;
  Action action = Action::kHello;
  std::string account;
  std::string to;     // ADDRESS:PORT of the front end.
  int64_t known = 0;  // Frames.
  int64_t status = 0;
  std::string said;

  // One line, without its end.
  std::string Text() const;
};

// One thread. Each line is handed to the kernel at once: there are few.
class FailureLog {
 public:
  // kUnavailable, naming the file, when it cannot be opened.
  static Result<FailureLog> Open(const std::string& path);

  // A line that cannot be written is lost: this is told nobody who measures.
  void Write(const Failure& failure);

 private:
  explicit FailureLog(UniqueFd file) : file_(std::move(file)) {}

  UniqueFd file_;
};

}  // namespace mesh::load
