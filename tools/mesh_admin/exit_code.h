// The exit codes of `mesh-admin`, which scripts rely on. `mesh-admin --help` prints them.

#pragma once

#include "common/base/status.h"

namespace mesh::admin {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,       // Something unexpected.
  kUsage = 2,        // The command line or a file given on it is wrong.
  kRefused = 3,      // A back end answered no, or the map rules it out.
  kUnreachable = 4,  // Nothing could be asked: no connection, or no answer in time.
  kPartial = 5,      // Done, but for what standard error names.
};

inline constexpr const char* kExitCodeHelp =
    "Exit codes: 0 done; 1 unexpected failure; 2 wrong command line or input file; 3 refused,\n"
    "by a back end or by what the map says; 4 nobody could be reached, or none answered in time;\n"
    "5 done in part: standard error names what is missing.";

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
