#include "bench/load/carrier.h"

#include <algorithm>
#include <utility>

#include "common/binding/sealed_text.h"
#include "common/client/codec.h"
#include "common/crypto/random.h"
#include "common/crypto/signature.h"
#include "common/mesh/container_name.h"

namespace mesh::load {
namespace {

using binding::Encoding;
using binding::Mode;

constexpr int kUnauthorized = 401;
// Half of the time for which a service takes a sealed request.
constexpr std::chrono::milliseconds kExchangeAge{binding::kTimeWindow / 2};

std::string NewRequestId() { return crypto::RandomBytes(binding::kRequestIdBytes); }

}  // namespace

bool HasDevice(const client::StatusReply& reply) {
  return std::any_of(reply.containers.begin(), reply.containers.end(), [](const auto& state) {
    return state.container == kDeviceCatalog && state.frames > 1;
  });
}

Carrier::Carrier(const Options& options, const Person& person, const Clock& clock)
    : options_(options), person_(person), clock_(clock) {}

bool Carrier::HasTicket(const std::string& address) const {
  if (!options_.authenticate) return true;
  const auto it = sessions_.find(address);
  return it != sessions_.end() && it->second.Good(service_.udf, clock_.WallNow());
}

// --- Out -----------------------------------------------------------------------------

std::string Carrier::Post(std::string_view account, std::string_view media_type,
                          std::string_view body) const {
  std::string octets;
  octets.reserve(256 + body.size());
  octets.append("POST /.well-known/mmm HTTP/1.1\r\nHost: ").append(options_.domain);
  octets.append("\r\nContent-Type: ").append(media_type).append("\r\n");
  if (!account.empty()) octets.append("X-Mesh-Account: ").append(account).append("\r\n");
  octets.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  octets.append(body);
  return octets;
}

std::string Carrier::PostBare(std::string_view address, std::string_view message) const {
  return Post(address, binding::MediaType(Encoding::kJson), message);
}

std::string Carrier::PostSealed(std::string_view body) const {
  return Post({}, binding::MediaType(options_.encoding), body);
}

Sent Carrier::Hello(std::string_view message) const {
  Sent sent;
  if (!options_.authenticate) {
    sent.octets = PostBare({}, message);
    return sent;
  }
  std::string body;
  binding::AppendWireEnvelope(Encoding::kJson, binding::WriteWireHeader(Encoding::kJson, {}),
                              message, body);
  sent.octets = PostBare({}, body);
  return sent;
}

Result<Sent> Carrier::AsDevice(const std::string& address, std::string_view message) const {
  Sent sent;
  if (!options_.authenticate) {
    sent.octets = PostBare(address, message);
    return sent;
  }
  binding::RequestExtra extra;
  extra.profile_device = person_.profile_device();
  const std::string id = NewRequestId();
  const std::string shown = binding::WriteRequestExtra(options_.encoding, extra);
  MESH_ASSIGN(sent.sealed, client::SealedRequest::InExchange(
                               options_.encoding, Mode::kDevice, service_.udf, *service_.host,
                               person_.authentication(), {id, clock_.WallNow(), shown, message},
                               crypto::SystemRandom()));
  sent.octets = PostSealed(sent.sealed->body());
  return sent;
}

Result<Sent> Carrier::Exchange(std::string_view hello) {
  if (exchange_.empty() || clock_.Now() - exchange_made_ > kExchangeAge) {
    MESH_ASSIGN(const Sent made, AsDevice({}, hello));
    exchange_ = made.octets;
    exchange_made_ = clock_.Now();
  }
  return Sent{exchange_, std::nullopt, false};
}

Result<Sent> Carrier::InExchange(const std::string& address, std::string_view message) const {
  const std::string id = NewRequestId();
  binding::SealedText text{id, clock_.WallNow(), {}, message};
  binding::RequestExtra extra;
  extra.account = address;
  MESH_ASSIGN(extra.profile_account, person_.ProfileAccount(address));
  extra.connection_account = person_.connection();
  MESH_ASSIGN(
      std::string signature,
      crypto::Sign(person_.online(), binding::AdministratorDigest(service_.udf, address, text)));
  extra.administrator = {person_.online().public_key(), std::move(signature)};
  const std::string shown = binding::WriteRequestExtra(options_.encoding, extra);
  text.extra = shown;
  Sent sent;
  MESH_ASSIGN(sent.sealed, client::SealedRequest::InExchange(
                               options_.encoding, Mode::kProfile, service_.udf, *service_.host,
                               person_.authentication(), text, crypto::SystemRandom()));
  sent.octets = PostSealed(sent.sealed->body());
  sent.admits = true;
  return sent;
}

Sent Carrier::Carry(const std::string& address, std::string_view message) const {
  Sent sent;
  if (!options_.authenticate) {
    sent.octets = PostBare(address, message);
    return sent;
  }
  const std::string id = NewRequestId();
  sent.sealed = client::SealedRequest::UnderTicket(options_.encoding, sessions_.at(address),
                                                   {id, clock_.WallNow(), {}, message},
                                                   crypto::SystemRandom());
  sent.octets = PostSealed(sent.sealed->body());
  return sent;
}

// --- Back ----------------------------------------------------------------------------

Result<std::string_view> Carrier::Open(const std::string& address, Sent& sent,
                                       std::string_view body, std::string* storage) {
  if (!sent.sealed) return body;
  MESH_ASSIGN(client::OpenedReply reply, sent.sealed->Open(body));
  *storage = std::move(reply.message);
  if (!reply.sealed) {
    const Result<client::Outcome> outcome = client::DecodeOutcome(*storage, options_.form());
    if (!outcome.ok() || outcome->success()) {
      return Status(Code::kDataLoss, "a success that is not sealed");
    }
    if (outcome->status == kUnauthorized) sessions_.erase(address);
  }
  if (sent.admits && !reply.extra.ticket.empty()) {
    client::CachedSession& session = sessions_[address];
    session.service_udf = service_.udf;
    session.ticket = std::move(reply.extra.ticket);
    session.master_key = std::move(reply.extra.master_key);
    session.not_on_or_after = reply.extra.not_on_or_after;
  }
  return std::string_view(*storage);
}

Result<std::string_view> Carrier::OpenHello(std::string_view body, std::string* storage) {
  if (!options_.authenticate) return body;
  MESH_ASSIGN(binding::WireEnvelope envelope, binding::ParseWireEnvelope(Encoding::kJson, body));
  *storage = std::move(envelope.payload);
  if (service_.host) return std::string_view(*storage);
  client::HelloReply hello;
  MESH_ASSIGN(const client::Outcome outcome, client::DecodeHello(*storage, &hello));
  if (outcome.success()) {
    MESH_RETURN_IF_ERROR(client::LearnService(hello, clock_.WallNow(), &service_));
  }
  return std::string_view(*storage);
}

}  // namespace mesh::load
