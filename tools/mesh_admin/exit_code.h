// The exit codes of `mesh-admin`, which scripts rely on. `mesh-admin --help` prints them.

#pragma once

#include "common/base/status.h"

namespace mesh::admin {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,       // Something unexpected.
  kUsage = 2,        // The command line or a file given on it is wrong.
  kRefused = 3,      // A back end answered no.
  kUnreachable = 4,  // Nothing could be asked: no connection, or no answer in time.
  kPartial = 5,      // Done, but for what standard error names.
};

inline constexpr const char* kExitCodeHelp =
    "Exit codes: 0 done; 1 unexpected failure; 2 wrong command line or input file; 3 a back end\n"
    "refused; 4 no back end could be reached, or none answered in time; 5 done in part: standard\n"
    "error names what is missing.";

// `partial`: something of the answer is missing.
inline ExitCode ExitCodeOf(const Status& status, bool partial) {
  switch (status.code()) {
    case Code::kOk:
      return partial ? kPartial : kDone;
    case Code::kInvalidArgument:
      return kUsage;
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
      return kUnreachable;
    case Code::kAborted:
    case Code::kFailedPrecondition:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kUnauthenticated:
    case Code::kResourceExhausted:
    case Code::kUnimplemented:
      return kRefused;
    default:
      return kFailed;
  }
}

}  // namespace mesh::admin
