// What mesh-load was asked to do.

#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/binding/wire_envelope.h"

namespace mesh::load {

// The requests that mesh-load makes.
enum class Action : uint8_t {
  kHello,
  kCreateAccount,
  kUpload,
  kStatus,
  kDownload,
  kExchange,
  kPost
};
inline constexpr size_t kActionCount = 7;
inline constexpr std::array<const char*, kActionCount> kActionNames = {
    "Hello", "CreateAccount", "Upload", "Status", "Download", "Exchange", "Post"};

// Where a front end listens.
struct Target {
  std::string address = "127.0.0.1";
  uint16_t port = 8443;
};

struct Options {
  std::vector<Target> targets{1};  // At least one. A connection that is lost goes to the next.
  std::string domain = "example.com";
  std::string trusted_file;  // Certificates to trust; empty: any, on loopback only.

  size_t connections = 64;
  size_t accounts = 64;
  bool in_turn = false;  // The accounts, one request each; else by chance.
  std::string account_prefix = "load";
  std::string container = "mmm_Credential";
  double rate = 0;  // Requests per second; 0: closed loop.
  std::chrono::milliseconds duration{10'000};
  uint64_t entries_max = 0;  // Stop after so many acknowledged entries; 0: no bound.
  size_t payload_bytes = 256;
  size_t entries_per_upload = 1;
  std::array<uint32_t, kActionCount> weights{0, 0, 1, 0, 0, 0, 0};
  bool sign_once = false;  // One signed payload for all messages of an account; else each its own.

  bool authenticate = false;  // Under tickets; else bare.
  binding::Encoding encoding = binding::Encoding::kJson;
  std::string seed = "mesh-load";  // Of the keys of all accounts.
  json::Form form() const { return binding::WriterForm(encoding); }

  bool ask_again = false;  // What nobody knows the outcome of, the same octets.
  std::string journal_file;
  std::string failures_file;
  bool verify_only = false;
  bool json = false;
  bool quiet = false;
};

// Exit codes, as --help says them.
inline constexpr int kExitGood = 0;
inline constexpr int kExitFault = 1;        // Verification found something wrong.
inline constexpr int kExitUsage = 2;        // The command line is wrong.
inline constexpr int kExitUnreachable = 3;  // The service was not reached, or served nothing.

// Reads the command line. Returns true with `*out` filled; or false with the exit
// code, after having written help or the complaint.
bool ParseOptions(int argc, char** argv, Options* out, int* exit_code);

}  // namespace mesh::load
