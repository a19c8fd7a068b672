// Files that hold a secret: read whole, and refused when anybody may read them.

#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"

namespace mesh::frontend {

// Octets of a key file: far more than a key and its JSON need.
inline constexpr size_t kKeyFileBytesMax = 4096;

// The content of the file. Its owner and group may read it (mounted secrets are
// 0440), others may not. Blocks on the disk. The caller wipes the result.
//   kUnavailable       it cannot be read
//   kPermissionDenied  others may read it
//   kDataLoss          it is longer than kKeyFileBytesMax
Result<std::string> ReadKeyFile(const std::string& path);

// Makes the file whole, synced and under its name at once, with mode 0600, unless somebody
// else already has made one. kUnavailable when it cannot.
Status CreateKeyFile(const std::string& folder, const std::string& name, const std::string& text);

// The names in `folder` that begin and end so, sorted. kUnavailable when it cannot be read.
Result<std::vector<std::string>> ListKeyFiles(const std::string& folder, const std::string& prefix,
                                              const std::string& suffix);

// A text that differs when a file of these has changed. A file that is not there has one too.
std::string KeyFilesState(const std::string& folder, const std::vector<std::string>& names);

}  // namespace mesh::frontend
