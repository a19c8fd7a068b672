// What LoadRun makes of replies, and of connections that end.

#include <chrono>
#include <utility>

#include "bench/load/answers.h"
#include "bench/load/load_run.h"
#include "common/client/codec.h"

namespace mesh::load {
namespace {

using std::chrono::milliseconds;

// Of a request that is asked again: between two tries, and how many there are. A program that was
// killed is back before, and the service takes the same octets for two minutes.
constexpr Duration kAgainPause = milliseconds(500);
constexpr int kAgainTriesMax = 30;
// That wait for it: what 16,000 connections can lose at once.
constexpr size_t kAgainMax = 16'000;

constexpr int64_t kAlreadyRegistered = 1;  // StatusExtended.

// What a step of the preparation comes to, besides the service's own statuses.
constexpr int64_t kExisted = 200;     // The account is there and was not made now.
constexpr int64_t kNotEntered = 204;  // The device is not in the account yet.

}  // namespace

void LoadRun::OnReply(Lane& lane, const http::ResponseView& response) {
  Open open = std::move(open_[lane.number()]);
  tally_.bytes_received += response.body.size();
  ActionTally& action = tally_.actions[static_cast<size_t>(open.action)];
  const Told told = Outcome(open, response);
  const auto& [status, text] = told;
  if (open.purpose == Purpose::kAgain) {
    if (IsGood(status)) {
      ++tally_.again_succeeded;
    } else {
      AskLater(std::move(open), std::to_string(status) + " " + text);
    }
  } else if (open.purpose != Purpose::kLoad) {
    StepDone(open, told);
  } else if (IsGood(status)) {
    ++action.succeeded;
    action.latency.Record(loop_.clock().Now() - open.due);
  } else {
    ++action.refused[status];
    tally_.said.Add(std::to_string(status) + " " + text);
    if (SaysNotApplied(status, text)) Refused(open);
    LogFailure(lane, open, told);
    if (SaysUnknown(status, text)) AskLater(std::move(open), text);
  }
  if (!IsGood(status) && !pacer_.paced()) lane.Rest(kRestAfterRefusal);
}

// What follows from a step: the next one for the account, the same again, or none.
void LoadRun::StepDone(const Open& open, const Told& told) {
  const int64_t status = told.status;
  if (!IsGood(status)) NoteTrouble(told);
  if (open.purpose == Purpose::kGreet) greeting_ = false;
  if (open.purpose == Purpose::kGreet || phase_ != Phase::kPreparing) return;
  const bool entered = carrier_.HasTicket(open.address);
  if (!IsGood(status)) {
    const bool again = open.purpose == Purpose::kCreate;
    to_do_.push_back({again ? Purpose::kCreate : Purpose::kEnterOld, open.account});
  } else if (!options_.authenticate ||
             (open.purpose != Purpose::kCreate && entered && status != kNotEntered)) {
    ++made_;
  } else {
    const bool old = open.purpose == Purpose::kCreate && status == kExisted;
    to_do_.push_back({old ? Purpose::kEnterOld : Purpose::kEnter, open.account});
  }
}

// What there is to say of a step that was refused. Status 0: it was lost.
void LoadRun::NoteTrouble(const Told& told) {
  if (told.status == 0) return;
  last_trouble_ = "the service said: " + std::to_string(told.status) + " " + told.text;
  if (!options_.authenticate) hopeless_ = CheckBareIsTaken(told.status, told.text);
}

// Keeps the account of what was acknowledged.
LoadRun::Told LoadRun::Outcome(Open& open, const http::ResponseView& response) {
  // Nobody can read an exchange's again.
  if (open.action == Action::kExchange) return {response.status, {}};
  std::string storage;
  const Result<std::string_view> message =
      open.action == Action::kHello
          ? carrier_.OpenHello(response.body, &storage)
          : carrier_.Open(open.address, open.sent, response.body, &storage);
  if (!message.ok()) {
    return {StatusOfUnreadable(response.status), message.status().message()};
  }
  Told told =
      open.action == Action::kUpload ? UploadOutcome(open, *message) : ReadOutcome(open, *message);
  if (told.status == 0) told.status = StatusOfUnreadable(response.status);
  return told;
}

// Of all requests but Upload. Status 0: it cannot be read.
LoadRun::Told LoadRun::ReadOutcome(const Open& open, std::string_view message) {
  client::StatusReply contents;
  const Result<client::Outcome> outcome = ReadReply(open, message, &contents);
  if (!outcome.ok()) return {0, outcome.status().message()};
  const bool exists = open.purpose == Purpose::kCreate && outcome->extended == kAlreadyRegistered;
  if (open.action == Action::kCreateAccount && (outcome->success() || exists)) {
    if (journal_ != nullptr) journal_->Created(open.address);
    return {exists ? kExisted : outcome->status, outcome->description};
  }
  const bool outside = open.purpose == Purpose::kEnterOld && !HasDevice(contents);
  if (outside && outcome->success()) return {kNotEntered, {}};
  return {outcome->status, outcome->description};
}

Result<client::Outcome> LoadRun::ReadReply(const Open& open, std::string_view message,
                                           client::StatusReply* contents) {
  const json::Form form = options_.form();
  if (open.action == Action::kHello) {
    client::HelloReply reply;
    return client::DecodeHello(message, &reply);
  }
  if (open.action == Action::kCreateAccount) {
    client::CreateReply reply;
    return client::DecodeCreateAccount(message, &reply, form);
  }
  if (open.action == Action::kStatus) {
    Result<client::Outcome> outcome = client::DecodeStatus(message, contents, form);
    if (outcome.ok() && outcome->success()) CheckRead(open, reads_.OfStatus(open.known, *contents));
    return outcome;
  }
  if (open.action == Action::kPost) {
    client::UploadReply reply;
    return client::DecodePost(message, &reply, form);
  }
  client::DownloadReply reply;
  Result<client::Outcome> outcome = client::DecodeDownload(message, &reply, form);
  if (outcome.ok() && outcome->success()) {
    CheckRead(open, reads_.OfDownload(open.account, open.known, open.first, reply));
  }
  return outcome;
}

void LoadRun::CheckRead(const Open& open, const std::string& wrong) {
  if (wrong.empty()) return;
  const char* name = kActionNames[static_cast<size_t>(open.action)];
  tally_.wrong_reads.Add(open.address + ", " + name + ": " + wrong);
}

LoadRun::Told LoadRun::UploadOutcome(const Open& open, std::string_view message) {
  client::UploadReply reply;
  const Result<client::Outcome> outcome = client::DecodeUpload(message, &reply, options_.form());
  if (!outcome.ok()) return {0, outcome.status().message()};
  if (!outcome->success()) return {outcome->status, outcome->description};
  std::vector<std::optional<int64_t>> indices(open.digests.size());
  for (const client::EntryResponse& entry : reply.entries) {
    if (entry.result != "Accept") return {409, entry.result + " " + entry.error};
    const auto place = static_cast<size_t>(entry.index_request);
    if (place < indices.size()) indices[place] = entry.index_container;
  }
  if (open.purpose == Purpose::kLoad || open.purpose == Purpose::kAgain) {
    Acknowledge(open, indices);
  }
  return {outcome->status, {}};
}

void LoadRun::Acknowledge(const Open& open, const std::vector<std::optional<int64_t>>& indices) {
  tally_.entries_acknowledged += open.digests.size();
  for (size_t i = 0; i < open.digests.size(); ++i) {
    if (indices[i]) reads_.Acknowledged(open.account, *indices[i], open.digests[i]);
    if (journal_ == nullptr) continue;
    journal_->Acknowledge(open.address, options_.container, indices[i], open.digests[i]);
  }
}

void LoadRun::Refused(const Open& open) {
  if (journal_ == nullptr) return;
  for (const std::string& digest : open.digests) {
    journal_->Refused(open.address, options_.container, digest);
  }
}

void LoadRun::OnLost(Lane& lane, const Status& why) {
  if (!why.ok()) last_trouble_ = why.message();
  ++tally_.connections_lost;
  if (!lane.open()) return;
  Open open = std::move(open_[lane.number()]);
  if (open.purpose == Purpose::kLoad) {
    ++tally_.actions[static_cast<size_t>(open.action)].lost;
    tally_.lost_at.Add(lane.target());
    LogFailure(lane, open, {});
  } else if (open.purpose != Purpose::kAgain) {
    return StepDone(open, {});
  }
  AskLater(std::move(open), "the connection was lost");
}

void LoadRun::LogFailure(const Lane& lane, const Open& open, const Told& told) {
  if (failures_ == nullptr) return;
  failures_->Write({open.sent_at, loop_.clock().Now(), open.action, open.address, lane.target(),
                    open.known, told.status, told.text});
}

// For what nobody knows of, if that is asked for and it has a RequestID.
void LoadRun::AskLater(Open open, const std::string& why) {
  if (!options_.ask_again || !open.sent.sealed || again_.size() >= kAgainMax) return;
  if (open.tries++ == kAgainTriesMax) return tally_.again_failed.Add(why);
  open.purpose = Purpose::kAgain;
  open.due = loop_.clock().Now() + kAgainPause;
  again_.push_back(std::move(open));
}

}  // namespace mesh::load
