// What the edge checks of a CreateAccount or CreateGroup before anybody acts on it. Internal to
// the codec.

#pragma once

#include <string_view>

#include "common/base/status.h"

namespace mesh {

namespace proto {
class CreateGroupRequest;
class CreateRequest;
}  // namespace proto

// Verifies that the request's profiles vouch for each other and that the
// ProfileAccount names `account`, and fills the fields that follow from them.
// Costs two signature verifications, about 0.5 ms.
//   kInvalidArgument  a member is missing or malformed, or the ProfileAccount
//                     does not name the account
//   kPermissionDenied a signature does not hold
Status CheckCreate(std::string_view account, proto::CreateRequest* create);

// Likewise of a CreateGroup: that the ProfileGroup is signed by its own key and, if it
// names addresses, which the reference's do not, names `account`. One verification.
Status CheckCreateGroup(std::string_view account, proto::CreateGroupRequest* create);

}  // namespace mesh
