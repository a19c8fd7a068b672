// Files that hold secrets: readable by their owner alone, written whole or not at
// all. Failures say what to do next.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace mesh::client {

// Makes `folder` with mode 0700 unless it exists. kFailedPrecondition if it exists
// and is not a folder of ours that is closed to others.
Status PreparePrivateFolder(const std::string& folder);

// All of the file at `path`. kNotFound if there is none; kFailedPrecondition if it
// is no regular file of ours or others may read or write it; kUnavailable if it cannot be read;
// kResourceExhausted if it has more than `bytes_max` octets.
Result<std::string> ReadPrivateFile(const std::string& path, size_t bytes_max);
// The same without the demand on owner and mode: for files that people give us.
Result<std::string> ReadGivenFile(const std::string& path, size_t bytes_max);

// Replaces the file at `path` by one with `octets` and mode 0600, on disk when this
// returns. After a failure or a crash the file is as before. kUnavailable.
Status WritePrivateFile(const std::string& path, std::string_view octets);

// Removes a file; one that is not there is as good as removed. kUnavailable.
Status RemoveFile(const std::string& path);
// Removes `folder` and the files in it, folders in it too. kUnavailable.
Status RemoveFolder(const std::string& folder);

// The names in `folder`, sorted, without those that begin with '.'. Empty if there is no folder.
std::vector<std::string> ListFolder(const std::string& folder);

// Waits until no other process holds the lock file at `path`, then holds it until
// the result is destroyed. kUnavailable if it cannot be made.
Result<UniqueFd> LockFile(const std::string& path);

}  // namespace mesh::client
