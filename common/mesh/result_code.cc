#include "common/mesh/result_code.h"

namespace mesh {

ResultCode ResultCodeOf(Code code) {
  switch (code) {
    case Code::kOk:
      return kSuccess;
    case Code::kInvalidArgument:
      return kMalformed;
    case Code::kNotFound:
      return kUnknownAccount;
    case Code::kAlreadyExists:
      return kAlreadyRegistered;
    case Code::kPermissionDenied:
      return kInsufficientPrivilege;
    case Code::kResourceExhausted:
    case Code::kDeadlineExceeded:
    case Code::kAborted:
    case Code::kUnavailable:
      return kBusy;
    case Code::kFailedPrecondition:
      return kConflict;
    case Code::kUnimplemented:
      return kUnsupported;
    case Code::kUnauthenticated:
      return kUnauthenticatedCaller;
    case Code::kInternal:
    case Code::kDataLoss:
      return kInternalError;
  }
  return kInternalError;
}

}  // namespace mesh
