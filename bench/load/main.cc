// mesh-load: loads a Mesh Service and measures it, or checks that what the service
// acknowledged is still there.

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

#include "bench/load/failure_log.h"
#include "bench/load/journal.h"
#include "bench/load/load_run.h"
#include "bench/load/options.h"
#include "bench/load/verify_run.h"
#include "common/base/clock.h"
#include "frontend/net/event_loop.h"
#include "frontend/tls/context.h"

namespace mesh::load {
namespace {

volatile std::sig_atomic_t g_stopped = 0;

bool Stopped() { return g_stopped != 0; }

void StopOnSignals() {
  struct sigaction action {};
  action.sa_handler = [](int) { g_stopped = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int Complain(const Status& status) {
  std::fprintf(stderr, "mesh-load: %s\n", status.message().c_str());
  return kExitUnreachable;
}

Result<std::shared_ptr<const tls::TlsContext>> MakeContext(const Options& options) {
  std::string trusted;
  if (!options.trusted_file.empty()) {
    std::ifstream file(options.trusted_file, std::ios::binary);
    if (!file) return Status(Code::kNotFound, options.trusted_file + " cannot be read");
    trusted.assign(std::istreambuf_iterator<char>(file), {});
  }
  return tls::TlsContext::ForClient(trusted);
}

int Verify(const Options& options, net::EventLoop& loop,
           std::shared_ptr<const tls::TlsContext> context, const RequestMaker& maker,
           Carrier& carrier) {
  const Result<JournalAccounts> journal = ReadJournal(options.journal_file);
  if (!journal.ok()) return Complain(journal.status());
  VerifyRun run(options, loop, std::move(context), maker, carrier, *journal);
  if (const Status done = run.Run(Stopped); !done.ok()) return Complain(done);
  const std::string report =
      options.json ? JsonReport(run.findings()) + "\n" : TextReport(run.findings());
  std::fputs(report.c_str(), stdout);
  return run.findings().faults() == 0 ? kExitGood : kExitFault;
}

int Load(const Options& options, net::EventLoop& loop,
         std::shared_ptr<const tls::TlsContext> context, RequestMaker& maker, Carrier& carrier) {
  std::optional<JournalWriter> journal;
  if (!options.journal_file.empty()) {
    Result<JournalWriter> opened = JournalWriter::Open(options.journal_file);
    if (!opened.ok()) return Complain(opened.status());
    journal = *std::move(opened);
  }
  std::optional<FailureLog> failures;
  if (!options.failures_file.empty()) {
    Result<FailureLog> opened = FailureLog::Open(options.failures_file);
    if (!opened.ok()) return Complain(opened.status());
    failures = *std::move(opened);
  }
  LoadRun run(options, loop, std::move(context), maker, carrier, journal ? &*journal : nullptr,
              failures ? &*failures : nullptr);
  if (const Status done = run.Run(Stopped); !done.ok()) return Complain(done);
  const std::string report = options.json ? JsonReport(options, run.tally(), run.seconds()) + "\n"
                                          : TextReport(run.tally(), run.seconds());
  std::fputs(report.c_str(), stdout);
  if (!run.tally().NothingServed()) return kExitGood;
  return Complain(Status(Code::kUnavailable, "not one request was served; the report says why"));
}

int Main(int argc, char** argv) {
  Options options;
  int exit_code = 0;
  if (!ParseOptions(argc, argv, &options, &exit_code)) return exit_code;
  StopOnSignals();
  const SystemClock clock;
  net::EventLoopOptions loop_options;
  loop_options.sockets_max = static_cast<uint32_t>(options.connections + 16);
  const Result<std::unique_ptr<net::EventLoop>> loop =
      net::MakeEventLoop(net::IoKind::kAuto, loop_options, clock);
  if (!loop.ok()) return Complain(loop.status());
  Result<std::shared_ptr<const tls::TlsContext>> context = MakeContext(options);
  if (!context.ok()) return Complain(context.status());
  const Result<Person> person = Person::Make(options.seed);
  if (!person.ok()) return Complain(person.status());
  RequestMaker maker(options, *person);
  Carrier carrier(options, *person, clock);
  return options.verify_only ? Verify(options, **loop, *std::move(context), maker, carrier)
                             : Load(options, **loop, *std::move(context), maker, carrier);
}

}  // namespace
}  // namespace mesh::load

int main(int argc, char** argv) { return mesh::load::Main(argc, argv); }
