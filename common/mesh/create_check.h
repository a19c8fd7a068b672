// What the edge checks of a CreateAccount before anybody acts on it. Internal to
// the codec.

#pragma once

#include <string_view>

#include "common/base/status.h"

namespace mesh {

namespace proto {
class CreateRequest;
}

// Verifies that the request's profiles vouch for each other and that the
// ProfileAccount names `account`, and fills the fields that follow from them.
// Costs two signature verifications, about 0.5 ms.
//   kInvalidArgument  a member is missing or malformed, or the ProfileAccount
//                     does not name the account
//   kPermissionDenied a signature does not hold
Status CheckCreate(std::string_view account, proto::CreateRequest* create);

}  // namespace mesh
