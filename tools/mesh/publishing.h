// What publishing a device and publishing a contact share.

#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/client/publishing.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {

// That many days from now.
WallMillis InDays(int days);

// Shows the QR code on the terminal, and writes it to the file `png` unless that is empty.
// kInvalidArgument if the file cannot be written.
Status ShowCode(const client::Earl& earl, WallMillis until, const std::string& png, Output& out);

}  // namespace mesh::tool
