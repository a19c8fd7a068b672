// VerifyRun compares what a service holds with what a journal says: every
// acknowledged entry is there, with its digest and at its index; nothing is there
// that was never sent, and nothing is there twice.
//
// One thread, which calls Run.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "bench/load/carrier.h"
#include "bench/load/journal.h"
#include "bench/load/lane.h"
#include "bench/load/options.h"
#include "bench/load/report.h"
#include "bench/load/request_maker.h"
#include "common/client/messages.h"

namespace mesh::load {

struct Findings {
  uint64_t accounts = 0;
  uint64_t acknowledged = 0;    // Entries that must be there.
  uint64_t found = 0;           // Of those.
  uint64_t unacknowledged = 0;  // Sent, not acknowledged, and there: allowed.
  uint64_t denied = 0;          // There, although the service said that they were not applied.
  uint64_t missing = 0;
  uint64_t never_sent = 0;
  uint64_t repeated = 0;
  uint64_t misplaced = 0;             // Another index than the one acknowledged, or out of order.
  uint64_t altered = 0;               // The payload does not have the digest that the entry states.
  std::vector<std::string> examples;  // Of faults; the first few.

  uint64_t faults() const { return denied + missing + never_sent + repeated + misplaced + altered; }
};

class VerifyRun final : private LaneOwner {
 public:
  // All of these outlive this.
  VerifyRun(const Options& options, net::EventLoop& loop,
            const std::shared_ptr<const tls::TlsContext>& context, const RequestMaker& maker,
            Carrier& carrier, const JournalAccounts& journal);
  ~VerifyRun() override;

  // Looks at every account. kUnavailable when the service does not answer for long;
  // kPermissionDenied, at once, when the requests are bare and the service takes none that are.
  Status Run(bool (*stopped)());

  const Findings& findings() const { return findings_; }

 private:
  // Where a lane is: in an account, and there in a container.
  struct Place {
    JournalAccounts::const_iterator account;
    bool busy = false;
    std::vector<client::ContainerState> containers;  // Still to be read.
    bool listed = false;
    bool entered = true;  // The device is in the account, so that a ticket serves.
    int64_t next = 0;     // Frame of containers.back().
    std::unordered_set<std::string> seen;
    Sent sent;
  };

  void OnIdle(Lane& lane) override;
  void OnReply(Lane& lane, const http::ResponseView& response) override;
  void OnLost(Lane& lane, const Status& why) override;

  void Greet(Lane& lane);
  Result<Sent> MakeRequest(Place& place);
  void OnStatus(Place& place, Lane& lane, std::string_view body);
  void OnDownload(Place& place, Lane& lane, std::string_view body);
  bool TakeFrame(Place& place, const dare::Envelope& envelope);
  void TakeEntry(Place& place, const std::string& digest, int64_t index);
  void FinishContainer(Place& place);
  void FinishAccount(Place& place);
  void Retry(Lane& lane, const std::string& why);
  void Fault(uint64_t* counter, const Place& place, const std::string& what);

  const Options& options_;
  net::EventLoop& loop_;
  const RequestMaker& maker_;
  Carrier& carrier_;
  const JournalAccounts& journal_;
  JournalAccounts::const_iterator next_account_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Place> places_;  // By the lane's number.
  Lane* greeting_ = nullptr;   // Asks for the service's keys.
  size_t accounts_done_ = 0;
  MonotonicTime progress_at_{};
  std::string last_trouble_;
  Status hopeless_;  // Not OK: nothing will ever be taken.
  Progress progress_;
  Findings findings_;
};

std::string TextReport(const Findings& findings);
// One line, without its end.
std::string JsonReport(const Findings& findings);

}  // namespace mesh::load
