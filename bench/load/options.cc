#include "bench/load/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string_view>

#include "common/base/limits.h"
#include "common/mesh/account_address.h"
#include "common/mesh/container_name.h"

namespace mesh::load {
namespace {

constexpr const char* kAbout =
    "Loads a Mesh Service over TLS and measures it, or checks that what it acknowledged\n"
    "is still there. Without --authenticate ticket the service must run with\n"
    "--reference-compatibility.\n"
    "One process keeps one core busy; start several for more.";

constexpr const char* kExamples =
    "\nExamples:\n"
    "  mesh-load --connections 64 --duration 10s\n"
    "      as many uploads as 64 connections can make in ten seconds\n"
    "  mesh-load --rate 5000 --mix upload=1,status=2,download=1 --json\n"
    "      5000 requests a second; latency counts from when each was due\n"
    "  mesh-load --authenticate ticket --encoding json-b\n"
    "      sealed requests: an exchange for each account first, then under its ticket\n"
    "  mesh-load --journal run.journal --duration 60s\n"
    "  mesh-load --journal run.journal --verify-only\n"
    "      keep account of what was acknowledged, and check it later\n"
    "\nExit codes:\n"
    "  0  done, and something was served; what was to be verified is there\n"
    "  1  verification found something missing, altered or never sent\n"
    "  2  the command line is wrong\n"
    "  3  the service could not be reached, its accounts not be made, or it served no request\n";

// "upload=3,status=1" into weights; what is not named gets none.
Status ParseMix(std::string_view text, std::array<uint32_t, kActionCount>* weights) {
  constexpr std::array<std::string_view, kActionCount> kNames = {
      "hello", "create", "upload", "status", "download", "exchange", "post"};
  weights->fill(0);
  uint32_t total = 0;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const size_t equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view digits =
        equals == std::string_view::npos ? "1" : part.substr(equals + 1);
    uint32_t weight = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), weight);
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end() || error != std::errc() || end != digits.data() + digits.size() ||
        weight > 1000) {
      return InvalidArgument(
          "--mix: '" + std::string(part) +
          "' is not hello, create, upload, status, download, exchange or post, with "
          "a weight from 0 to 1000 after '='");
    }
    (*weights)[static_cast<size_t>(found - kNames.begin())] = weight;
    total += weight;
  }
  if (total == 0) return InvalidArgument("--mix: at least one weight must be over 0");
  return {};
}

Result<Target> ParseTarget(const std::string& text) {
  const size_t colon = text.rfind(':');
  Target target;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos ||
      std::from_chars(text.data() + colon + 1, end, target.port).ptr != end || target.port == 0) {
    return InvalidArgument("--connect: '" + text + "' is not ADDRESS:PORT");
  }
  target.address = text.substr(0, colon);
  return target;
}

Status ParseTargets(const std::vector<std::string>& texts, Options* out) {
  if (!texts.empty()) out->targets.clear();
  for (const std::string& text : texts) {
    MESH_ASSIGN(Target target, ParseTarget(text));
    out->targets.push_back(std::move(target));
  }
  return {};
}

bool OnLoopback(const Target& target) { return target.address.rfind("127.", 0) == 0; }

Status CheckMessages(const Options& options) {
  const bool posts = options.weights[static_cast<size_t>(Action::kPost)] > 0;
  if (posts && !options.authenticate) {
    return InvalidArgument("--mix post is for sealed requests: add --authenticate ticket");
  }
  if (posts && options.accounts < 2) {
    return InvalidArgument("--mix post needs two --accounts: one writes to the other");
  }
  if (options.sign_once && !options.journal_file.empty()) {
    return InvalidArgument("--sign once makes equal payloads, which a --journal cannot tell apart");
  }
  return {};
}

Status Check(const Options& options) {
  const auto& targets = options.targets;
  if (options.trusted_file.empty() && !std::all_of(targets.begin(), targets.end(), OnLoopback)) {
    return InvalidArgument("--ca is needed for a target that is not on 127.0.0.0/8");
  }
  if (!options.authenticate && options.encoding != binding::Encoding::kJson) {
    return InvalidArgument("--encoding is for sealed requests: add --authenticate ticket");
  }
  if (!options.authenticate && options.weights[static_cast<size_t>(Action::kExchange)] > 0) {
    return InvalidArgument("--mix exchange is for sealed requests: add --authenticate ticket");
  }
  MESH_RETURN_IF_ERROR(CheckContainerName(options.container));
  MESH_RETURN_IF_ERROR(CheckMessages(options));
  const Result<AccountAddress> address =
      AccountAddress::Parse(options.account_prefix + "-0@" + options.domain);
  if (!address.ok()) return address.status();
  if (options.ask_again && !options.authenticate) {
    return InvalidArgument("--ask-again is for sealed requests: add --authenticate ticket");
  }
  if (options.verify_only && options.journal_file.empty()) {
    return InvalidArgument("--verify-only needs --journal, which says what to look for");
  }
  return {};
}

// Whom it asks, in whose name.
void AddPlaces(CLI::App& app, Options& options, std::vector<std::string>& targets) {
  app.add_option("--connect", targets,
                 "ADDRESS:PORT of a front end [127.0.0.1:8443]; may be repeated: connections are "
                 "spread, and one that is lost goes to the next");
  app.add_option("--domain", options.domain, "the service's domain")->capture_default_str();
  app.add_option("--ca", options.trusted_file,
                 "PEM file with certificates to trust; without it any, on loopback only");
  app.add_option("--connections", options.connections, "connections, each with one request open")
      ->capture_default_str()
      ->check(CLI::Range(1, 16'000));
  app.add_option("--accounts", options.accounts, "accounts, made first where they do not exist")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  app.add_option("--account-prefix", options.account_prefix, "of their names")
      ->capture_default_str();
  app.add_flag("--in-turn", options.in_turn, "ask for one account after the other; else by chance");
  app.add_option("--container", options.container,
                 "to upload to: entries to a catalog, signed messages to a spool")
      ->capture_default_str();
}

void AddAmounts(CLI::App& app, Options& options, double& seconds) {
  app.add_option("--rate", options.rate,
                 "requests per second (open loop); 0: each connection as fast as it is answered")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 10'000'000.0));
  app.add_option("--duration", seconds, "how long: 10s, 500ms, 2m")
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, double>{{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}}))
      ->default_str("10s");
  app.add_option("--entries", options.entries_max,
                 "stop after so many acknowledged entries; 0: only --duration counts")
      ->capture_default_str();
  app.add_option("--payload-bytes", options.payload_bytes, "octets of each entry's payload")
      ->capture_default_str()
      ->check(CLI::Range(32, static_cast<int>(kMessageBytesMax)));
  app.add_option("--entries-per-upload", options.entries_per_upload, "entries in one Upload")
      ->capture_default_str()
      ->check(CLI::Range(1, static_cast<int>(kEntriesPerRequestMax)));
}

// What is asked, and how it is proved.
void AddRequests(CLI::App& app, Options& options, std::string& mix) {
  app.add_option("--mix", mix,
                 "weights: hello=1,create=1,upload=1,status=1,download=1 [upload]; exchange=1: a "
                 "whole exchange, made once and sent again, so that it costs the service alone; "
                 "post=1: a signed message to another of the accounts; it needs the line "
                 "`allow RequestTask strangers` in --message-policy of the back ends");
  app.add_option_function<std::string>(
         "--sign", [&](const std::string& how) { options.sign_once = how == "once"; },
         "each: every message has a signature of its own; once: all messages of an account have "
         "the same, which the service then knows")
      ->check(CLI::IsMember({"each", "once"}))
      ->default_str("each");
  app.add_option_function<std::string>(
         "--authenticate", [&](const std::string& how) { options.authenticate = how == "ticket"; },
         "none: bare requests; ticket: sealed under a ticket of each account")
      ->check(CLI::IsMember({"none", "ticket"}))
      ->default_str("none");
  app.add_option_function<std::string>(
         "--encoding",
         [&](const std::string& name) {
           options.encoding = name == "json" ? binding::Encoding::kJson : binding::Encoding::kJsonB;
         },
         "of sealed requests")
      ->check(CLI::IsMember({"json", "json-b"}))
      ->default_str("json");
  app.add_option("--key-seed", options.seed,
                 "of the keys of all accounts: the same finds the accounts of an earlier run")
      ->capture_default_str();
}

// What is told of it, to files and to the terminal.
void AddReports(CLI::App& app, Options& options) {
  app.add_option("--journal", options.journal_file,
                 "file to which is added what was sent and what was acknowledged");
  app.add_option("--failures", options.failures_file,
                 "file to which a line is added for each request that failed: when, which, why");
  app.add_flag("--ask-again", options.ask_again,
               "of requests that failed without anybody knowing whether they were applied: under "
               "the same RequestID, until there is an answer; told apart");
  app.add_flag("--verify-only", options.verify_only,
               "download what the journal names and compare, instead of making load; with the "
               "--authenticate and --key-seed of that load");
  app.add_flag("--json", options.json, "end with one line that holds one JSON object");
  app.add_flag("--quiet", options.quiet, "no progress line");
}

}  // namespace

bool ParseOptions(int argc, char** argv, Options* out, int* exit_code) {
  CLI::App app(kAbout, "mesh-load");
  app.footer(kExamples);
  std::vector<std::string> targets;
  std::string mix = "upload=1";
  double seconds = 10;
  AddPlaces(app, *out, targets);
  AddAmounts(app, *out, seconds);
  AddRequests(app, *out, mix);
  AddReports(app, *out);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    *exit_code = app.exit(error) == 0 ? kExitGood : kExitUsage;
    return false;
  }
  out->duration = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
  Status status = ParseTargets(targets, out);
  if (status.ok()) status = ParseMix(mix, &out->weights);
  if (status.ok()) status = Check(*out);
  if (status.ok()) return true;
  std::fprintf(stderr, "mesh-load: %s\n", status.message().c_str());
  *exit_code = kExitUsage;
  return false;
}

}  // namespace mesh::load
