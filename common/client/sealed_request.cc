#include "common/client/sealed_request.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/binding/ticket_seal.h"

namespace mesh::client {
namespace {

using binding::Encoding;
using binding::Mode;

std::string SealedOctets(const binding::SealedText& text) {
  std::string octets;
  octets.reserve(text.request_id.size() + text.extra.size() + text.message.size() + 16);
  binding::AppendSealedText(text, octets);
  return octets;
}

Status NotItsReply(const std::string& why) {
  return Status(Code::kDataLoss, "what came back is not the service's reply: " + why);
}

}  // namespace

SealedRequest::SealedRequest(Encoding encoding, Mode mode, std::string_view service_udf,
                             std::string_view request_id)
    : encoding_(encoding), mode_(mode), service_udf_(service_udf), request_id_(request_id) {}

SealedRequest::~SealedRequest() { Wipe(master_key_); }

SealedRequest SealedRequest::UnderTicket(Encoding encoding, const CachedSession& session,
                                         const binding::SealedText& text,
                                         crypto::RandomSource& random) {
  SealedRequest request(encoding, Mode::kTicket, session.service_udf, text.request_id);
  request.master_key_ = session.master_key;
  request.salt_ = crypto::RandomBytes(binding::kSaltBytes, random);
  binding::WireHeader header;
  header.mode = Mode::kTicket;
  header.ticket = session.ticket;
  header.salt = request.salt_;
  const std::string header_octets = binding::WriteWireHeader(encoding, header);
  const std::string bound =
      binding::BindingOctets(Mode::kTicket, session.service_udf, encoding, header_octets);
  const std::string payload =
      binding::SealRequest(session.master_key, request.salt_, bound, SealedOctets(text));
  binding::AppendWireEnvelope(encoding, header_octets, payload, request.body_);
  return request;
}

Result<SealedRequest> SealedRequest::InExchange(Encoding encoding, Mode mode,
                                                std::string_view service_udf, const HostKey& host,
                                                const crypto::PrivateKey& key,
                                                const binding::SealedText& text,
                                                crypto::RandomSource& random) {
  SealedRequest request(encoding, mode, service_udf, text.request_id);
  binding::WireHeader header;
  header.mode = mode;
  header.host_key = host.key.udf;
  const std::string header_octets = binding::WriteWireHeader(encoding, header);
  const std::string bound = binding::BindingOctets(mode, service_udf, encoding, header_octets);
  request.noise_ = std::make_unique<binding::NoiseInitiator>(bound, key, host.key.key.coordinate());
  MESH_ASSIGN(const std::string payload, request.noise_->WriteFirst(SealedOctets(text), random));
  binding::AppendWireEnvelope(encoding, header_octets, payload, request.body_);
  return request;
}

Result<std::string> SealedRequest::OpenPayload(const binding::WireEnvelope& envelope) {
  if (noise_ != nullptr) return noise_->ReadSecond(envelope.payload);
  const std::string bound =
      binding::BindingOctets(mode_, service_udf_, encoding_, envelope.header_octets);
  return binding::OpenReply(master_key_, salt_, envelope.header.salt, bound, envelope.payload);
}

Result<OpenedReply> SealedRequest::Open(std::string_view body) {
  const Result<binding::WireEnvelope> envelope = binding::ParseWireEnvelope(encoding_, body);
  if (!envelope.ok()) return envelope.status();
  OpenedReply reply;
  if (envelope->header.mode == Mode::kNull) {
    reply.message = envelope->payload;
    return reply;
  }
  if (envelope->header.mode != mode_) return NotItsReply("it is in another mode");
  const Result<std::string> octets = OpenPayload(*envelope);
  if (!octets.ok()) return NotItsReply("its seal does not hold");
  const Result<binding::SealedText> text = binding::ParseSealedText(*octets);
  if (!text.ok()) return NotItsReply(text.status().message());
  if (text->request_id != request_id_) return NotItsReply("it answers another request");
  Result<binding::ReplyExtra> extra = binding::ParseReplyExtra(encoding_, text->extra);
  if (!extra.ok()) return NotItsReply(extra.status().message());
  reply.sealed = true;
  reply.message = text->message;
  reply.time = text->time;
  reply.extra = *std::move(extra);
  return reply;
}

}  // namespace mesh::client
