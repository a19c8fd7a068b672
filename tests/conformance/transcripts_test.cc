// The recorded conversations of the real reference client, as far as envelopes and
// profiles go: all digests it sent are right, and its accounts and devices stand on the
// chain that we demand.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "common/dare/container_file.h"
#include "common/dare/header.h"
#include "common/dare/signature.h"
#include "common/encoding/json_reader.h"
#include "common/mesh/profile.h"
#include "tests/conformance/vector_file.h"

namespace mesh::conformance {
namespace {

namespace fs = std::filesystem;

fs::path TranscriptFolder() {
  if (const char* shared = std::getenv("MESH_SHARED")) return fs::path(shared) / "transcripts";
  const char* source = std::getenv("MESH_SOURCE");
  const fs::path tree =
      source != nullptr ? source : fs::path(__FILE__).parent_path().parent_path().parent_path();
  return tree.parent_path() / "shared" / "transcripts";
}

// What a run over all conversations counted. Pinned below.
struct Seen {
  int envelopes = 0;
  int digests = 0;
  int accounts = 0;
  int devices = 0;
  int connections = 0;

  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << seen.envelopes << " envelopes, " << seen.digests << " digests, " << seen.accounts
             << " accounts, " << seen.devices << " devices, " << seen.connections << " connections";
}

class Conversation {
 public:
  explicit Conversation(Seen* seen) : seen_(*seen) {}

  // Reads the request object of `transaction`, which `line` recorded.
  void Replay(const Case& line) {
    const std::string request = Text(line, "request");
    const std::string transaction = Text(line, "transaction");
    SCOPED_TRACE(Text(line, "flow") + " " + std::to_string(Number(line, "n")));
    json::Reader reader(request);
    std::string_view tag;
    std::string_view member;
    reader.BeginObject();
    while (reader.NextMember(&tag)) {
      ASSERT_EQ(tag, transaction);
      reader.BeginObject();
      while (reader.NextMember(&member)) ReadMember(transaction, member, reader);
    }
    ASSERT_TRUE(reader.Finish()) << reader.status().message();
    if (transaction == "CreateAccount" && Number(line, "status") == 200) CheckAccount();
    CheckConnection(line);
  }

 private:
  void ReadMember(const std::string& transaction, std::string_view member, json::Reader& reader) {
    if (transaction == "Upload" && member == "Updates") {
      reader.BeginArray();
      while (reader.NextElement()) ReadUpdate(reader);
    } else if (member == "SignedProfileMesh") {
      dare::ReadEnvelope(reader, &mesh_);
    } else if (member == "SignedAssertionAccount") {
      dare::ReadEnvelope(reader, &account_);
    } else {
      reader.Skip();
    }
  }

  void ReadUpdate(json::Reader& reader) {
    std::string_view member;
    std::string container;
    reader.BeginObject();
    while (reader.NextMember(&member)) {
      if (member == "Container") {
        reader.String(&container);
      } else if (member == "Envelopes") {
        reader.BeginArray();
        while (reader.NextElement()) {
          dare::Envelope entry;
          if (dare::ReadEnvelope(reader, &entry)) CheckEntry(container, entry);
        }
      } else {
        reader.Skip();
      }
    }
  }

  void CheckEntry(const std::string& container, const dare::Envelope& entry) {
    ++seen_.envelopes;
    const Result<dare::HeaderFields> header = dare::ParseHeader(entry.header);
    ASSERT_TRUE(header.ok()) << header.status().message();
    const Result<dare::TrailerFields> trailer = dare::EffectiveTrailer(*header, entry.trailer);
    ASSERT_TRUE(trailer.ok()) << trailer.status().message();
    seen_.digests += trailer->payload_digest.empty() ? 0 : 1;
    const Status digest = dare::CheckPayloadDigest(entry);
    EXPECT_TRUE(digest.ok()) << digest.message();
    CheckStripping(entry.header);
    if (container == "mmm_Device" && !entry.payload.empty()) CheckDevice(entry);
  }

  // What a store takes out and puts in leaves the rest alone.
  static void CheckStripping(const std::string& header) {
    const Result<std::string> stripped = dare::StripServiceMembers(header);
    ASSERT_TRUE(stripped.ok()) << stripped.status().message();
    const std::string inserted = dare::InsertServiceMembers(*stripped, 7, 0);
    EXPECT_EQ(*dare::StripServiceMembers(inserted), *stripped);
    EXPECT_EQ(dare::ParseHeader(inserted)->container_info->index, 7);
  }

  void CheckAccount() {
    Result<AccountChain> chain = VerifyAccountChain(mesh_, account_);
    ASSERT_TRUE(chain.ok()) << chain.status().message();
    ++seen_.accounts;
    for (const std::string& address : chain->account.account_addresses) {
      accounts_[address] = chain->account;
    }
  }

  void CheckDevice(const dare::Envelope& entry) {
    const Result<CatalogedDevice> device = ParseCatalogedDevice(entry.payload);
    ASSERT_TRUE(device.ok()) << device.status().message();
    for (const AccountEntry& account : device->accounts) {
      for (const auto& [address, profile] : accounts_) {
        if (profile.udf() != account.account_udf) continue;
        const auto connections = VerifyCatalogedDevice(*device, profile);
        EXPECT_TRUE(connections.ok()) << connections.status().message();
        ++seen_.devices;
      }
    }
  }

  // The connection that the transport named beside the request.
  void CheckConnection(const Case& line) {
    const Case& headers = line.at("request_headers");
    if (!Has(headers, "X-Mesh-Connection")) return;
    const auto account = accounts_.find(Text(headers, "X-Mesh-Account"));
    if (account == accounts_.end()) return;
    const Result<dare::Envelope> envelope =
        dare::ParseEnvelope(Base64Of(headers, "X-Mesh-Connection"));
    ASSERT_TRUE(envelope.ok()) << envelope.status().message();
    const Result<Connection> connection = VerifyConnectionAccount(*envelope, account->second);
    ASSERT_TRUE(connection.ok()) << connection.status().message();
    EXPECT_EQ(connection->key_authentication.udf, Text(headers, "X-Mesh-Device"));
    ++seen_.connections;
  }

  Seen& seen_;
  dare::Envelope mesh_;
  dare::Envelope account_;
  std::map<std::string, Profile> accounts_;
};

TEST(Transcripts, EveryDigestAndEveryChainOfTheReferenceClientHolds) {
  const fs::path folder = TranscriptFolder();
  if (!fs::exists(folder)) GTEST_SKIP() << "no transcripts here: " << folder;
  Seen seen;
  for (const fs::directory_entry& file : fs::directory_iterator(folder)) {
    if (file.path().extension() != ".jsonl" || file.path().stem() == "errors") continue;
    std::ifstream in(file.path());
    Conversation conversation(&seen);
    for (std::string line; std::getline(in, line);) conversation.Replay(Case::parse(line));
  }
  std::cout << "transcripts: " << seen << "\n";
  EXPECT_EQ(seen, (Seen{225, 225, 19, 40, 165}));
}

}  // namespace
}  // namespace mesh::conformance
