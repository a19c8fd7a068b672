// The codec on the requests and replies of the hot path: what an event loop spends
// between HTTP and the hop.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/dare/envelope.h"
#include "common/dare/seal.h"
#include "common/encoding/base64url.h"
#include "common/mesh/assertion_cache.h"
#include "common/mesh/message.h"
#include "common/mesh/message_signature.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"
#include "tests/support/mesh_json.h"

namespace mesh {
namespace {

// A catalog entry as clients upload it.
dare::Envelope Entry(const std::string& unique_id, int64_t bytes) {
  dare::SealOptions options;
  options.content_meta.emplace();
  options.content_meta->unique_id = unique_id;
  options.content_meta->event = "New";
  options.digest = true;
  auto envelope = dare::Seal(std::string(static_cast<size_t>(bytes), 'x'), options);
  MESH_CHECK(envelope.ok());
  return *std::move(envelope);
}

// `count` entries of `bytes` octets each.
std::string UploadRequest(int64_t count, int64_t bytes, json::Form form) {
  std::string json = R"({"Upload":{"Updates":[{"Container":"mmm_Contact","Envelopes":[)";
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) json += ",";
    dare::WriteEnvelope(Entry("contact-" + std::to_string(i), bytes), json, form);
  }
  return json + "]}]}}";
}

void Decode(benchmark::State& state, const std::string& json, const DecodeOptions& options = {}) {
  for (auto _ : state) {
    DecodedRequest request;
    DecodeFailure failure;
    MESH_CHECK(DecodeRequest(json, options, &request, &failure));
    benchmark::DoNotOptimize(request);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(json.size()));
}

void BM_DecodeHello(benchmark::State& state) { Decode(state, R"({"Hello":{}})"); }
BENCHMARK(BM_DecodeHello);

void BM_DecodeStatus(benchmark::State& state) {
  Decode(state, R"({"Status":{"Account":"alice@example.com"}})");
}
BENCHMARK(BM_DecodeStatus);

void BM_DecodeDownload(benchmark::State& state) {
  Decode(state, R"({"Download":{"Select":[{"Container":"mmm_Contact","IndexMin":7}]}})");
}
BENCHMARK(BM_DecodeDownload);

void BM_DecodeUpload(benchmark::State& state) {
  Decode(state, UploadRequest(state.range(0), state.range(1), json::Form::kText));
}
BENCHMARK(BM_DecodeUpload)->Args({1, 300})->Args({1, 16384})->Args({64, 300});

void BM_DecodeUploadJsonB(benchmark::State& state) {
  Decode(state, UploadRequest(state.range(0), state.range(1), json::Form::kJsonB),
         {.json_b = true});
}
BENCHMARK(BM_DecodeUploadJsonB)->Args({1, 300})->Args({1, 16384})->Args({64, 300});

// Posts of one signed message of 300 octets each.
std::vector<std::string> SignedPosts(int count) {
  const testing::AccountMaker alice;
  const crypto::PrivateKey laptop = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  Connection keys;
  keys.key_signature = MakeKeyData(laptop.public_key());
  keys.key_encryption = MakeKeyData(alice.agreement.public_key());
  keys.key_authentication = keys.key_encryption;
  const auto connection = SignConnection(keys, alice.account_online);
  const auto profile =
      dare::ParseEnvelope(alice.ProfileAccount("alice@example.com", alice.mesh_online));
  MESH_CHECK(connection.ok() && profile.ok());
  std::vector<std::string> posts;
  for (int i = 0; i < count; ++i) {
    MessageHead head(kRequestContact);
    head.message_id = "NAAA-" + std::to_string(i);
    head.sender = "alice@example.com";
    head.recipient = std::string(200, 'x');
    std::string payload;
    WriteMessage(head, payload);
    auto message = WrapMessage(head, payload, 0, nullptr);
    MESH_CHECK(message.ok());
    MESH_CHECK(SignMessage(laptop, *connection, *profile, &*message).ok());
    posts.push_back(R"({"Post":{"Accounts":["bob@example.com"],"Message":[)" +
                    dare::EnvelopeText(*message) + "]}}");
  }
  return posts;
}

// With room for the connection and fewer signatures than there are messages: each is verified.
void BM_DecodePostSigned(benchmark::State& state) {
  const std::vector<std::string> posts = SignedPosts(64);
  AssertionCache assertions(8192);
  DecodeOptions options;
  options.assertions = &assertions;
  size_t next = 0;
  for (auto _ : state) {
    DecodedRequest request;
    DecodeFailure failure;
    MESH_CHECK(DecodeRequest(posts[next++ % posts.size()], options, &request, &failure));
    benchmark::DoNotOptimize(request);
  }
}
BENCHMARK(BM_DecodePostSigned);

// A message that has come before.
void BM_DecodePostCached(benchmark::State& state) {
  AssertionCache assertions;
  DecodeOptions options;
  options.assertions = &assertions;
  Decode(state, SignedPosts(1).front(), options);
}
BENCHMARK(BM_DecodePostCached);

void Encode(benchmark::State& state, Transaction transaction, const proto::PartitionReply& reply,
            json::Form form = json::Form::kText) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    EncodeReply(transaction, reply, {.form = form}, &out);
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(out.size()));
}

proto::PartitionReply StatusReply() {
  proto::PartitionReply reply;
  reply.mutable_status()->set_enveloped_profile_master(dare::EnvelopeText(Entry("profile", 1000)));
  for (int i = 0; i < 12; ++i) {
    proto::ContainerStatus* status = reply.mutable_status()->add_container_status();
    status->set_container("mmm_Container" + std::to_string(i));
    status->set_index(i);
    status->set_digest(std::string(64, 'd'));
  }
  return reply;
}

void BM_EncodeStatus(benchmark::State& state) {
  Encode(state, Transaction::kStatus, StatusReply());
}
BENCHMARK(BM_EncodeStatus);

void BM_EncodeStatusJsonB(benchmark::State& state) {
  Encode(state, Transaction::kStatus, StatusReply(), json::Form::kJsonB);
}
BENCHMARK(BM_EncodeStatusJsonB);

proto::PartitionReply DownloadReply(int64_t count, int64_t bytes) {
  proto::PartitionReply reply;
  proto::DownloadUpdate* update = reply.mutable_download()->add_updates();
  update->set_container("mmm_Contact");
  for (int64_t i = 0; i < count; ++i) {
    const dare::Envelope entry = Entry("contact", bytes);
    proto::StoredEnvelope* stored = update->add_envelopes();
    stored->set_header(entry.header);
    stored->set_payload(entry.payload);
    stored->set_trailer(entry.trailer);
    stored->set_index(i);
    stored->set_received(1767225600000);
  }
  return reply;
}

void BM_EncodeDownload(benchmark::State& state) {
  Encode(state, Transaction::kDownload, DownloadReply(state.range(0), state.range(1)));
}
BENCHMARK(BM_EncodeDownload)->Args({1, 300})->Args({1, 16384})->Args({64, 300});

void BM_EncodeDownloadJsonB(benchmark::State& state) {
  Encode(state, Transaction::kDownload, DownloadReply(state.range(0), state.range(1)),
         json::Form::kJsonB);
}
BENCHMARK(BM_EncodeDownloadJsonB)->Args({1, 300})->Args({1, 16384})->Args({64, 300});

void BM_EncodeUpload(benchmark::State& state) {
  proto::PartitionReply reply;
  proto::EntryResponse* entry = reply.mutable_upload()->add_entries();
  entry->set_index_container(7);
  Encode(state, Transaction::kUpload, reply);
}
BENCHMARK(BM_EncodeUpload);

}  // namespace
}  // namespace mesh
