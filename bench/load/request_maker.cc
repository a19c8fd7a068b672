#include "bench/load/request_maker.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/client/codec.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/dare/seal.h"
#include "common/encoding/base64url.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/container_name.h"

namespace mesh::load {
namespace {

// Octets that do not compress, the same for the same seed.
void AppendFiller(uint64_t seed, size_t size, std::string* out) {
  uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  while (out->size() < size) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    out->append(reinterpret_cast<const char*>(&state), std::min(sizeof state, size - out->size()));
  }
}

}  // namespace

RequestMaker::RequestMaker(const Options& options, const Person& person)
    : options_(options), person_(person), run_(ToHex(crypto::RandomBytes(8))) {}

std::string RequestMaker::AccountAddress(size_t number) const {
  return options_.account_prefix + "-" + std::to_string(number) + "@" + options_.domain;
}

std::string RequestMaker::NewAccountAddress() {
  return options_.account_prefix + "-" + run_ + "-" + std::to_string(new_accounts_++) + "@" +
         options_.domain;
}

Made RequestMaker::Hello() const { return {client::EncodeHello(), {}}; }

Result<Made> RequestMaker::CreateAccount(const std::string& address) const {
  client::CreateRequest request{address, person_.profile_mesh(), {}};
  MESH_ASSIGN(request.profile_account, person_.ProfileAccount(address));
  return Made{client::EncodeCreateAccount(request, options_.form()), {}};
}

Result<Made> RequestMaker::Enter(const std::string& address) const {
  MESH_ASSIGN(const dare::Envelope profile, person_.ProfileAccount(address));
  const CatalogedDevice entry = person_.Entry(profile);
  std::string payload;
  WriteCatalogedDevice(entry, payload);
  dare::SealOptions options;
  options.content_meta.emplace();
  options.content_meta->unique_id = entry.device_udf;
  options.content_meta->event = "New";
  options.digest = true;
  client::UploadRequest request;
  client::ContainerUpdate& update = request.updates.emplace_back();
  update.container = kDeviceCatalog;
  MESH_ASSIGN(dare::Envelope envelope, dare::Seal(payload, options));
  update.envelopes.push_back(std::move(envelope));
  return Made{client::EncodeUpload(request, options_.form()), {}};
}

dare::Envelope RequestMaker::NextEntry(std::string* digest) {
  const std::string id = run_ + "-" + std::to_string(entries_++);
  std::string meta;
  json::Writer(meta)
      .BeginObject()
      .Member("UniqueID")
      .String(id)
      .Member("Event")
      .String("New")
      .EndObject();
  dare::Envelope envelope;
  envelope.header.clear();
  json::Writer(envelope.header).BeginObject().Member("ContentMetaData").Binary(meta).EndObject();
  envelope.payload = id;
  AppendFiller(entries_, options_.payload_bytes, &envelope.payload);
  const crypto::Digest512 payload_digest = crypto::Sha512(envelope.payload);
  *digest = Base64UrlEncode(payload_digest);
  json::Writer(envelope.trailer).BeginObject().Member("PayloadDigest").String(*digest).EndObject();
  return envelope;
}

Made RequestMaker::Upload() {
  Made made;
  client::UploadRequest request;
  client::ContainerUpdate& update = request.updates.emplace_back();
  update.container = options_.container;
  for (size_t i = 0; i < options_.entries_per_upload; ++i) {
    update.envelopes.push_back(NextEntry(&made.digests.emplace_back()));
  }
  made.message = client::EncodeUpload(request, options_.form());
  return made;
}

Made RequestMaker::Status() const { return {client::EncodeStatus({}, options_.form()), {}}; }

Made RequestMaker::Download(const std::string& container, int64_t first, int64_t last) const {
  client::DownloadRequest request;
  client::Selection& selection = request.select.emplace_back();
  selection.container = container;
  selection.index_min = first;
  selection.index_max = last;
  return {client::EncodeDownload(request, options_.form()), {}};
}

}  // namespace mesh::load
