// Any octets are refused with a reason, or a request that holds what the back end
// relies on: names and addresses that are good, digests of 64 octets, texts that are
// JSON, whatever the request is in. And every answer to it is JSON or JSON-B.

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_text.h"
#include "common/mesh/container_name.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace {

using mesh::json::Reader;

void CheckJson(std::string_view text) {
  mesh::json::Options options;
  options.line_breaks = false;  // As any client reads it.
  options.tolerant_base64 = true;
  Reader reader(text, options);
  reader.Skip();
  MESH_CHECK(reader.Finish());
}

void CheckJsonB(std::string_view octets) {
  mesh::json::Options options;
  options.json_b = true;
  Reader reader(octets, options);
  std::string_view text;
  std::string scratch;
  MESH_CHECK(mesh::json::ReadAsText(reader, &text, &scratch) && reader.Finish());
  CheckJson(text);
}

void CheckEntry(const mesh::proto::Envelope& entry) {
  MESH_CHECK(entry.payload_digest().size() == 64);
  MESH_CHECK(entry.payload().size() <= mesh::kMessageBytesMax);
  CheckJson(entry.header());
  if (!entry.trailer().empty()) CheckJson(entry.trailer());
}

void CheckRequest(const mesh::proto::PartitionRequest& request) {
  for (const auto& update : request.upload().updates()) {
    MESH_CHECK(mesh::CheckContainerName(update.container()).ok());
    for (const auto& entry : update.envelopes()) CheckEntry(entry);
  }
  for (const auto& entry : request.upload().self()) CheckEntry(entry);
}

// The reply to a Download that returns what was uploaded.
void CheckReply(const mesh::proto::PartitionRequest& request) {
  mesh::proto::PartitionReply reply;
  for (const auto& update : request.upload().updates()) {
    auto* back = reply.mutable_download()->add_updates();
    back->set_container(update.container());
    for (const auto& entry : update.envelopes()) {
      auto* stored = back->add_envelopes();
      stored->set_header(entry.header());
      stored->set_payload(entry.payload());
      stored->set_trailer(entry.trailer());
    }
  }
  std::string json;
  mesh::EncodeReply(mesh::Transaction::kDownload, reply, {}, &json);
  CheckJson(json);
  std::string json_b;
  mesh::EncodeReply(mesh::Transaction::kDownload, reply, {.form = mesh::json::Form::kJsonB},
                    &json_b);
  CheckJsonB(json_b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  mesh::DecodeOptions options;
  options.strict = (data[0] & 1) != 0;
  options.json_b = (data[0] & 2) != 0;
  const std::string_view json(reinterpret_cast<const char*>(data) + 1, size - 1);
  mesh::DecodedRequest request;
  mesh::DecodeFailure failure;
  std::string answer;
  if (mesh::DecodeRequest(json, options, &request, &failure)) {
    if (request.request != nullptr) {
      CheckRequest(*request.request);
      CheckReply(*request.request);
    }
    return 0;
  }
  MESH_CHECK(!failure.status.ok());
  mesh::EncodeResult(failure.transaction_known ? &failure.transaction : nullptr, mesh::kMalformed,
                     failure.status.message(), {true}, &answer);
  CheckJson(answer);
  return 0;
}
