#include "common/discovery/host_addresses.h"

#include <poll.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "common/discovery/dns_channel.h"
#include "common/discovery/limits.h"
#include "common/encoding/domain_name.h"

namespace mesh::discovery {
namespace {

// In the order in which they are preferred.
constexpr std::array<RecordType, 2> kTypes = {RecordType::kAddress6, RecordType::kAddress4};
using Answers = std::array<std::optional<Result<DnsAnswer>>, kTypes.size()>;

// One turn of waiting; false when there is no time left.
bool Turn(DnsChannel& channel, const Clock& clock, Deadline deadline) {
  const Duration left = deadline - clock.Now();
  if (left <= Duration::zero()) return false;
  std::vector<pollfd> polls;
  const Duration wait = channel.AddPolls(&polls, left);
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(wait);
  ::poll(polls.data(), polls.size(), static_cast<int>(millis.count()));
  channel.Process(polls);
  return true;
}

Result<std::vector<std::string>> Conclude(const std::string& host, const Answers& answers) {
  std::vector<std::string> addresses;
  Status failure = Status(Code::kNotFound, host + " has no address in DNS");
  for (const auto& answer : answers) {
    if (!answer) {
      failure = Status(Code::kDeadlineExceeded, "no answer from DNS about " + host + " in time");
    } else if (!answer->ok()) {
      failure = answer->status();
    } else {
      addresses.insert(addresses.end(), (*answer)->addresses.begin(), (*answer)->addresses.end());
    }
  }
  if (addresses.empty()) return failure;
  return addresses;
}

}  // namespace

Result<std::vector<std::string>> HostAddresses(const std::string& host, const NameServers& servers,
                                               const Clock& clock, Deadline deadline) {
  if (!IsHostName(host)) return InvalidArgument(host + " is not a DNS name in lower case");
  Answers answers;  // Outlives the channel, which writes into it.
  MESH_ASSIGN(const std::unique_ptr<DnsChannel> channel, DnsChannel::Open(servers, kQueryTime));
  size_t open = kTypes.size();
  for (size_t i = 0; i < kTypes.size(); ++i) {
    channel->Ask({host, kTypes[i]}, [&answers, &open, i](Result<DnsAnswer> answer) {
      answers[i] = std::move(answer);
      --open;
    });
  }
  while (open > 0 && Turn(*channel, clock, deadline)) {
  }
  return Conclude(host, answers);
}

}  // namespace mesh::discovery
