// Whatever a service answers, the client reads it, as JSON and as JSON-B, or says why it
// cannot.

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/client/codec.h"

namespace {

using mesh::Result;
using mesh::client::Outcome;

void Check(const Result<Outcome>& outcome) {
  MESH_CHECK(outcome.ok() || outcome.status().code() == mesh::Code::kDataLoss);
}

void CheckReplies(std::string_view text, mesh::json::Form form) {
  mesh::client::CreateReply create;
  mesh::client::StatusReply status;
  mesh::client::DownloadReply download;
  mesh::client::UploadReply upload;
  Check(mesh::client::DecodeCreateAccount(text, &create, form));
  Check(mesh::client::DecodeDeleteAccount(text, form));
  Check(mesh::client::DecodeStatus(text, &status, form));
  Check(mesh::client::DecodeDownload(text, &download, form));
  Check(mesh::client::DecodeOutcome(text, form));
  Check(mesh::client::DecodeUpload(text, &upload, form));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  mesh::client::HelloReply hello;
  Check(mesh::client::DecodeHello(text, &hello));
  CheckReplies(text, mesh::json::Form::kText);
  CheckReplies(text, mesh::json::Form::kJsonB);
  return 0;
}
