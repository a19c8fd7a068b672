#include "common/client/private_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mesh::client {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOpenToOthers = S_IRWXG | S_IRWXO;

Status Failed(const std::string& what, const std::string& path) {
  return Status(Code::kUnavailable, "cannot " + what + " " + path + ": " + std::strerror(errno));
}

std::string Octal(mode_t mode) {
  std::string text(3, '0');
  for (int i = 2; i >= 0; --i, mode >>= 3) text[static_cast<size_t>(i)] += mode & 7;
  return text;
}

// What is at `path` is ours and closed to others; `mode` is how it should be.
Status CheckPrivate(const struct stat& info, const std::string& path, const char* mode) {
  if (info.st_uid != ::geteuid()) {
    return Status(Code::kFailedPrecondition,
                  path + " belongs to another user; choose another folder with --home");
  }
  if ((info.st_mode & kOpenToOthers) == 0) return {};
  return Status(Code::kFailedPrecondition, path + " is open to other users (mode " +
                                               Octal(info.st_mode & 0777) + "); run: chmod " +
                                               mode + " '" + path + "'");
}

Result<std::string> ReadAll(int fd, const std::string& path, size_t bytes_max) {
  std::string octets;
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read", path);
    if (got == 0) return octets;
    octets.append(buffer, static_cast<size_t>(got));
    if (octets.size() > bytes_max) {
      return Status(Code::kResourceExhausted,
                    path + " has more than " + std::to_string(bytes_max) + " octets");
    }
  }
}

Result<std::string> ReadFile(const std::string& path, size_t bytes_max, bool must_be_private) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) {
    return Status(Code::kNotFound, "there is no file " + path);
  }
  if (!fd.valid()) return Failed("open", path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return Failed("look at", path);
  if (S_ISDIR(info.st_mode)) {
    return Status(Code::kFailedPrecondition, path + " is a folder, not a file");
  }
  if (must_be_private) MESH_RETURN_IF_ERROR(CheckPrivate(info, path, "600"));
  return ReadAll(fd.get(), path, bytes_max);
}

Status WriteAll(int fd, std::string_view octets, const std::string& path) {
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    octets.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(fd) == 0 ? Status() : Failed("write", path);
}

Status SyncFolder(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return Failed("write", folder);
  return {};
}

}  // namespace

Status PreparePrivateFolder(const std::string& folder) {
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) return Failed("make", folder);
  struct stat info {};
  if (::stat(folder.c_str(), &info) != 0) return Failed("look at", folder);
  if (!S_ISDIR(info.st_mode)) {
    return Status(Code::kFailedPrecondition,
                  folder + " is not a folder; choose another with --home or MESH_HOME");
  }
  return CheckPrivate(info, folder, "700");
}

Result<std::string> ReadPrivateFile(const std::string& path, size_t bytes_max) {
  return ReadFile(path, bytes_max, true);
}

Result<std::string> ReadGivenFile(const std::string& path, size_t bytes_max) {
  return ReadFile(path, bytes_max, false);
}

Status WritePrivateFile(const std::string& path, std::string_view octets) {
  std::string temporary = path + ".XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // Mode 0600.
  if (!fd.valid()) return Failed("write", path);
  Status status = WriteAll(fd.get(), octets, path);
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) status = Failed("write", path);
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  const std::string folder = fs::path(path).parent_path().string();
  return SyncFolder(folder.empty() ? "." : folder);
}

Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return Failed("remove", path);
}

Status RemoveFolder(const std::string& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) return {};
  return Status(Code::kUnavailable, "cannot remove " + folder + ": " + error.message());
}

std::vector<std::string> ListFolder(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name[0] != '.') names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<UniqueFd> LockFile(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd.valid()) return Failed("open", path);
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return Failed("lock", path);
  }
  return fd;
}

}  // namespace mesh::client
