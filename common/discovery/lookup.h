// Lookup finds the hosts of one service: it says what is to be asked of DNS and concludes
// from the answers. It asks nobody itself and holds no clock.
//
// The rules (draft web-service-discovery-04 §3; draft -06 §4.1):
//   * the hosts are the SRV records of _mmm._tcp.DOMAIN. A target of "." says that there is no
//     such service;
//   * without SRV records the host is mmm.DOMAIN and the port 443. An error is no "without":
//     what a name server did not say is not guessed;
//   * the path is that of a host's own TXT record, _mmm._tcp.HOST, or else of the service's,
//     _mmm._tcp.DOMAIN, or else kDefaultPath. TXT records that cannot be had are as none;
//   * a host without addresses is left out.

#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/discovery/dns_answer.h"
#include "common/discovery/service_target.h"
#include "common/discovery/srv_order.h"

namespace mesh::discovery {

// A host that was found, and how it is preferred.
struct Candidate {
  Preference preference;
  ServiceTarget target;
};

// What came of a lookup, and how long it may be kept.
struct Outcome {
  // At least one, or
  //   kNotFound            the domain has no such service
  //   kUnavailable         a name server failed or refused
  //   kDeadlineExceeded    no answer came in time
  //   kFailedPrecondition  the domain's records contradict themselves: aliases that go
  //                        round, targets that are no host names
  //   kDataLoss            an answer was not DNS
  Result<std::vector<Candidate>> candidates;
  std::chrono::seconds ttl;
};

// Whether a lookup of it makes sense: a host name with room for the prefixes.
bool CanBeLookedUp(std::string_view domain);

// For one thread.
class Lookup {
 public:
  // `domain` CanBeLookedUp. `random` chooses when there are more than kTargetsMax hosts.
  Lookup(std::string domain, RandomNumber random);

  // What is to be asked first. Each question, of these and those that Take returns, is
  // answered once by Take, in any order.
  std::vector<Question> Begin();
  // Takes an answer, or why there is none; returns what is to be asked besides.
  std::vector<Question> Take(const Question& question, Result<DnsAnswer> answer);
  // Whether every question has been answered.
  bool finished() const { return open_.empty(); }

  // The conclusion from what has been answered; open questions count as not answered in time.
  Outcome Conclude() const;

 private:
  struct Host {
    Preference preference;
    std::string name;
    uint16_t port;
  };

  std::vector<Question> TakeServices(const Result<DnsAnswer>& answer);
  void ChooseHosts(const std::vector<ServiceRecord>& records);
  std::vector<Question> AskAboutHosts();
  const DnsAnswer* Find(const std::string& name, RecordType type) const;
  std::string PathOf(const Host& host) const;
  std::vector<Candidate> Candidates() const;
  Status WhyNone() const;
  std::chrono::seconds Ttl() const;

  const std::string domain_;
  const RandomNumber random_;
  std::vector<Host> hosts_;
  Status refusal_;  // Why there are no hosts, where SRV decides.
  std::set<Question> open_;
  std::map<Question, Result<DnsAnswer>> answers_;
};

}  // namespace mesh::discovery
