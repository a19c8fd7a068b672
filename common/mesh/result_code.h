// The answers a Mesh response can carry: the draft's Status, the minor code and
// the symbolic name that the reference uses (draft -06 §4.5, §10.2).
//
// One table for the whole service. The HTTP status mirrors `status` in the
// enveloped form and for bare requests; with reference compatibility HTTP is
// always 200, because that client discards the body of anything else.

#pragma once

#include <string_view>

#include "common/base/status.h"

namespace mesh {

struct ResultCode {
  int status;
  int extended;  // 0: absent.
  std::string_view description;
};

inline constexpr ResultCode kSuccess{201, 0, "Operation completed successfully"};
// The first round of a redacted upload: kept, and without effect until the second.
inline constexpr ResultCode kPayloadsNeeded{202, 0, "MeshUploadPayloadsNeeded"};
inline constexpr ResultCode kMalformed{400, 0, "MeshRequestInvalid"};
inline constexpr ResultCode kAlreadyRegistered{400, 1, "MeshAccountAlreadyRegistered"};
inline constexpr ResultCode kResponseNotFound{400, 2, "MeshResponseNotFound"};
inline constexpr ResultCode kUnauthenticatedCaller{401, 0, "MeshRequestUnauthenticated"};
// The host's key, the ticket: known once and not any more. The client has a way on.
inline constexpr ResultCode kHostKeyUnknown{401, 0, "MeshHostKeyUnknown"};
inline constexpr ResultCode kTicketUnknown{401, 0, "MeshTicketUnknown"};
inline constexpr ResultCode kTicketExpired{401, 0, "MeshTicketExpired"};
// The request's time is too far from the service's, which the seal of the answer has.
inline constexpr ResultCode kWrongTime{401, 0, "MeshRequestTime"};
// The device is not, or not any more, in the account that it speaks for.
inline constexpr ResultCode kDeviceUnknown{401, 0, "MeshDeviceUnknown"};
inline constexpr ResultCode kRefused{403, 0, "MeshResponseRefused"};
inline constexpr ResultCode kInsufficientPrivilege{403, 0, "MeshMessageInsufficientPrivilege"};
inline constexpr ResultCode kAdministratorNeeded{403, 0, "MeshAdministratorNeeded"};
inline constexpr ResultCode kUnknownAccount{404, 0, "MeshUnknownAccount"};
inline constexpr ResultCode kUnknownContainer{404, 0, "MeshUnknownContainer"};
inline constexpr ResultCode kPublicationUnknown{404, 0, "MeshPublicationUnknown"};
inline constexpr ResultCode kConflict{409, 0, "MeshContainerConflict"};
inline constexpr ResultCode kRequestSize{413, 0, "MeshRequestSize"};
inline constexpr ResultCode kEncodingUnsupported{415, 0, "MeshEncodingUnsupported"};
inline constexpr ResultCode kWrongHost{421, 0, "MeshRedirect"};
inline constexpr ResultCode kInternalError{500, 0, "MeshInternalError"};
inline constexpr ResultCode kUnsupported{501, 0, "MeshMessageUnsupported"};
inline constexpr ResultCode kBusy{503, 0, "MeshServiceUnavailable"};
inline constexpr ResultCode kQuota{507, 0, "MeshQuotaExceeded"};

// The answer for work that was not done. The Status's message says what was wrong
// and is sent after the description, unless it is our own mistake.
ResultCode ResultCodeOf(Code code);

}  // namespace mesh
