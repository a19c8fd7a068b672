#include "backend/site_policy_file.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "common/base/log.h"

namespace mesh::backend {
namespace {

Result<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.is_open() && !file.bad()) return text;
  return Status(Code::kUnavailable, path + " (--message-policy) cannot be read");
}

}  // namespace

SitePolicyFile::SitePolicyFile(std::string path, Published<SitePolicy>& target)
    : path_(std::move(path)), target_(target) {}

Result<std::unique_ptr<SitePolicyFile>> SitePolicyFile::Open(std::string path,
                                                             Published<SitePolicy>& target,
                                                             std::chrono::milliseconds interval) {
  std::unique_ptr<SitePolicyFile> file(new SitePolicyFile(std::move(path), target));
  MESH_RETURN_IF_ERROR(file->Reload());
  file->thread_ = std::thread([file = file.get(), interval] { file->Run(interval); });
  return file;
}

SitePolicyFile::~SitePolicyFile() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status SitePolicyFile::Reload() {
  MESH_ASSIGN(std::string text, ReadText(path_));
  if (target_.version() > 0 && text == text_) return Status();
  Result<SitePolicy> policy = SitePolicy::Parse(text);
  if (!policy.ok()) {
    return InvalidArgument(path_ + " (--message-policy), " + policy.status().message());
  }
  target_.Publish(std::make_shared<const SitePolicy>(*std::move(policy)));
  text_ = std::move(text);
  return Status();
}

void SitePolicyFile::Run(std::chrono::milliseconds interval) {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, interval, [this] { return stopping_; })) {
    const uint64_t before = target_.version();
    const Status status = Reload();
    if (target_.version() != before) Log(LogLevel::kInfo, "message policy read again");
    if (!status.ok() && status.message() != refused_) {
      Log(LogLevel::kError, "message policy refused; the last one stays in force",
          {{"error", status.message()}});
    }
    refused_ = status.ok() ? std::string() : status.message();
  }
}

}  // namespace mesh::backend
