// LoadRun makes the load: it prepares the accounts, keeps the lanes busy until the
// time is up, and lets what is under way finish.
//
// One thread, which calls Run.

#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/carrier.h"
#include "bench/load/failure_log.h"
#include "bench/load/journal.h"
#include "bench/load/lane.h"
#include "bench/load/options.h"
#include "bench/load/pacer.h"
#include "bench/load/read_check.h"
#include "bench/load/report.h"
#include "bench/load/request_maker.h"
#include "common/client/codec.h"

namespace mesh::load {

class LoadRun final : private LaneOwner {
 public:
  // All of these outlive this; `journal` and `failures` may be null.
  LoadRun(const Options& options, net::EventLoop& loop,
          const std::shared_ptr<const tls::TlsContext>& context, RequestMaker& maker,
          Carrier& carrier, JournalWriter* journal, FailureLog* failures);
  ~LoadRun() override;

  // Runs to the end, or until `stopped` (asked often) says so. kUnavailable when the
  // accounts cannot be made, or the journal cannot be written; kPermissionDenied, at once, when
  // the requests are bare and the service takes none that are.
  Status Run(bool (*stopped)());

  const Tally& tally() const { return tally_; }
  // How long load was made, without preparing.
  double seconds() const { return seconds_; }

 private:
  // A lane that was refused gives the service this much time: a service that is down would
  // otherwise be asked as fast as it can say no.
  static constexpr std::chrono::milliseconds kRestAfterRefusal{10};

  enum class Phase { kPreparing, kLoading, kDraining };
  // Why a request is made.
  enum class Purpose {
    kLoad,      // It is counted.
    kAgain,     // To learn what became of one of those.
    kGreet,     // To know the service.
    kCreate,    // To make an account.
    kEnter,     // To put the device into an account that was made now.
    kEnterOld,  // To get a ticket of an account that may be older.
  };
  // What is open on a lane.
  struct Open {
    Purpose purpose = Purpose::kLoad;
    Action action = Action::kHello;
    size_t account = 0;  // Of those made at start.
    std::string address;
    MonotonicTime due{};
    MonotonicTime sent_at{};
    std::vector<std::string> digests;
    int tries = 0;      // Of asking again.
    int64_t known = 0;  // Frames of the account when it was sent.
    int64_t first = 0;  // Of a Download's frames.
    Sent sent;
  };
  // What came of a request.
  struct Told {
    int64_t status = 0;  // Mesh's, or HTTP's where there is no Mesh response.
    std::string text;    // For people: why not.
  };
  // An account to which a step of the preparation is to be taken.
  struct ToDo {
    Purpose purpose = Purpose::kCreate;
    size_t account = 0;
  };

  void OnIdle(Lane& lane) override;
  void OnReply(Lane& lane, const http::ResponseView& response) override;
  void OnLost(Lane& lane, const Status& why) override;

  Status Prepare(bool (*stopped)());
  void Load(bool (*stopped)());
  void Drain();
  void Round(Duration wait_max);
  Duration WaitForNext() const;
  void FeedIdleLanes();
  void AskAgain();
  void AskLater(Open open, const std::string& why);
  void Greet(Lane& lane);
  void TakeStep(Lane& lane);
  void SendNext(Lane& lane, MonotonicTime due);
  Status SendStep(Lane& lane, ToDo step);
  void Send(Lane& lane, Open open, std::vector<std::string> digests);
  Action ChooseAction();
  Status MakeLoad(Open* open, std::vector<std::string>* digests);
  void StepDone(const Open& open, const Told& told);
  void NoteTrouble(const Told& told);
  Told Outcome(Open& open, const http::ResponseView& response);
  Told ReadOutcome(const Open& open, std::string_view message);
  Result<client::Outcome> ReadReply(const Open& open, std::string_view message,
                                    client::StatusReply* contents);
  void CheckRead(const Open& open, const std::string& wrong);
  Told UploadOutcome(const Open& open, std::string_view message);
  void Refused(const Open& open);
  void LogFailure(const Lane& lane, const Open& open, const Told& told);
  void Acknowledge(const Open& open, const std::vector<std::optional<int64_t>>& indices);
  size_t NextAccount();
  uint64_t Random();
  size_t Connected() const;
  bool AnyOpen() const;

  const Options& options_;
  net::EventLoop& loop_;
  RequestMaker& maker_;
  Carrier& carrier_;
  JournalWriter* journal_;
  FailureLog* failures_;
  Phase phase_ = Phase::kPreparing;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Open> open_;      // By the lane's number.
  std::vector<Lane*> waiting_;  // Idle in an open loop; may hold lanes that no longer are.
  std::deque<Open> again_;      // What is to be asked again, by when it is due.
  std::vector<ToDo> to_do_;     // Until all accounts are made and entered.
  bool greeting_ = false;       // The Hello for the service's keys is open.
  size_t made_ = 0;
  ReadCheck reads_;
  Pacer pacer_;
  Progress progress_;
  MonotonicTime loading_since_{};
  double seconds_ = 0;
  Tally tally_;
  std::string last_trouble_ = "there is no answer";  // Why a step of the preparation failed.
  Status hopeless_;                                  // Not OK: nothing will ever be taken.
  uint64_t turn_ = 0;                                // Accounts asked for, when they are in turn.
  uint64_t random_;
  uint32_t weight_sum_ = 0;
};

}  // namespace mesh::load
