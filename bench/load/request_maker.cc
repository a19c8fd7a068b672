#include "bench/load/request_maker.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/client/codec.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/encoding/base64url.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/key_data.h"

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

Result<RequestMaker> RequestMaker::Make(const Options& options) {
  RequestMaker maker(options, crypto::PrivateKey::Generate(crypto::Curve::kEd448),
                     crypto::PrivateKey::Generate(crypto::Curve::kEd448),
                     crypto::PrivateKey::Generate(crypto::Curve::kX448));
  Profile mesh;
  mesh.kind = ProfileKind::kMesh;
  mesh.key_offline_signature = MakeKeyData(maker.offline_.public_key());
  mesh.keys_online_signature = {MakeKeyData(maker.online_.public_key())};
  mesh.key_encryption = MakeKeyData(maker.agreement_.public_key());
  MESH_ASSIGN(maker.profile_mesh_, SignProfile(mesh, maker.offline_));
  return maker;
}

RequestMaker::RequestMaker(const Options& options, crypto::PrivateKey offline,
                           crypto::PrivateKey online, crypto::PrivateKey agreement)
    : options_(&options),
      offline_(std::move(offline)),
      online_(std::move(online)),
      agreement_(std::move(agreement)),
      run_(ToHex(crypto::RandomBytes(8))) {}

std::string RequestMaker::AccountAddress(size_t number) const {
  return options_->account_prefix + "-" + std::to_string(number) + "@" + options_->domain;
}

std::string RequestMaker::NewAccountAddress() {
  return options_->account_prefix + "-" + run_ + "-" + std::to_string(new_accounts_++) + "@" +
         options_->domain;
}

std::string RequestMaker::Wrap(std::string_view address, std::string_view payload) const {
  std::string octets;
  octets.reserve(256 + payload.size());
  octets.append("POST /.well-known/mmm HTTP/1.1\r\nHost: ").append(options_->domain);
  octets.append("\r\nContent-Type: application/json\r\n");
  if (!address.empty()) octets.append("X-Mesh-Account: ").append(address).append("\r\n");
  octets.append("Content-Length: ").append(std::to_string(payload.size())).append("\r\n\r\n");
  octets.append(payload);
  return octets;
}

Made RequestMaker::Hello() const { return {Wrap({}, client::EncodeHello()), {}}; }

Result<Made> RequestMaker::CreateAccount(const std::string& address) const {
  Profile account;
  account.kind = ProfileKind::kAccount;
  account.key_offline_signature = MakeKeyData(offline_.public_key());
  account.keys_online_signature = {MakeKeyData(online_.public_key())};
  account.key_encryption = MakeKeyData(agreement_.public_key());
  account.key_authentication = account.key_encryption;
  account.account_addresses = {address};
  account.mesh_profile_udf = account.key_offline_signature.udf;
  client::CreateRequest request{address, profile_mesh_, {}};
  MESH_ASSIGN(request.profile_account, SignProfile(account, online_));
  return Made{Wrap(address, client::EncodeCreateAccount(request)), {}};
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
  AppendFiller(entries_, options_->payload_bytes, &envelope.payload);
  const crypto::Digest512 payload_digest = crypto::Sha512(envelope.payload);
  *digest = Base64UrlEncode(payload_digest);
  json::Writer(envelope.trailer).BeginObject().Member("PayloadDigest").String(*digest).EndObject();
  return envelope;
}

Made RequestMaker::Upload(const std::string& address) {
  Made made;
  client::UploadRequest request;
  client::ContainerUpdate& update = request.updates.emplace_back();
  update.container = options_->container;
  for (size_t i = 0; i < options_->entries_per_upload; ++i) {
    update.envelopes.push_back(NextEntry(&made.digests.emplace_back()));
  }
  made.octets = Wrap(address, client::EncodeUpload(request));
  return made;
}

Made RequestMaker::Status(const std::string& address) const {
  return {Wrap(address, client::EncodeStatus({})), {}};
}

Made RequestMaker::Download(const std::string& address, const std::string& container, int64_t first,
                            int64_t last) const {
  client::DownloadRequest request;
  client::Selection& selection = request.select.emplace_back();
  selection.container = container;
  selection.index_min = first;
  selection.index_max = last;
  return {Wrap(address, client::EncodeDownload(request)), {}};
}

}  // namespace mesh::load
