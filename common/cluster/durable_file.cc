#include "common/cluster/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/base/unique_fd.h"

namespace mesh::cluster {
namespace {

Status Failed(const char* what, const std::string& path) {
  return Status(Code::kUnavailable,
                std::string("cannot ") + what + " " + path + ": " + std::strerror(errno));
}

Status WriteAll(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return Failed("write", path);
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file) == 0 ? Status() : Failed("sync", path);
}

}  // namespace

Status WriteDurably(const std::string& path, std::string_view text) {
  const std::string next = path + ".new";
  {
    const UniqueFd file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.valid()) return Failed("make", next);
    MESH_RETURN_IF_ERROR(WriteAll(file.get(), text, next));
  }
  if (::rename(next.c_str(), path.c_str()) != 0) return Failed("replace", path);
  const std::string parent = std::filesystem::path(path).parent_path();
  const UniqueFd folder(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) return Failed("sync the folder of", path);
  return Status();
}

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) {
    return Status(errno == ENOENT ? Code::kNotFound : Code::kUnavailable, "cannot read " + path);
  }
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return Status(Code::kUnavailable, "cannot read " + path);
  return text;
}

}  // namespace mesh::cluster
