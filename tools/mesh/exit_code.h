// The exit codes of `mesh`, which scripts rely on. `mesh --help` prints them.

#pragma once

#include "common/base/status.h"

namespace mesh::tool {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,       // Something unexpected.
  kUsage = 2,        // The command line or a file given on it is wrong.
  kRefused = 3,      // The service answered no.
  kUnreachable = 4,  // No connection, no trusted certificate, or no answer in time.
  kUnverified = 5,   // What was received, or what is kept here, does not verify.
  kLocal = 6,        // The folder of this device: not there, not safe, not writable.
};

inline constexpr const char* kExitCodeHelp =
    "Exit codes: 0 done; 1 unexpected failure; 2 wrong command line or input file; 3 the service\n"
    "refused; 4 the service cannot be reached or did not answer; 5 something received or kept "
    "does\n"
    "not verify; 6 this device's folder lacks what is needed or is not safe.";

// `refused`: the failure is the service's answer.
inline ExitCode ExitCodeOf(const Status& status, bool refused) {
  if (status.ok()) return kDone;
  if (refused) return kRefused;
  switch (status.code()) {
    case Code::kInvalidArgument:
    case Code::kResourceExhausted:
    case Code::kPermissionDenied:
      return kUsage;
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kUnauthenticated:
      return kUnreachable;
    case Code::kDataLoss:
      return kUnverified;
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kFailedPrecondition:
      return kLocal;
    case Code::kAborted:
      return kRefused;
    default:
      return kFailed;
  }
}

}  // namespace mesh::tool
