#include "common/discovery/lookup.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/discovery/limits.h"
#include "common/discovery/service_text.h"
#include "common/encoding/domain_name.h"

namespace mesh::discovery {
namespace {

constexpr std::string_view kPrefix = "_mmm._tcp.";
constexpr std::string_view kHostPrefix = "mmm.";

std::string Prefixed(const std::string& name) { return std::string(kPrefix) + name; }

Status NoSuchService(const std::string& domain, std::string_view why) {
  return Status(Code::kNotFound, "no Mesh Service of " + domain + ": " + std::string(why));
}

}  // namespace

bool CanBeLookedUp(std::string_view domain) {
  return IsHostName(domain) && domain.size() + kPrefix.size() <= kDomainNameBytesMax;
}

Lookup::Lookup(std::string domain, RandomNumber random)
    : domain_(std::move(domain)), random_(std::move(random)) {
  MESH_CHECK(CanBeLookedUp(domain_));
}

std::vector<Question> Lookup::Begin() {
  std::vector<Question> questions = {{Prefixed(domain_), RecordType::kService},
                                     {Prefixed(domain_), RecordType::kText}};
  open_.insert(questions.begin(), questions.end());
  return questions;
}

std::vector<Question> Lookup::Take(const Question& question, Result<DnsAnswer> answer) {
  MESH_CHECK(open_.erase(question) == 1);
  const auto& taken = answers_.emplace(question, std::move(answer)).first->second;
  if (question.type != RecordType::kService) return {};
  return TakeServices(taken);
}

std::vector<Question> Lookup::TakeServices(const Result<DnsAnswer>& answer) {
  if (!answer.ok()) {
    refusal_ = answer.status();
  } else if (answer->services.empty()) {
    hosts_ = {{{}, std::string(kHostPrefix) + domain_, kDefaultPort}};
  } else if (answer->services.size() == 1 && answer->services.front().host.empty()) {
    refusal_ = NoSuchService(domain_, "its SRV record says so");
  } else {
    ChooseHosts(answer->services);
  }
  return AskAboutHosts();
}

void Lookup::ChooseHosts(const std::vector<ServiceRecord>& records) {
  std::vector<const ServiceRecord*> usable;
  std::vector<Preference> preferences;
  for (const ServiceRecord& record : records) {
    if (!CanBeLookedUp(record.host) || record.port == 0) continue;
    usable.push_back(&record);
    preferences.push_back({record.priority, record.weight});
  }
  for (const size_t index : OrderOfUse(preferences, random_)) {
    if (hosts_.size() == kTargetsMax) break;
    hosts_.push_back({preferences[index], usable[index]->host, usable[index]->port});
  }
  if (!hosts_.empty()) return;
  refusal_ = Status(Code::kFailedPrecondition,
                    "the SRV records of " + Prefixed(domain_) + " name no host and port");
}

// Hosts may occur twice, with different ports.
std::vector<Question> Lookup::AskAboutHosts() {
  std::vector<Question> questions;
  for (const Host& host : hosts_) {
    for (Question question :
         {Question{host.name, RecordType::kAddress4}, Question{host.name, RecordType::kAddress6},
          Question{Prefixed(host.name), RecordType::kText}}) {
      if (answers_.contains(question) || !open_.insert(question).second) continue;
      questions.push_back(std::move(question));
    }
  }
  return questions;
}

const DnsAnswer* Lookup::Find(const std::string& name, RecordType type) const {
  const auto found = answers_.find({name, type});
  return found != answers_.end() && found->second.ok() ? &*found->second : nullptr;
}

std::string Lookup::PathOf(const Host& host) const {
  for (const std::string& name : {host.name, domain_}) {
    const DnsAnswer* const answer = Find(Prefixed(name), RecordType::kText);
    std::optional<std::string> path;
    if (answer != nullptr) path = PathAttribute(answer->texts);
    if (path) return *std::move(path);
  }
  return std::string(kDefaultPath);
}

std::vector<Candidate> Lookup::Candidates() const {
  std::vector<Candidate> candidates;
  for (const Host& host : hosts_) {
    ServiceTarget target;
    for (const RecordType type : {RecordType::kAddress6, RecordType::kAddress4}) {
      const DnsAnswer* const answer = Find(host.name, type);
      if (answer == nullptr) continue;
      target.addresses.insert(target.addresses.end(), answer->addresses.begin(),
                              answer->addresses.end());
    }
    if (target.addresses.empty()) continue;
    target.host = host.name;
    target.port = host.port;
    target.path = PathOf(host);
    candidates.push_back({host.preference, std::move(target)});
  }
  return candidates;
}

// An error says more than "not found": it may go away.
Status Lookup::WhyNone() const {
  if (!refusal_.ok()) return refusal_;
  for (const auto& [question, answer] : answers_) {
    if (question.type != RecordType::kText && !answer.ok()) return answer.status();
  }
  if (!open_.empty()) {
    return Status(Code::kDeadlineExceeded, "no answer from DNS about " + domain_ + " in time");
  }
  return NoSuchService(domain_, hosts_.front().name + " has no address");
}

// What was wrong may be right in a moment.
std::chrono::seconds Lookup::Ttl() const {
  std::chrono::seconds ttl = kTtlMax;
  if (!open_.empty()) return kTtlMin;
  for (const auto& [question, answer] : answers_) {
    ttl = std::min(ttl, answer.ok() ? answer->ttl : kTtlMin);
  }
  return std::max(ttl, kTtlMin);
}

Outcome Lookup::Conclude() const {
  std::vector<Candidate> candidates = Candidates();
  if (candidates.empty()) return {WhyNone(), Ttl()};
  return {std::move(candidates), Ttl()};
}

}  // namespace mesh::discovery
