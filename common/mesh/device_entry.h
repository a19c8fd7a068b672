// What an entry of mmm_Device says about who is in an account. Internal to the codec.

#pragma once

#include "common/mesh/member_table.h"

namespace mesh {

namespace proto {
class Envelope;
}

// Connections to accounts in one entry: a device has one for each account of its owner.
inline constexpr size_t kAccountsPerDeviceMax = 16;
// Assertions that one request may have verified: 13 ms of an event loop if all are new,
// and twenty devices in one Upload.
inline constexpr size_t kAssertionsPerRequestMax = 64;

// Fills connection_digests, members and device_fault of an entry of mmm_Device whose
// payload is here. In strict decoding everything in it is verified: the ProfileDevice by
// itself, each ConnectionAccount by the ProfileAccount beside it; what does not hold is
// said in device_fault, and is for the owner to refuse. Otherwise an entry that cannot
// be read says nothing, and one that can has no members. False, with the context's
// status kResourceExhausted: beyond kAssertionsPerRequestMax.
bool DescribeDevice(DecodeContext& context, proto::Envelope* entry);

}  // namespace mesh
