// A client that seals requests as docs/AUTHENTICATION.md says, and as it does not: every part
// can be changed before it is sent.

#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/binding/noise.h"
#include "common/binding/sealed_text.h"
#include "common/binding/ticket_seal.h"
#include "common/binding/wire_envelope.h"
#include "common/crypto/signature.h"
#include "tests/support/front_end.h"
#include "tests/support/mesh_json.h"

namespace mesh::frontend {

// An answer, opened.
struct SealedReply {
  int status = 0;  // HTTP's.
  binding::Mode mode = binding::Mode::kNull;
  std::string message;
  std::string request_id;  // As all below: of a sealed answer only.
  WallMillis time = 0;
  binding::ReplyExtra extra;

  bool sealed() const { return mode != binding::Mode::kNull; }
};

// What a device has: keys, its own profile, and a connection to an account.
class TestDevice {
 public:
  TestDevice() : TestDevice(crypto::PrivateKey::Generate(crypto::Curve::kX448)) {}
  explicit TestDevice(crypto::PrivateKey authentication) : key(std::move(authentication)) {}

  dare::Envelope ProfileDevice() const { return ProfileDevice(signature); }
  dare::Envelope ProfileDevice(const crypto::PrivateKey& signer) const {
    Profile profile;
    profile.kind = ProfileKind::kDevice;
    profile.key_offline_signature = MakeKeyData(signature.public_key());
    profile.key_encryption = MakeKeyData(key.public_key());
    profile.key_authentication = MakeKeyData(key.public_key());
    return *SignProfile(profile, signer);
  }
  dare::Envelope ProfileAccount(const char* address = "alice@example.com") const {
    return *dare::ParseEnvelope(account.ProfileAccount(address, account.mesh_online));
  }
  dare::Envelope ConnectionAccount() const { return ConnectionAccount(account.account_online); }
  dare::Envelope ConnectionAccount(const crypto::PrivateKey& signer) const {
    Connection connection;
    connection.key_signature = MakeKeyData(signature.public_key());
    connection.key_encryption = MakeKeyData(key.public_key());
    connection.key_authentication = MakeKeyData(key.public_key());
    return *SignConnection(connection, signer);
  }

  binding::RequestExtra DeviceExtra() const {
    binding::RequestExtra extra;
    extra.profile_device = ProfileDevice();
    return extra;
  }
  binding::RequestExtra ProfileExtra() const {
    binding::RequestExtra extra;
    extra.account = "alice@example.com";
    extra.profile_account = ProfileAccount();
    extra.connection_account = ConnectionAccount();
    return extra;
  }
  std::string udf() const { return crypto::KeyFingerprint(key.public_key()); }

  crypto::PrivateKey key;  // X448.
  crypto::PrivateKey signature = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  testing::AccountMaker account;
};

// The message and what stands before it in the seal.
struct Sealed {
  std::string request_id = std::string(binding::kRequestIdBytes, 'r');
  WallMillis time = 0;
  std::string extra;
  std::string message = R"({"Status":{}})";

  std::string Text() const {
    std::string text;
    binding::AppendSealedText({request_id, time, extra, message}, text);
    return text;
  }
};

inline SealedReply ReadText(SealedReply reply, binding::Encoding encoding,
                            const std::string& text) {
  const auto parsed = *binding::ParseSealedText(text);
  reply.request_id = parsed.request_id;
  reply.time = parsed.time;
  reply.message = parsed.message;
  reply.extra = *binding::ParseReplyExtra(encoding, parsed.extra);
  return reply;
}

// One exchange.
class TestExchange {
 public:
  TestExchange(const ServiceWorld& world, binding::Mode its_mode, const TestDevice& device)
      : mode(its_mode), key(&device.key), host(world.host_keys.front().public_key()) {
    service_udf = world.service_udf;
    sealed.time = world.clock.WallNow();
    kid = crypto::KeyFingerprint(host);
    extra = its_mode == binding::Mode::kDevice ? device.DeviceExtra() : device.ProfileExtra();
  }

  std::string Header() const {
    binding::WireHeader header;
    header.mode = mode;
    header.host_key = kid;
    return binding::WriteWireHeader(encoding, header);
  }
  // Message 1 for that header.
  std::string First(const std::string& header) {
    initiator_ = std::make_unique<binding::NoiseInitiator>(
        binding::BindingOctets(mode, service_udf, encoding, header), *key, host.coordinate());
    if (sealed.extra.empty()) sealed.extra = binding::WriteRequestExtra(encoding, extra);
    return *initiator_->WriteFirst(text.empty() ? sealed.Text() : text, crypto::SystemRandom());
  }
  std::string Body() {
    const std::string header = Header();
    return BodyOf(header, First(header));
  }
  std::string BodyOf(const std::string& header, const std::string& payload) const {
    std::string body;
    binding::AppendWireEnvelope(encoding, header, payload, body);
    return body;
  }

  // Aborts the test program when a sealed answer does not open: that is the service's mistake.
  SealedReply Read(const http::Response& response) {
    SealedReply reply;
    reply.status = response.status;
    const auto envelope = *binding::ParseWireEnvelope(encoding, response.body);
    reply.mode = envelope.header.mode;
    reply.message = envelope.payload;
    if (!reply.sealed()) return reply;
    return ReadText(std::move(reply), encoding, *initiator_->ReadSecond(envelope.payload));
  }

  binding::Mode mode;
  binding::Encoding encoding = binding::Encoding::kJson;
  const crypto::PrivateKey* key;
  crypto::PublicKey host;
  std::string kid;
  std::string service_udf;
  binding::RequestExtra extra;
  Sealed sealed;
  std::string text;  // Instead of `sealed`, when it is not empty.

 private:
  std::unique_ptr<binding::NoiseInitiator> initiator_;
};

// One request under a ticket.
class TestTicketed {
 public:
  TestTicketed(const ServiceWorld& world, const binding::ReplyExtra& given)
      : ticket(given.ticket), master_key(given.master_key), service_udf(world.service_udf) {
    sealed.time = world.clock.WallNow();
  }

  std::string Header() const {
    binding::WireHeader header;
    header.mode = binding::Mode::kTicket;
    header.ticket = ticket;
    header.salt = salt;
    return binding::WriteWireHeader(encoding, header);
  }
  std::string Payload(const std::string& header) const {
    return binding::SealRequest(
        master_key, salt,
        binding::BindingOctets(binding::Mode::kTicket, service_udf, encoding, header),
        sealed.Text());
  }
  std::string Body() const {
    const std::string header = Header();
    return BodyOf(header, Payload(header));
  }
  std::string BodyOf(const std::string& header, const std::string& payload) const {
    std::string body;
    binding::AppendWireEnvelope(encoding, header, payload, body);
    return body;
  }

  // kUnauthenticated when a sealed answer is not one to this request.
  Result<SealedReply> TryRead(const http::Response& response) const {
    SealedReply reply;
    reply.status = response.status;
    MESH_ASSIGN(const auto envelope, binding::ParseWireEnvelope(encoding, response.body));
    reply.mode = envelope.header.mode;
    reply.message = envelope.payload;
    if (!reply.sealed()) return reply;
    MESH_ASSIGN(const std::string text,
                binding::OpenReply(master_key, salt, envelope.header.salt,
                                   binding::BindingOctets(binding::Mode::kTicket, service_udf,
                                                          encoding, envelope.header_octets),
                                   envelope.payload));
    return ReadText(std::move(reply), encoding, text);
  }
  SealedReply Read(const http::Response& response) const { return *TryRead(response); }

  binding::Encoding encoding = binding::Encoding::kJson;
  std::string ticket;
  std::string master_key;
  std::string salt = crypto::RandomBytes(binding::kSaltBytes);
  std::string service_udf;
  Sealed sealed;
};

// Signs `sealed` for the account as an administrator with `key`.
inline binding::AdministratorSignature Administer(const ServiceWorld& world, const Sealed& sealed,
                                                  const char* account,
                                                  const crypto::PrivateKey& key) {
  const std::string digest = binding::AdministratorDigest(
      world.service_udf, account, {sealed.request_id, sealed.time, {}, sealed.message});
  return {key.public_key(), *crypto::Sign(key, digest)};
}

}  // namespace mesh::frontend
