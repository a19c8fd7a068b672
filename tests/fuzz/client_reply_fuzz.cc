// Whatever a service answers, the client reads it or says why it cannot.

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  mesh::client::HelloReply hello;
  mesh::client::CreateReply create;
  mesh::client::StatusReply status;
  mesh::client::DownloadReply download;
  mesh::client::UploadReply upload;
  Check(mesh::client::DecodeHello(text, &hello));
  Check(mesh::client::DecodeCreateAccount(text, &create));
  Check(mesh::client::DecodeDeleteAccount(text));
  Check(mesh::client::DecodeStatus(text, &status));
  Check(mesh::client::DecodeDownload(text, &download));
  Check(mesh::client::DecodeOutcome(text));
  Check(mesh::client::DecodeUpload(text, &upload));
  return 0;
}
