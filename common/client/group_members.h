// Who is in a group, as its catalogs at the service have it. For the device that made the group,
// in the name of its owner's account.
//
// Each function blocks on the service, and fails as ServiceClient does besides what it says.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/client/group.h"
#include "common/client/service_client.h"
#include "common/mesh/group.h"

namespace mesh::client {

// Frames of mmm_Member that are read at most: more is a service that goes on for ever.
inline constexpr int64_t kMemberFramesMax = 1'000'000;

// Sorted by address. kDataLoss if an entry is not signed by the group.
Result<std::vector<CatalogedMember>> MembersOf(ServiceClient& service, const Group& group);

// Both entries of a new member, in one request. kAlreadyExists, with the next step, if there is a
// member of that address.
Status AddMember(ServiceClient& service, const Group& group, const NewMember& member);

// Deletes the service's share for a member, and that it is one, in one request: from then on the
// service refuses its Operate. kNotFound if there is none of that address.
Status RemoveMember(ServiceClient& service, const Group& group, std::string_view address);

}  // namespace mesh::client
