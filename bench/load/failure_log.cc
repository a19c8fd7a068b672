#include "bench/load/failure_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/encoding/json_writer.h"

namespace mesh::load {
namespace {

int64_t Millis(MonotonicTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string Failure::Text() const {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Member("sentMs").Int(Millis(sent));
  writer.Member("endedMs").Int(Millis(ended));
  writer.Member("action").String(kActionNames[static_cast<size_t>(action)]);
  writer.Member("account").String(account);
  writer.Member("to").String(to);
  writer.Member("known").Int(known);
  writer.Member("status").Int(status);
  writer.Member("said").String(said);
  writer.EndObject();
  return text;
}

Result<FailureLog> FailureLog::Open(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (file.valid()) return FailureLog(std::move(file));
  return Status(Code::kUnavailable, "failures " + path + ": " + std::strerror(errno));
}

void FailureLog::Write(const Failure& failure) {
  const std::string line = failure.Text() + "\n";
  (void)!::write(file_.get(), line.data(), line.size());
}

}  // namespace mesh::load
