#include "frontend/service/capability_seal.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/bytes.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/mesh/container_name.h"
#include "proto/mesh.pb.h"

namespace mesh::frontend {
namespace {

// A text that may hold a share.
class SecretText {
 public:
  explicit SecretText(std::string text) : text_(std::move(text)) {}
  SecretText(SecretText&& other) noexcept = default;
  SecretText& operator=(SecretText&& other) = delete;
  ~SecretText() { Wipe(text_); }
  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

// The master secret, by whichever of the keys a recipient is. kNotFound when it is for others.
Result<std::string> RecoverMaster(const dare::HeaderFields& header, SealKeys service) {
  for (const crypto::PrivateKey& key : service.all()) {
    Result<std::string> master = dare::RecoverMaster(header, key);
    if (master.ok() || master.status().code() != Code::kNotFound) return master;
  }
  return Status(Code::kNotFound, "it is encrypted to no key of the service");
}

// The payload in clear of an envelope for the service. kNotFound when it is for others.
Result<SecretText> Decrypt(const dare::Envelope& envelope, const dare::HeaderFields& header,
                           SealKeys service) {
  MESH_ASSIGN(std::string master, RecoverMaster(header, service));
  Result<std::string> payload = dare::DecryptPayload(envelope, header, master);
  Wipe(master);
  if (!payload.ok()) return payload.status();
  return SecretText(*std::move(payload));
}

// PERSISTENT: a sealed payload is a DARE envelope in JSON-B, encrypted to KeyEncryption and
// neither signed nor digested: the entry's digest is that of what is in it.
Result<std::string> SealPayload(std::string_view payload, SealKeys service,
                                crypto::RandomSource& random) {
  dare::SealOptions options;
  options.recipients = {service.newest().public_key()};
  MESH_ASSIGN(const dare::Envelope sealed, dare::Seal(payload, options, random));
  std::string text;
  dare::WriteEnvelope(sealed, text, json::Form::kJsonB);
  return text;
}

Result<SecretText> OpenPayload(std::string_view sealed, SealKeys service) {
  json::Options options;
  options.json_b = true;
  MESH_ASSIGN(const dare::Envelope envelope, dare::ParseEnvelope(sealed, options));
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(envelope.header));
  return Decrypt(envelope, header, service);
}

// What was accepted is read again, base64 in any of its forms.
Result<dare::HeaderFields> ReadHeader(const std::string& header) {
  json::Options options;
  options.tolerant_base64 = true;
  return dare::ParseHeader(header, options);
}

// What the sender of an entry wrote, if the service can read it.
Result<SecretText> ReadPayload(const dare::HeaderFields& header, const std::string& payload,
                               SealKeys service) {
  if (!header.encrypted()) return SecretText(payload);
  return Decrypt({"{}", payload, true, {}}, header, service);
}

Result<KeyShare> DecryptShare(const dare::Envelope& envelope, SealKeys service) {
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(envelope.header));
  MESH_ASSIGN(const SecretText share, Decrypt(envelope, header, service));
  return ParseKeyShare(share.text());
}

Result<KeyShare> ShareOf(const Capability& capability, SealKeys service) {
  for (const dare::Envelope& envelope : capability.enveloped_shares) {
    Result<KeyShare> share = DecryptShare(envelope, service);
    if (share.ok() || share.status().code() != Code::kNotFound) return share;
  }
  if (capability.share) return *capability.share;
  return Status(Code::kNotFound, "the capability has no share for the service");
}

// Who may use it by Operate; empty: nobody. It is named by its UniqueID, so that the catalog's
// own index finds it.
std::string AuthenticationIdOf(const SecretText& payload, const std::string& unique_id,
                               SealKeys service) {
  Result<Capability> capability = ParseCatalogedCapability(payload.text());
  if (!capability.ok() || capability->type != kCapabilityDecryptServiced) return {};
  if (capability->id != unique_id || !ShareOf(*capability, service).ok()) return {};
  return std::move(capability->authentication_id);
}

bool Puts(const proto::Envelope& entry) {
  return entry.event() == proto::EVENT_NEW || entry.event() == proto::EVENT_UPDATE;
}

Status SealEntry(SealKeys service, crypto::RandomSource& random, proto::Envelope* entry) {
  MESH_ASSIGN(const dare::HeaderFields header, ReadHeader(entry->header()));
  const auto payload = ReadPayload(header, entry->payload(), service);
  if (payload.ok() && Puts(*entry)) {
    entry->set_authentication_id(AuthenticationIdOf(*payload, entry->unique_id(), service));
  }
  if (header.encrypted()) return Status();
  MESH_ASSIGN(std::string sealed, SealPayload(entry->payload(), service, random));
  Wipe(*entry->mutable_payload());
  entry->set_payload(std::move(sealed));
  entry->set_payload_sealed(true);
  return Status();
}

Status OpenEntry(SealKeys service, proto::StoredEnvelope* entry) {
  Result<SecretText> payload = OpenPayload(entry->payload(), service);
  if (!payload.ok()) {
    return Status(Code::kDataLoss, "a sealed payload does not open: " + payload.status().message());
  }
  std::string text = payload->Take();
  text.erase(0, std::min<uint64_t>(entry->sealed().bytes_offset(), text.size()));
  if (entry->sealed().has_bytes_max() && entry->sealed().bytes_max() < text.size()) {
    text.resize(entry->sealed().bytes_max());
  }
  entry->set_payload(std::move(text));
  entry->clear_sealed();
  return Status();
}

}  // namespace

// Frame zero, and what is redacted, has no payload.
size_t CapabilitiesIn(const proto::UploadRequest& upload) {
  size_t count = 0;
  for (const proto::ContainerUpdate& update : upload.updates()) {
    if (update.container() != kCapabilityCatalog) continue;
    for (const proto::Envelope& entry : update.envelopes()) count += !entry.payload().empty();
  }
  return count;
}

bool HoldsSealed(const proto::DownloadResponse& download) {
  for (const proto::DownloadUpdate& update : download.updates()) {
    if (update.container() != kCapabilityCatalog) continue;
    for (const proto::StoredEnvelope& entry : update.envelopes()) {
      if (entry.has_sealed()) return true;
    }
  }
  return false;
}

Status SealCapabilities(SealKeys service, crypto::RandomSource& random,
                        proto::UploadRequest* upload) {
  if (CapabilitiesIn(*upload) > kCapabilitiesPerUploadMax) {
    return Status(Code::kResourceExhausted, "an Upload has at most " +
                                                std::to_string(kCapabilitiesPerUploadMax) +
                                                " entries of mmm_Capability");
  }
  for (proto::ContainerUpdate& update : *upload->mutable_updates()) {
    if (update.container() != kCapabilityCatalog) continue;
    for (proto::Envelope& entry : *update.mutable_envelopes()) {
      if (!entry.payload().empty()) MESH_RETURN_IF_ERROR(SealEntry(service, random, &entry));
    }
  }
  return Status();
}

Status OpenCapabilities(SealKeys service, proto::DownloadResponse* download) {
  for (proto::DownloadUpdate& update : *download->mutable_updates()) {
    for (proto::StoredEnvelope& entry : *update.mutable_envelopes()) {
      if (entry.has_sealed()) MESH_RETURN_IF_ERROR(OpenEntry(service, &entry));
    }
  }
  return Status();
}

Result<KeyShare> OpenShare(SealKeys service, const proto::StoredEnvelope& entry) {
  const auto lost = [](const Status& status) { return Status(Code::kDataLoss, status.message()); };
  const Result<dare::HeaderFields> header = ReadHeader(entry.header());
  if (!header.ok()) return lost(header.status());
  const Result<SecretText> payload = entry.has_sealed()
                                         ? OpenPayload(entry.payload(), service)
                                         : ReadPayload(*header, entry.payload(), service);
  if (!payload.ok()) return lost(payload.status());
  const Result<Capability> capability = ParseCatalogedCapability(payload->text());
  if (!capability.ok()) return lost(capability.status());
  Result<KeyShare> share = ShareOf(*capability, service);
  if (!share.ok()) return lost(share.status());
  return share;
}

}  // namespace mesh::frontend
