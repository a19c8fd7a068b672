// DnsChannel asks name servers and brings their answers: one c-ares channel, with sockets
// and query ids of its own. UDP first, TCP when an answer is too long for it.

#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/discovery/dns_answer.h"
#include "common/discovery/name_servers.h"

namespace mesh::discovery {

// For one thread.
class DnsChannel {
 public:
  // Called once for each question, from Ask or Process; never after the channel is gone.
  //   kUnavailable       no name server answers, or it failed or refused
  //   kDeadlineExceeded  no answer came, though tried kQueryTries times
  //   and as ReadDnsAnswer
  using Done = std::function<void(Result<DnsAnswer>)>;

  // `servers` has passed CheckNameServers; `query_time` is how long to wait for one. Reads
  // /etc/resolv.conf if there are none given. kUnavailable if that cannot be used.
  static Result<std::unique_ptr<DnsChannel>> Open(const NameServers& servers, Duration query_time);
  // Forgets what was asked.
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  void Ask(const Question& question, Done done);

  // Appends the sockets to poll, and how long at most: `wait_max` or less.
  Duration AddPolls(std::vector<pollfd>* polls, Duration wait_max) const;
  // Takes what has arrived at the sockets that AddPolls appended, polled meanwhile, and
  // asks again where time is up. Must not be left by destroying the channel in a Done.
  void Process(std::span<const pollfd> polls);

 private:
  struct Channel;
  explicit DnsChannel(std::unique_ptr<Channel> channel);

  const std::unique_ptr<Channel> channel_;
};

}  // namespace mesh::discovery
