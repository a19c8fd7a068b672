#include "frontend/service/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/base/unique_fd.h"

namespace mesh::frontend {
namespace {

Status Failed(const std::string& what, const std::string& path) {
  return Status(Code::kUnavailable, what + " " + path + ": " + std::strerror(errno));
}

Status CheckMode(int file, const std::string& path) {
  struct stat about {};
  if (::fstat(file, &about) != 0) return Failed("cannot look at", path);
  if ((about.st_mode & 07) == 0) return Status();
  return Status(Code::kPermissionDenied,
                path + ": others may read this key; its mode must be 0600 or 0640");
}

Status WriteAndSync(const std::string& path, const std::string& text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return Failed("cannot make", path);
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
    return Failed("cannot write", path);
  }
  return Status();
}

// The name must lead to the key also after the power has failed.
Status SyncFolder(const std::string& folder) {
  const UniqueFd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) return Failed("cannot sync", folder);
  return Status();
}

}  // namespace

Result<std::string> ReadKeyFile(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Failed("cannot read", path);
  MESH_RETURN_IF_ERROR(CheckMode(file.get(), path));
  std::string text(kKeyFileBytesMax + 1, '\0');
  const ssize_t count = ::read(file.get(), text.data(), text.size());
  if (count < 0) return Failed("cannot read", path);
  if (static_cast<size_t>(count) > kKeyFileBytesMax) {
    return Status(Code::kDataLoss, path + ": too long for a key file");
  }
  text.resize(static_cast<size_t>(count));
  return text;
}

Status CreateKeyFile(const std::string& folder, const std::string& name, const std::string& text) {
  const std::string path = folder + "/" + name;
  const std::string temporary = path + "." + std::to_string(::getpid());
  ::unlink(temporary.c_str());
  Status status = WriteAndSync(temporary, text);
  if (status.ok() && ::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    status = Failed("cannot make", path);
  }
  ::unlink(temporary.c_str());
  return status.ok() ? SyncFolder(folder) : status;
}

Result<std::vector<std::string>> ListKeyFiles(const std::string& folder, const std::string& prefix,
                                              const std::string& suffix) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator i(folder, error), end; !error && i != end;
       i.increment(error)) {
    std::string name = i->path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(suffix)) names.push_back(std::move(name));
  }
  if (error) return Status(Code::kUnavailable, "cannot read " + folder + ": " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

std::string KeyFilesState(const std::string& folder, const std::vector<std::string>& names) {
  std::string state;
  for (const std::string& name : names) {
    struct stat about {};
    state.append(name).append(" ");
    if (::stat(std::string(folder).append("/").append(name).c_str(), &about) != 0) {
      state.append("absent;");
      continue;
    }
    state.append(std::to_string(about.st_mtim.tv_sec)).append(".");
    state.append(std::to_string(about.st_mtim.tv_nsec)).append(" ");
    state.append(std::to_string(about.st_size)).append(" ");
    state.append(std::to_string(about.st_ino)).append(";");
  }
  return state;
}

}  // namespace mesh::frontend
