// Every request of the recorded conversations of the reference client, where they
// are at hand, must decode; those of errors.jsonl, recorded to see them refused, are
// in tests/interop.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

namespace fs = std::filesystem;

fs::path Recordings() {
  const char* shared = std::getenv("MESH_SHARED");
  const char* source = std::getenv("MESH_SOURCE");
  const fs::path folder = shared ? fs::path(shared) : fs::path(source ? source : ".") / "../shared";
  return folder / "transcripts";
}

// Compared with the whole request: every uploaded entry arrives, with its digest.
size_t CheckUpload(const proto::UploadRequest& upload) {
  size_t entries = 0;
  for (const proto::ContainerUpdate& update : upload.updates()) {
    for (const proto::Envelope& entry : update.envelopes()) {
      EXPECT_EQ(entry.payload_digest().size(), 64u);
      EXPECT_FALSE(entry.redacted());
      if (update.container() == "mmm_Device" && entry.client_index() > 0) {
        EXPECT_EQ(entry.connection_digests_size(), 1);
      }
      ++entries;
    }
  }
  return entries;
}

TEST(Recordings, EveryRequestOfTheReferenceClientDecodes) {
  if (!fs::is_directory(Recordings())) GTEST_SKIP() << "no recordings at " << Recordings();
  size_t requests = 0, entries = 0;
  for (const auto& file : fs::directory_iterator(Recordings())) {
    if (file.path().extension() != ".jsonl" || file.path().stem() == "errors") continue;
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line); ++requests) {
      const auto record = nlohmann::json::parse(line);
      const std::string body = record["request"].is_string() ? record["request"] : "";
      SCOPED_TRACE(file.path().stem().string() + " " + record["n"].dump());
      DecodedRequest decoded;
      DecodeFailure failure;
      ASSERT_TRUE(DecodeRequest(body, {.strict = false}, &decoded, &failure))
          << failure.status.message();
      EXPECT_EQ(RequestTag(decoded.transaction), record["transaction"]);
      if (decoded.request) entries += CheckUpload(decoded.request->upload());
    }
  }
  EXPECT_EQ(requests, 216u);
  EXPECT_EQ(entries, 231u);  // Publications among them.
}

}  // namespace
}  // namespace mesh
