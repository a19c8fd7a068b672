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
#include "common/mesh/message.h"
#include "common/mesh/message_signature.h"

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

Result<const dare::Envelope*> RequestMaker::ProfileOf(const std::string& address) {
  const auto found = profiles_.find(address);
  if (found != profiles_.end()) return &found->second;
  MESH_ASSIGN(dare::Envelope profile, person_.ProfileAccount(address));
  return &profiles_.emplace(address, std::move(profile)).first->second;
}

Result<dare::Envelope> RequestMaker::SignedMessage(const std::string& sender) {
  Letter letter{MessageHead(kRequestTask), {}, {}, {}, {}};
  letter.head.message_id = run_ + "-" + std::to_string(entries_);
  letter.head.sender = sender;
  std::string filler;
  AppendFiller(entries_, options_.payload_bytes, &filler);
  letter.text = Base64UrlEncode(filler).substr(0, options_.payload_bytes);
  std::string payload;
  WriteMessage(letter, payload);
  MESH_ASSIGN(dare::Envelope message, WrapMessage(letter.head, payload, 0, nullptr));
  MESH_ASSIGN(const dare::Envelope* profile, ProfileOf(sender));
  MESH_RETURN_IF_ERROR(SignMessage(person_.signature(), person_.connection(), *profile, &message));
  return message;
}

// The signature is of the payload alone: a header of its own makes another message of it.
Result<dare::Envelope> RequestMaker::NextMessage(const std::string& sender, std::string* digest) {
  ++entries_;
  dare::Envelope message;
  const auto known = signed_.find(sender);
  if (known == signed_.end()) {
    MESH_ASSIGN(message, SignedMessage(sender));
    if (options_.sign_once) signed_.emplace(sender, message);
  } else {
    MessageHead head(kRequestTask);
    head.message_id = run_ + "-" + std::to_string(entries_);
    MESH_ASSIGN(message, WrapMessage(head, known->second.payload, 0, nullptr));
    message.trailer = known->second.trailer;
  }
  *digest = Base64UrlEncode(crypto::Sha512(message.payload));
  return message;
}

Result<Made> RequestMaker::Post(const std::string& sender, const std::string& recipient) {
  Made made;
  client::PostRequest request;
  request.accounts.push_back(recipient);
  MESH_ASSIGN(dare::Envelope message, NextMessage(sender, &made.digests.emplace_back()));
  request.messages.push_back(std::move(message));
  made.message = client::EncodePost(request, options_.form());
  return made;
}

Result<Made> RequestMaker::Upload(const std::string& address) {
  Made made;
  client::UploadRequest request;
  client::ContainerUpdate& update = request.updates.emplace_back();
  update.container = options_.container;
  for (size_t i = 0; i < options_.entries_per_upload; ++i) {
    std::string* const digest = &made.digests.emplace_back();
    if (!IsSpool(options_.container)) {
      update.envelopes.push_back(NextEntry(digest));
      continue;
    }
    MESH_ASSIGN(dare::Envelope message, NextMessage(address, digest));
    update.envelopes.push_back(std::move(message));
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
