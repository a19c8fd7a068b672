// QR codes: in the terminal, of half blocks, and as a picture.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::tool {

// Two rows of modules to a line of UTF-8 text, with the quiet zone around it, for a terminal that
// writes light on dark; on another it is the negative, which most readers take too.
// kInvalidArgument if `text` is too long for a code.
Result<std::string> QrText(std::string_view text);

// Writes a PNG of 8 pixels to a module. kInvalidArgument as above; kUnavailable, with the reason,
// if the file cannot be written. Blocks on the disk.
Status WriteQrPng(std::string_view text, const std::string& file);

}  // namespace mesh::tool
