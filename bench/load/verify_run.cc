#include "bench/load/verify_run.h"

#include <algorithm>
#include <utility>

#include "bench/load/answers.h"
#include "common/client/codec.h"
#include "common/crypto/digest.h"
#include "common/dare/header.h"
#include "common/encoding/base64url.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/container_name.h"

namespace mesh::load {
namespace {

using std::chrono::milliseconds;

constexpr Duration kRoundMax = milliseconds(20);
constexpr Duration kRestAfterTrouble = milliseconds(100);
// A back end that was just killed is back long before.
constexpr Duration kPatience = std::chrono::seconds(60);
constexpr int64_t kFramesPerPage = 256;
constexpr size_t kExamplesMax = 20;
constexpr int64_t kUnknownAccount = 404;
// Nobody is in an account that is not there.
constexpr int64_t kUnauthenticated = 401;

}  // namespace

VerifyRun::VerifyRun(const Options& options, net::EventLoop& loop,
                     const std::shared_ptr<const tls::TlsContext>& context,
                     const RequestMaker& maker, Carrier& carrier, const JournalAccounts& journal)
    : options_(options),
      loop_(loop),
      maker_(maker),
      carrier_(carrier),
      journal_(journal),
      next_account_(journal.begin()),
      places_(options.connections),
      progress_at_(loop.clock().Now()),
      progress_(options.quiet, loop.clock().Now()) {
  LaneOwner& owner = *this;
  for (size_t i = 0; i < options_.connections; ++i) {
    lanes_.push_back(std::make_unique<Lane>(i, options_, loop_, context, owner));
  }
}

VerifyRun::~VerifyRun() {
  for (auto& lane : lanes_) lane->Stop();
  const auto gone = [](const auto& lane) { return lane->gone(); };
  while (!std::all_of(lanes_.begin(), lanes_.end(), gone)) loop_.RunOnce(kRoundMax);
}

Status VerifyRun::Run(bool (*stopped)()) {
  for (auto& lane : lanes_) lane->Start();
  while (accounts_done_ < journal_.size()) {
    if (stopped()) return Status(Code::kUnavailable, "stopped before the end");
    loop_.RunOnce(kRoundMax);
    MESH_RETURN_IF_ERROR(hopeless_);
    if (loop_.now() - progress_at_ > kPatience) {
      return Status(Code::kUnavailable, "the service does not answer: " + last_trouble_);
    }
    progress_.Show(loop_.now(), std::to_string(accounts_done_) + " of " +
                                    std::to_string(journal_.size()) + " accounts, " +
                                    std::to_string(findings_.found) + " entries found");
  }
  return {};
}

// One lane asks, the others wait.
void VerifyRun::Greet(Lane& lane) {
  if (greeting_ != nullptr && greeting_ != &lane) {
    lane.Rest(kRestAfterTrouble);
    return;
  }
  greeting_ = &lane;
  lane.Send(carrier_.Hello(maker_.Hello().message).octets);
}

// An account begins again with Status when its ticket has ended.
Result<Sent> VerifyRun::MakeRequest(Place& place) {
  const std::string& address = place.account->first;
  const bool ticket = carrier_.HasTicket(address);
  if (!ticket) {
    place.listed = false;
    place.containers.clear();
    place.next = 0;
    place.seen.clear();
  }
  const std::string message = place.listed
                                  ? maker_
                                        .Download(place.containers.back().container, place.next,
                                                  place.next + kFramesPerPage - 1)
                                        .message
                                  : maker_.Status().message;
  if (ticket && place.entered) return carrier_.Carry(address, message);
  return carrier_.InExchange(address, message);
}

void VerifyRun::OnIdle(Lane& lane) {
  if (!carrier_.KnowsService()) {
    Greet(lane);
    return;
  }
  Place& place = places_[lane.number()];
  if (!place.busy) {
    if (next_account_ == journal_.end()) return;
    place = Place{};
    place.account = next_account_++;
    place.busy = true;
  }
  Result<Sent> sent = MakeRequest(place);
  if (!sent.ok()) {
    Retry(lane, sent.status().message());
    return;
  }
  place.sent = *std::move(sent);
  lane.Send(place.sent.octets);
}

void VerifyRun::OnReply(Lane& lane, const http::ResponseView& response) {
  std::string storage;
  if (greeting_ == &lane) {
    greeting_ = nullptr;
    const Status learned = carrier_.OpenHello(response.body, &storage).status();
    if (!learned.ok()) Retry(lane, learned.message());
    return;
  }
  Place& place = places_[lane.number()];
  const Result<std::string_view> message =
      carrier_.Open(place.account->first, place.sent, response.body, &storage);
  if (!message.ok()) {
    Retry(lane, message.status().message());
  } else if (place.listed) {
    OnDownload(place, lane, *message);
  } else {
    OnStatus(place, lane, *message);
  }
}

// An account that is unknown holds nothing: right if its making was never
// acknowledged, else all of it is missing.
void VerifyRun::OnStatus(Place& place, Lane& lane, std::string_view body) {
  client::StatusReply reply;
  const Result<client::Outcome> outcome = client::DecodeStatus(body, &reply, options_.form());
  if (!options_.authenticate && outcome.ok()) {
    hopeless_ = CheckBareIsTaken(outcome->status, outcome->description);
  }
  const bool nobody = options_.authenticate && outcome.ok() && outcome->status == kUnauthenticated;
  const bool unknown = nobody || (outcome.ok() && outcome->status == kUnknownAccount);
  if (!unknown && (!outcome.ok() || !outcome->success())) {
    Retry(lane, outcome.ok() ? outcome->description : outcome.status().message());
    return;
  }
  progress_at_ = loop_.now();
  if (unknown && place.account->second.created) {
    Fault(&findings_.missing, place, "the account itself");
  }
  place.entered = !options_.authenticate || HasDevice(reply);
  place.containers = std::move(reply.containers);
  // The load did not write there; its preparation did.
  std::erase_if(place.containers, [](const auto& c) { return c.container == kDeviceCatalog; });
  place.listed = true;
  FinishContainer(place);
}

void VerifyRun::OnDownload(Place& place, Lane& lane, std::string_view body) {
  client::DownloadReply reply;
  const Result<client::Outcome> outcome = client::DecodeDownload(body, &reply, options_.form());
  if (!outcome.ok() || !outcome->success() || reply.updates.size() != 1) {
    Retry(lane, outcome.ok() ? outcome->description : outcome.status().message());
    return;
  }
  progress_at_ = loop_.now();
  const std::vector<dare::Envelope>& envelopes = reply.updates[0].envelopes;
  if (envelopes.empty()) {
    Fault(&findings_.misplaced, place,
          "no frame " + std::to_string(place.next) + " of " +
              std::to_string(place.containers.back().frames));
    place.next = place.containers.back().frames;
  }
  for (const dare::Envelope& envelope : envelopes) {
    if (!TakeFrame(place, envelope)) break;
  }
  FinishContainer(place);
}

// Returns false, past the container's end, if the frame is not the one that comes next.
bool VerifyRun::TakeFrame(Place& place, const dare::Envelope& envelope) {
  const Result<dare::HeaderFields> header = dare::ParseHeader(envelope.header);
  const bool readable = header.ok() && header->container_info.has_value();
  const int64_t index = readable ? header->container_info->index.value_or(-1) : -1;
  if (index != place.next) {
    Fault(&findings_.misplaced, place,
          "frame " + std::to_string(index) + " in place of " + std::to_string(place.next));
    place.next = place.containers.back().frames;
    return false;
  }
  ++place.next;
  if (index == 0) return true;  // Frame zero holds no entry.
  const crypto::Digest512 digest = crypto::Sha512(envelope.payload);
  const Result<dare::TrailerFields> stated = dare::EffectiveTrailer(*header, envelope.trailer);
  if (!stated.ok() || stated->payload_digest != digest.view()) {
    Fault(&findings_.altered, place, "frame " + std::to_string(index));
  }
  TakeEntry(place, Base64UrlEncode(digest), index);
  return true;
}

void VerifyRun::TakeEntry(Place& place, const std::string& digest, int64_t index) {
  const std::string where = "frame " + std::to_string(index) + ", digest " + digest.substr(0, 16);
  if (!place.seen.insert(digest).second) Fault(&findings_.repeated, place, where);
  const auto& sent = place.account->second.containers;
  const auto container = sent.find(place.containers.back().container);
  if (container == sent.end() || container->second.count(digest) == 0) {
    Fault(&findings_.never_sent, place, where);
    return;
  }
  const JournalEntry& entry = container->second.at(digest);
  if (entry.index.has_value() && *entry.index != index) {
    Fault(&findings_.misplaced, place, where + ", acknowledged at " + std::to_string(*entry.index));
  }
  if (!entry.acknowledged) ++findings_.unacknowledged;
  if (entry.refused) Fault(&findings_.denied, place, where);
}

// Goes on to the next container that has frames to read, or ends the account.
void VerifyRun::FinishContainer(Place& place) {
  while (!place.containers.empty() && place.next >= place.containers.back().frames) {
    place.containers.pop_back();
    place.next = 0;
  }
  if (place.containers.empty()) FinishAccount(place);
}

void VerifyRun::FinishAccount(Place& place) {
  for (const auto& [container, entries] : place.account->second.containers) {
    for (const auto& [digest, entry] : entries) {
      if (!entry.acknowledged) continue;
      ++findings_.acknowledged;
      if (place.seen.count(digest) != 0) {
        ++findings_.found;
      } else {
        Fault(&findings_.missing, place, container + ", digest " + digest.substr(0, 16));
      }
    }
  }
  ++findings_.accounts;
  ++accounts_done_;
  place.busy = false;
}

void VerifyRun::Retry(Lane& lane, const std::string& why) {
  last_trouble_ = why;
  lane.Rest(kRestAfterTrouble);
}

void VerifyRun::OnLost(Lane& lane, const Status& why) {
  if (greeting_ == &lane) greeting_ = nullptr;
  if (!why.ok()) last_trouble_ = why.message();
}

void VerifyRun::Fault(uint64_t* counter, const Place& place, const std::string& what) {
  const char* kind = counter == &findings_.denied       ? "denied"
                     : counter == &findings_.missing    ? "missing"
                     : counter == &findings_.never_sent ? "never sent"
                     : counter == &findings_.repeated   ? "twice"
                     : counter == &findings_.altered    ? "altered"
                                                        : "out of place";
  ++*counter;
  if (findings_.examples.size() >= kExamplesMax) return;
  const std::string container =
      place.containers.empty() ? "" : " " + place.containers.back().container;
  findings_.examples.push_back(std::string(kind) + ": " + place.account->first + container + ", " +
                               what);
}

std::string TextReport(const Findings& findings) {
  std::string text;
  for (const std::string& example : findings.examples) text += example + "\n";
  const auto line = [&text](uint64_t count, const char* what) {
    text += std::to_string(count) + " " + what + "\n";
  };
  line(findings.accounts, "accounts");
  line(findings.acknowledged, "entries acknowledged");
  line(findings.found, "of them found");
  line(findings.unacknowledged, "found without an acknowledgement (allowed)");
  line(findings.denied, "there, although it was said that they were not applied");
  line(findings.missing, "missing");
  line(findings.never_sent, "never sent");
  line(findings.repeated, "twice");
  line(findings.misplaced, "out of place");
  line(findings.altered, "altered");
  return text;
}

std::string JsonReport(const Findings& findings) {
  std::string text;
  json::Writer writer(text);
  const auto member = [&writer](const char* name, uint64_t count) {
    writer.Member(name).Int(static_cast<int64_t>(count));
  };
  writer.BeginObject();
  member("accounts", findings.accounts);
  member("acknowledged", findings.acknowledged);
  member("found", findings.found);
  member("unacknowledged", findings.unacknowledged);
  member("denied", findings.denied);
  member("missing", findings.missing);
  member("never_sent", findings.never_sent);
  member("repeated", findings.repeated);
  member("misplaced", findings.misplaced);
  member("altered", findings.altered);
  writer.Member("examples").BeginArray();
  for (const std::string& example : findings.examples) writer.String(example);
  writer.EndArray();
  writer.EndObject();
  return text;
}

}  // namespace mesh::load
