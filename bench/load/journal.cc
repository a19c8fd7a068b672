#include "bench/load/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

namespace mesh::load {
namespace {

std::vector<std::string_view> SplitWords(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

// Adds one record. Returns false when the line is not one.
bool AddRecord(std::string_view line, JournalAccounts* accounts) {
  const std::vector<std::string_view> words = SplitWords(line);
  if (words.size() < 2) return false;
  JournalAccount& account = (*accounts)[std::string(words[1])];
  if (words[0] == "create" && words.size() == 2) return true;
  if (words[0] == "created" && words.size() == 2) return account.created = true;
  if (words[0] == "send" && words.size() == 4) {
    account.containers[std::string(words[2])].try_emplace(std::string(words[3]));
    return true;
  }
  if (words[0] == "refused" && words.size() == 4) {
    account.containers[std::string(words[2])][std::string(words[3])].refused = true;
    return true;
  }
  if (words[0] != "ack" || words.size() != 5) return false;
  JournalEntry& entry = account.containers[std::string(words[2])][std::string(words[4])];
  entry.acknowledged = true;
  if (words[3] == "-") return true;
  int64_t index = 0;
  const char* end = words[3].data() + words[3].size();
  if (std::from_chars(words[3].data(), end, index).ptr != end) return false;
  entry.index = index;
  return true;
}

}  // namespace

Result<JournalWriter> JournalWriter::Open(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.valid()) {
    return Status(Code::kUnavailable, "journal " + path + ": " + std::strerror(errno));
  }
  return JournalWriter(std::move(file));
}

void JournalWriter::Create(std::string_view address) {
  buffer_.append("create ").append(address).push_back('\n');
}

void JournalWriter::Created(std::string_view address) {
  buffer_.append("created ").append(address).push_back('\n');
}

void JournalWriter::Send(std::string_view address, std::string_view container,
                         std::string_view digest) {
  Entry("send ", address, container, {}, digest);
}

void JournalWriter::Acknowledge(std::string_view address, std::string_view container,
                                std::optional<int64_t> index, std::string_view digest) {
  Entry("ack ", address, container, index ? std::to_string(*index) : "-", digest);
}

void JournalWriter::Refused(std::string_view address, std::string_view container,
                            std::string_view digest) {
  Entry("refused ", address, container, {}, digest);
}

void JournalWriter::Entry(std::string_view verb, std::string_view address,
                          std::string_view container, std::string_view index,
                          std::string_view digest) {
  buffer_.append(verb).append(address).append(" ").append(container).append(" ");
  if (!index.empty()) buffer_.append(index).append(" ");
  buffer_.append(digest).push_back('\n');
}

void JournalWriter::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      if (status_.ok()) {
        status_ = Status(Code::kUnavailable, std::string("journal: ") + std::strerror(errno));
      }
      break;
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
  buffer_.clear();
}

void JournalWriter::Sync() {
  Flush();
  if (::fdatasync(file_.get()) != 0 && status_.ok()) {
    status_ = Status(Code::kUnavailable, std::string("journal: ") + std::strerror(errno));
  }
}

Result<JournalAccounts> ReadJournal(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status(Code::kNotFound, "journal " + path + " cannot be read");
  JournalAccounts accounts;
  std::string line;
  for (size_t number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;  // No line feed behind it: torn.
    if (!AddRecord(line, &accounts)) {
      return Status(Code::kDataLoss, path + ":" + std::to_string(number) + ": not a record");
    }
  }
  return accounts;
}

}  // namespace mesh::load
