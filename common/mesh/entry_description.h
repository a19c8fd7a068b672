// What the edge reads out of an entry for its owner, who reads no JSON: it depends on the
// container that the entry goes to. Internal to the codec.

#pragma once

#include <string_view>

#include "common/mesh/member_table.h"

namespace mesh {

namespace proto {
class Envelope;
}

// Fills the fields of `entry` that speak of its payload. What cannot be read, because it is
// encrypted or redacted or of no known form, says nothing, but for entries of mmm_Device
// (device_entry.h). False, with the context's status: as DescribeDevice.
bool DescribeEntry(DecodeContext& context, std::string_view container, proto::Envelope* entry);

}  // namespace mesh
