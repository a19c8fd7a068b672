#include "common/discovery/lookup_table.h"

#include <algorithm>
#include <utility>

namespace mesh::discovery {
namespace {

Status Late() { return Status(Code::kDeadlineExceeded, "no answer from DNS in time"); }

}  // namespace

LookupTable::LookupTable(ResolverOptions options, const Clock& clock, RandomNumber random)
    : options_(std::move(options)), clock_(clock), random_(std::move(random)) {}

LookupTable::~LookupTable() {
  for (auto& [domain, active] : active_) {
    for (Waiting& waiting : active.waiting) {
      waiting.done(Status(Code::kUnavailable, "this program is ending"));
    }
  }
}

void LookupTable::Resolve(const std::string& domain, Deadline deadline, TargetsDone done) {
  if (!CanBeLookedUp(domain)) {
    return done(
        InvalidArgument("not a domain that can have a service: expected a DNS name in "
                        "lower case"));
  }
  if (const auto* known = cache_.Find(domain, clock_.Now())) return Answer(done, *known);
  if (waiting_ >= kWaitingMax) {
    return done(Status(Code::kResourceExhausted, "too many wait for DNS"));
  }
  ++waiting_;
  const auto [active, added] = active_.try_emplace(domain);
  active->second.waiting.push_back({deadline, std::move(done)});
  if (added) queue_.push_back(domain);
  BeginWaiting();
}

void LookupTable::BeginWaiting() {
  while (begun_ < kLookupsMax && !queue_.empty()) {
    const std::string domain = std::move(queue_.front());
    queue_.pop_front();
    Begin(domain, active_.at(domain));
  }
}

void LookupTable::Begin(const std::string& domain, Active& active) {
  ++begun_;
  active.lookup = std::make_unique<Lookup>(domain, random_);
  active.end = clock_.In(options_.lookup_time);
  auto channel = DnsChannel::Open(options_.name_servers, options_.query_time);
  if (!channel.ok()) return Finish(domain, {channel.status(), kTtlMin});
  active.channel = *std::move(channel);
  Ask(active, active.lookup->Begin());
}

void LookupTable::Ask(Active& active, const std::vector<Question>& questions) {
  for (const Question& question : questions) {
    active.channel->Ask(question, [this, &active, question](Result<DnsAnswer> answer) {
      Ask(active, active.lookup->Take(question, std::move(answer)));
    });
  }
}

Duration LookupTable::AddPolls(std::vector<pollfd>* polls, Duration wait_max) {
  const MonotonicTime now = clock_.Now();
  for (auto& [domain, active] : active_) {
    for (const Waiting& waiting : active.waiting) {
      wait_max = std::min(wait_max, waiting.deadline - now);
    }
    if (active.channel == nullptr) continue;
    const size_t before = polls->size();
    wait_max = std::min(active.channel->AddPolls(polls, wait_max), active.end - now);
    active.polls = polls->size() - before;
    if (active.lookup->finished()) wait_max = Duration::zero();
  }
  return std::max(wait_max, Duration::zero());
}

void LookupTable::Process(std::span<const pollfd> polls) {
  const MonotonicTime now = clock_.Now();
  for (auto it = active_.begin(); it != active_.end();) {
    const auto current = it++;  // Finish erases it.
    Active& active = current->second;
    if (active.channel != nullptr) {
      active.channel->Process(polls.first(active.polls));
      polls = polls.subspan(active.polls);
      active.polls = 0;
    }
    DropLate(active);
    if (active.lookup == nullptr) {
      if (!active.waiting.empty()) continue;
      std::erase(queue_, current->first);
      active_.erase(current);
    } else if (active.lookup->finished() || now >= active.end) {
      Finish(current->first, active.lookup->Conclude());
    }
  }
  BeginWaiting();
}

void LookupTable::Finish(const std::string& domain, Outcome outcome) {
  auto finished = active_.extract(domain);
  --begun_;
  for (Waiting& waiting : finished.mapped().waiting) {
    --waiting_;
    Answer(waiting.done, outcome.candidates);
  }
  cache_.Keep(finished.key(), std::move(outcome), clock_.Now());
}

// The lookup goes on without them: the next caller will be glad of it.
void LookupTable::DropLate(Active& active) {
  const MonotonicTime now = clock_.Now();
  std::erase_if(active.waiting, [&](Waiting& waiting) {
    if (now < waiting.deadline) return false;
    --waiting_;
    waiting.done(Late());
    return true;
  });
}

void LookupTable::Answer(const TargetsDone& done,
                         const Result<std::vector<Candidate>>& candidates) const {
  if (!candidates.ok()) return done(candidates.status());
  std::vector<Preference> preferences;
  for (const Candidate& candidate : *candidates) preferences.push_back(candidate.preference);
  std::vector<ServiceTarget> targets;
  for (const size_t index : OrderOfUse(preferences, random_)) {
    targets.push_back((*candidates)[index].target);
  }
  done(std::move(targets));
}

}  // namespace mesh::discovery
