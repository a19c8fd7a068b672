#include "bench/load/load_run.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/client/codec.h"
#include "common/crypto/random.h"

namespace mesh::load {
namespace {

using std::chrono::milliseconds;

// Without any account made for so long the service counts as unreachable.
constexpr Duration kPrepareTime = std::chrono::seconds(30);
// What is under way gets this long; the service itself gives up earlier.
constexpr Duration kDrainTime = std::chrono::seconds(10);
// At most this long between two looks at the clock and the signals.
constexpr Duration kRoundMax = milliseconds(20);
// A request due within this is waited for without sleeping.
constexpr Duration kSpin = milliseconds(2);
constexpr int64_t kDownloadFrames = 8;

}  // namespace

LoadRun::LoadRun(const Options& options, net::EventLoop& loop,
                 const std::shared_ptr<const tls::TlsContext>& context, RequestMaker& maker,
                 Carrier& carrier, JournalWriter* journal, FailureLog* failures)
    : options_(options),
      loop_(loop),
      maker_(maker),
      carrier_(carrier),
      journal_(journal),
      failures_(failures),
      open_(options.connections),
      reads_(options.accounts, options.container),
      pacer_(0, loop.clock().Now()),
      progress_(options.quiet, loop.clock().Now()),
      random_(ReadBigEndian64(crypto::RandomBytes(8)) | 1) {
  LaneOwner& owner = *this;
  for (size_t i = 0; i < options.connections; ++i) {
    lanes_.push_back(std::make_unique<Lane>(i, options, loop, context, owner));
  }
  for (size_t i = options.accounts; i-- > 0;) to_do_.push_back({Purpose::kCreate, i});
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
    MESH_RETURN_IF_ERROR(hopeless_);
    const MonotonicTime now = loop_.now();
    if (made_ != made_then) {
      made_then = made_;
      progress_at = now;
    }
    if (now - progress_at > kPrepareTime) {
      return Status(Code::kUnavailable, "accounts cannot be made: " + last_trouble_);
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
  while ((AnyOpen() || !again_.empty()) && loop_.clock().Now() < end) {
    AskAgain();
    Round(kRoundMax);
  }
  for (size_t i = 0; i < again_.size(); ++i) tally_.again_failed.Add("no answer until the end");
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (!lanes_[i]->open()) continue;
    ++tally_.actions[static_cast<size_t>(open_[i].action)].lost;
    tally_.lost_at.Add("no answer until the end");
    LogFailure(*lanes_[i], open_[i], {});
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

// The same octets, so that they have the RequestID that they had.
void LoadRun::AskAgain() {
  const MonotonicTime now = loop_.clock().Now();
  for (auto& lane : lanes_) {
    if (again_.empty() || again_.front().due > now) return;
    if (!lane->idle()) continue;
    Open open = std::move(again_.front());
    again_.pop_front();
    std::vector<std::string> digests = std::move(open.digests);
    Send(*lane, std::move(open), std::move(digests));
  }
}

void LoadRun::FeedIdleLanes() {
  AskAgain();
  MonotonicTime due;
  while (!waiting_.empty()) {
    Lane& lane = *waiting_.back();
    if (lane.idle() && !pacer_.Take(loop_.clock().Now(), &due)) return;
    waiting_.pop_back();
    if (lane.idle()) SendNext(lane, due);
  }
}

void LoadRun::OnIdle(Lane& lane) {
  if (phase_ == Phase::kDraining) return;
  if (!carrier_.KnowsService()) {
    Greet(lane);
    return;
  }
  if (phase_ == Phase::kPreparing) {
    TakeStep(lane);
    return;
  }
  MonotonicTime due;
  if (pacer_.Take(loop_.clock().Now(), &due)) {
    SendNext(lane, due);
  } else {
    waiting_.push_back(&lane);
  }
}

// One lane asks, the others wait.
void LoadRun::Greet(Lane& lane) {
  if (greeting_) {
    lane.Rest(kRestAfterRefusal);
    return;
  }
  greeting_ = true;
  Open open;
  open.purpose = Purpose::kGreet;
  open.sent = carrier_.Hello(maker_.Hello().message);
  Send(lane, std::move(open), {});
}

void LoadRun::TakeStep(Lane& lane) {
  if (to_do_.empty()) return;
  const ToDo step = to_do_.back();
  const Status sent = SendStep(lane, step);
  if (!sent.ok()) last_trouble_ = sent.message();
}

Status LoadRun::SendStep(Lane& lane, ToDo step) {
  Open open;
  open.purpose = step.purpose;
  open.account = step.account;
  open.address = maker_.AccountAddress(step.account);
  open.due = loop_.clock().Now();
  if (step.purpose == Purpose::kCreate) {
    open.action = Action::kCreateAccount;
    MESH_ASSIGN(const Made made, maker_.CreateAccount(open.address));
    MESH_ASSIGN(open.sent, carrier_.AsDevice(open.address, made.message));
  } else if (step.purpose == Purpose::kEnter) {
    open.action = Action::kUpload;
    MESH_ASSIGN(const Made made, maker_.Enter(open.address));
    MESH_ASSIGN(open.sent, carrier_.InExchange(open.address, made.message));
  } else {
    open.action = Action::kStatus;
    MESH_ASSIGN(open.sent, carrier_.InExchange(open.address, maker_.Status().message));
  }
  if (phase_ == Phase::kPreparing) to_do_.pop_back();
  Send(lane, std::move(open), {});
  return {};
}

void LoadRun::SendNext(Lane& lane, MonotonicTime due) {
  Open open;
  open.action = ChooseAction();
  open.account = NextAccount();
  open.address = maker_.AccountAddress(open.account);
  open.due = due;
  open.known = reads_.Frames(open.account);
  const bool everybody = open.action == Action::kHello || open.action == Action::kExchange ||
                         open.action == Action::kCreateAccount;
  Status made;
  if (!everybody && !carrier_.HasTicket(open.address)) {
    ++tally_.exchanges;
    made = SendStep(lane, {Purpose::kEnterOld, open.account});
    if (made.ok()) return;
  } else {
    std::vector<std::string> digests;
    made = MakeLoad(&open, &digests);
    if (made.ok()) {
      Send(lane, std::move(open), std::move(digests));
      return;
    }
  }
  ++tally_.actions[static_cast<size_t>(open.action)].lost;
  tally_.lost_at.Add("not made: " + made.message());
  lane.Rest(kRestAfterRefusal);
}

Status LoadRun::MakeLoad(Open* open, std::vector<std::string>* digests) {
  switch (open->action) {
    case Action::kHello:
      open->sent = carrier_.Hello(maker_.Hello().message);
      break;
    case Action::kExchange: {
      MESH_ASSIGN(open->sent, carrier_.Exchange(maker_.Hello().message));
      break;
    }
    case Action::kCreateAccount: {
      open->address = maker_.NewAccountAddress();
      MESH_ASSIGN(const Made made, maker_.CreateAccount(open->address));
      MESH_ASSIGN(open->sent, carrier_.AsDevice(open->address, made.message));
      break;
    }
    case Action::kUpload: {
      MESH_ASSIGN(Made made, maker_.Upload(open->address));
      *digests = std::move(made.digests);
      open->sent = carrier_.Carry(open->address, made.message);
      break;
    }
    case Action::kPost: {
      const size_t further = 1 + Random() % (options_.accounts - 1);
      const size_t recipient = (open->account + further) % options_.accounts;
      MESH_ASSIGN(const Made made, maker_.Post(open->address, maker_.AccountAddress(recipient)));
      open->sent = carrier_.Carry(open->address, made.message);
      break;
    }
    case Action::kStatus:
      open->sent = carrier_.Carry(open->address, maker_.Status().message);
      break;
    case Action::kDownload: {
      const int64_t last = std::max<int64_t>(open->known - 1, 0);
      open->first = std::max<int64_t>(last - kDownloadFrames, 0);
      const Made made = maker_.Download(options_.container, open->first, last);
      open->sent = carrier_.Carry(open->address, made.message);
      break;
    }
  }
  return {};
}

// The journal has the request before the network does.
void LoadRun::Send(Lane& lane, Open open, std::vector<std::string> digests) {
  if (journal_ != nullptr && open.purpose != Purpose::kAgain) {
    if (open.action == Action::kCreateAccount) journal_->Create(open.address);
    for (const std::string& digest : digests) {
      journal_->Send(open.address, options_.container, digest);
    }
    journal_->Flush();
  }
  open.digests = std::move(digests);
  open.sent_at = loop_.clock().Now();
  tally_.bytes_sent += open.sent.octets.size();
  Open& kept = open_[lane.number()] = std::move(open);
  lane.Send(kept.sent.octets);
}

Action LoadRun::ChooseAction() {
  uint64_t point = Random() % weight_sum_;
  for (size_t i = 0; i < kActionCount; ++i) {
    if (point < options_.weights[i]) return static_cast<Action>(i);
    point -= options_.weights[i];
  }
  return Action::kUpload;
}

size_t LoadRun::NextAccount() {
  return (options_.in_turn ? turn_++ : Random()) % options_.accounts;
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
