#include "bench/load/load_run.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/client/codec.h"
#include "common/crypto/random.h"

namespace mesh::load {
namespace {

using std::chrono::milliseconds;

// A lane that was refused gives the service this much time: a service that is down
// would otherwise be asked as fast as it can say no.
constexpr Duration kRestAfterRefusal = milliseconds(10);
// Without any account made for so long the service counts as unreachable.
constexpr Duration kPrepareTime = std::chrono::seconds(30);
// What is under way gets this long; the service itself gives up earlier.
constexpr Duration kDrainTime = std::chrono::seconds(10);
// At most this long between two looks at the clock and the signals.
constexpr Duration kRoundMax = milliseconds(20);
// A request due within this is waited for without sleeping.
constexpr Duration kSpin = milliseconds(2);
constexpr int64_t kDownloadFrames = 8;

constexpr int64_t kAlreadyRegistered = 1;  // StatusExtended.

bool Good(int64_t status) { return status >= 100 && status < 300; }

}  // namespace

LoadRun::LoadRun(const Options& options, net::EventLoop& loop,
                 const std::shared_ptr<const tls::TlsContext>& context, RequestMaker& maker,
                 JournalWriter* journal)
    : options_(options),
      loop_(loop),
      maker_(maker),
      journal_(journal),
      open_(options.connections),
      frames_(options.accounts, 0),
      pacer_(0, loop.clock().Now()),
      progress_(options.quiet, loop.clock().Now()),
      random_(ReadBigEndian64(crypto::RandomBytes(8)) | 1) {
  LaneOwner& owner = *this;
  for (size_t i = 0; i < options.connections; ++i) {
    lanes_.push_back(std::make_unique<Lane>(i, options, loop, context, owner));
  }
  for (size_t i = options.accounts; i-- > 0;) to_make_.push_back(i);
  for (const uint32_t weight : options.weights) weight_sum_ += weight;
}

LoadRun::~LoadRun() {
  for (auto& lane : lanes_) lane->Stop();
  const auto gone = [](const auto& lane) { return lane->gone(); };
  while (!std::all_of(lanes_.begin(), lanes_.end(), gone)) loop_.RunOnce(kRoundMax);
}

Status LoadRun::Run(bool (*stopped)()) {
  for (auto& lane : lanes_) lane->Start();
  MESH_RETURN_IF_ERROR(Prepare(stopped));
  Load(stopped);
  Drain();
  if (journal_ == nullptr) return {};
  journal_->Sync();
  return journal_->status();
}

Status LoadRun::Prepare(bool (*stopped)()) {
  MonotonicTime progress_at = loop_.clock().Now();
  size_t made_then = 0;
  while (made_ < options_.accounts && !stopped()) {
    Round(kRoundMax);
    const MonotonicTime now = loop_.now();
    if (made_ != made_then) {
      made_then = made_;
      progress_at = now;
    }
    if (now - progress_at > kPrepareTime) {
      return Status(Code::kUnavailable,
                    "accounts cannot be made: " +
                        (last_loss_.ok() ? "the service refuses" : last_loss_.message()));
    }
    progress_.Show(
        now, std::to_string(made_) + " of " + std::to_string(options_.accounts) + " accounts made");
  }
  return {};
}

void LoadRun::Load(bool (*stopped)()) {
  phase_ = Phase::kLoading;
  tally_ = {};
  loading_since_ = loop_.clock().Now();
  pacer_ = Pacer(options_.rate, loading_since_);
  for (auto& lane : lanes_) {
    if (lane->idle()) OnIdle(*lane);
  }
  const MonotonicTime end = loading_since_ + options_.duration;
  while (!stopped() && loop_.clock().Now() < end &&
         (options_.entries_max == 0 || tally_.entries_acknowledged < options_.entries_max)) {
    FeedIdleLanes();
    Round(WaitForNext());
    seconds_ = std::chrono::duration<double>(loop_.now() - loading_since_).count();
    progress_.Show(loop_.now(), ProgressLine(tally_, seconds_, Connected()));
    if (journal_ != nullptr && !journal_->status().ok()) break;
  }
}

// Requests that were due and never sent are told apart: leaving them out would flatter
// a service that could not keep up.
void LoadRun::Drain() {
  phase_ = Phase::kDraining;
  const MonotonicTime end = loop_.clock().Now() + kDrainTime;
  const uint64_t behind = pacer_.Behind(loop_.clock().Now());
  while (AnyOpen() && loop_.clock().Now() < end) Round(kRoundMax);
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i]->open()) ++tally_.actions[static_cast<size_t>(open_[i].action)].lost;
  }
  tally_.never_sent = behind;
}

void LoadRun::Round(Duration wait_max) {
  loop_.RunOnce(wait_max);
  if (journal_ != nullptr) journal_->Flush();
}

Duration LoadRun::WaitForNext() const {
  if (!pacer_.paced()) return kRoundMax;
  const Duration wait = pacer_.Next() - loop_.clock().Now();
  if (waiting_.empty()) return kRoundMax;  // Only a reply can help.
  return std::clamp(wait - kSpin, Duration(0), kRoundMax);
}

void LoadRun::FeedIdleLanes() {
  MonotonicTime due;
  while (!waiting_.empty()) {
    Lane& lane = *waiting_.back();
    if (lane.idle() && !pacer_.Take(loop_.clock().Now(), &due)) return;
    waiting_.pop_back();
    if (lane.idle()) SendNext(lane, due);
  }
}

void LoadRun::OnIdle(Lane& lane) {
  if (phase_ == Phase::kPreparing) {
    SendCreate(lane);
    return;
  }
  if (phase_ == Phase::kDraining) return;
  MonotonicTime due;
  if (pacer_.Take(loop_.clock().Now(), &due)) {
    SendNext(lane, due);
  } else {
    waiting_.push_back(&lane);
  }
}

void LoadRun::SendCreate(Lane& lane) {
  if (to_make_.empty()) return;
  Open open;
  open.action = Action::kCreateAccount;
  open.account = to_make_.back();
  open.address = maker_.AccountAddress(open.account);
  open.due = loop_.clock().Now();
  open.preparing = true;
  Result<Made> made = maker_.CreateAccount(open.address);
  if (!made.ok()) {
    last_loss_ = made.status();
    return;
  }
  to_make_.pop_back();
  Send(lane, std::move(open), *std::move(made));
}

void LoadRun::SendNext(Lane& lane, MonotonicTime due) {
  Open open;
  open.action = ChooseAction();
  open.account = Random() % options_.accounts;
  open.address = maker_.AccountAddress(open.account);
  open.due = due;
  Result<Made> made = MakeRequest(open.action, &open);
  if (made.ok()) {
    Send(lane, std::move(open), *std::move(made));
  } else {
    ++tally_.actions[static_cast<size_t>(open.action)].lost;
    lane.Rest(kRestAfterRefusal);
  }
}

Result<Made> LoadRun::MakeRequest(Action action, Open* open) {
  switch (action) {
    case Action::kHello:
      return maker_.Hello();
    case Action::kCreateAccount:
      open->address = maker_.NewAccountAddress();
      return maker_.CreateAccount(open->address);
    case Action::kUpload:
      return maker_.Upload(open->address);
    case Action::kStatus:
      return maker_.Status(open->address);
    case Action::kDownload: {
      const int64_t frames = frames_[open->account];
      return maker_.Download(open->address, options_.container,
                             std::max<int64_t>(frames - kDownloadFrames, 0), frames);
    }
  }
  return Status(Code::kInternal, "an action without a request");
}

// The journal has the request before the network does.
void LoadRun::Send(Lane& lane, Open open, Made made) {
  if (journal_ != nullptr) {
    if (open.action == Action::kCreateAccount) journal_->Create(open.address);
    for (const std::string& digest : made.digests) {
      journal_->Send(open.address, options_.container, digest);
    }
    journal_->Flush();
  }
  open.digests = std::move(made.digests);
  tally_.bytes_sent += made.octets.size();
  open_[lane.number()] = std::move(open);
  lane.Send(made.octets);
}

void LoadRun::OnReply(Lane& lane, const http::ResponseView& response) {
  const Open open = std::move(open_[lane.number()]);
  tally_.bytes_received += response.body.size();
  ActionTally& action = tally_.actions[static_cast<size_t>(open.action)];
  const int64_t status = Outcome(open, response);
  if (open.preparing) {
    if (Good(status)) {
      ++made_;
    } else {
      to_make_.push_back(open.account);
    }
  } else if (Good(status)) {
    ++action.succeeded;
    action.latency.Record(loop_.clock().Now() - open.due);
  } else {
    ++action.refused[status];
  }
  if (!Good(status) && !pacer_.paced()) lane.Rest(kRestAfterRefusal);
}

// The Mesh status of a reply, or HTTP's when there is no Mesh response. Keeps the
// account of what was acknowledged.
int64_t LoadRun::Outcome(const Open& open, const http::ResponseView& response) {
  Result<client::Outcome> outcome = Status(Code::kInternal, "an action without a reply");
  switch (open.action) {
    case Action::kHello: {
      client::HelloReply reply;
      outcome = client::DecodeHello(response.body, &reply);
      break;
    }
    case Action::kCreateAccount: {
      client::CreateReply reply;
      outcome = client::DecodeCreateAccount(response.body, &reply);
      break;
    }
    case Action::kUpload:
      return UploadOutcome(open, response.body);
    case Action::kStatus: {
      client::StatusReply reply;
      outcome = client::DecodeStatus(response.body, &reply);
      break;
    }
    case Action::kDownload: {
      client::DownloadReply reply;
      outcome = client::DecodeDownload(response.body, &reply);
      break;
    }
  }
  if (!outcome.ok()) return response.status >= 300 ? response.status : 500;
  const bool exists = open.preparing && outcome->extended == kAlreadyRegistered;
  if (open.action == Action::kCreateAccount && (outcome->success() || exists)) {
    if (journal_ != nullptr) journal_->Created(open.address);
    return 201;
  }
  return outcome->status;
}

int64_t LoadRun::UploadOutcome(const Open& open, std::string_view body) {
  client::UploadReply reply;
  const Result<client::Outcome> outcome = client::DecodeUpload(body, &reply);
  if (!outcome.ok()) return 500;
  if (!outcome->success()) return outcome->status;
  std::vector<std::optional<int64_t>> indices(open.digests.size());
  for (const client::EntryResponse& entry : reply.entries) {
    if (entry.result != "Accept") return 409;
    const auto place = static_cast<size_t>(entry.index_request);
    if (place < indices.size()) indices[place] = entry.index_container;
  }
  Acknowledge(open, indices);
  return outcome->status;
}

void LoadRun::Acknowledge(const Open& open, const std::vector<std::optional<int64_t>>& indices) {
  tally_.entries_acknowledged += open.digests.size();
  frames_[open.account] += static_cast<int64_t>(open.digests.size());
  if (journal_ == nullptr) return;
  for (size_t i = 0; i < open.digests.size(); ++i) {
    journal_->Acknowledge(open.address, options_.container, indices[i], open.digests[i]);
  }
}

void LoadRun::OnLost(Lane& lane, const Status& why) {
  if (!why.ok()) last_loss_ = why;
  ++tally_.connections_lost;
  if (!lane.open()) return;
  const Open open = std::move(open_[lane.number()]);
  if (open.preparing) {
    to_make_.push_back(open.account);
  } else {
    ++tally_.actions[static_cast<size_t>(open.action)].lost;
  }
}

Action LoadRun::ChooseAction() {
  uint64_t point = Random() % weight_sum_;
  for (size_t i = 0; i < kActionCount; ++i) {
    if (point < options_.weights[i]) return static_cast<Action>(i);
    point -= options_.weights[i];
  }
  return Action::kUpload;
}

uint64_t LoadRun::Random() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_ >> 16;
}

size_t LoadRun::Connected() const {
  return static_cast<size_t>(std::count_if(lanes_.begin(), lanes_.end(),
                                           [](const auto& lane) { return lane->connected(); }));
}

bool LoadRun::AnyOpen() const {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->open(); });
}

}  // namespace mesh::load
