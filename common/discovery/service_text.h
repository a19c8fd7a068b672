// What a service says of itself in TXT records (draft web-service-discovery-04 §3.2.1,
// RFC 6763 §6).
//
// Pure functions; any thread.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mesh::discovery {

// The value of the first `path` in `texts`, the character strings of TXT records. A string
// holds one key=value, or several with spaces between them; keys have no case. Nothing if
// there is none, or if it is not an absolute path of unreserved characters and "/" alone, of
// at most kPathBytesMax octets, without empty, "." and ".." segments: it goes into a request
// line as it is. The other keys, version and encoding, are what Hello says better.
std::optional<std::string> PathAttribute(const std::vector<std::string>& texts);

}  // namespace mesh::discovery
