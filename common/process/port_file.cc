#include "common/process/port_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace mesh {

Status WritePortFile(const std::string& path,
                     const std::vector<std::pair<std::string, int>>& ports) {
  const std::string draft = path + ".new";
  std::ofstream file(draft, std::ios::trunc);
  for (const auto& [name, port] : ports) file << name << '=' << port << '\n';
  file.close();
  if (file.good() && std::rename(draft.c_str(), path.c_str()) == 0) return {};
  return Status(Code::kUnavailable,
                "cannot write the port file " + path + ": " + std::strerror(errno));
}

}  // namespace mesh
