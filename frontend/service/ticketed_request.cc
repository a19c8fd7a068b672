#include "frontend/service/ticketed_request.h"

#include <string>
#include <utility>

#include "common/binding/ticket_seal.h"
#include "proto/ticket.pb.h"

namespace mesh::frontend {
namespace {

using binding::Mode;

class TicketedRequest final : public SealedRequest {
 public:
  TicketedRequest(EnvelopeContext& context, binding::Encoding encoding,
                  std::shared_ptr<const ServiceKeys> keys, std::string text,
                  binding::TicketSeals seals, std::string reply_salt,
                  std::shared_ptr<const TicketContent> ticket)
      : SealedRequest(context, Mode::kTicket, encoding, std::move(keys), std::move(text)),
        seals_(std::move(seals)),
        reply_salt_(std::move(reply_salt)),
        ticket_(std::move(ticket)) {
    if (!parsed().extra.empty()) ReadExtra(parsed().extra);
  }

  http::Response Seal(int status, std::string message, uint64_t /*incarnation*/) override {
    binding::WireHeader header;
    header.mode = Mode::kTicket;
    header.salt = std::move(reply_salt_);
    const std::string octets = binding::WriteWireHeader(encoding_, header);
    const std::string binding =
        binding::BindingOctets(Mode::kTicket, service_udf(), encoding_, octets);
    return Respond(status, octets, seals_.SealReply(binding, ReplyText({}, std::move(message))));
  }

 private:
  // Only an administrator has more to say.
  void ReadExtra(std::string_view octets) {
    Result<binding::RequestExtra> extra = binding::ParseRequestExtra(encoding_, octets);
    if (extra.ok()) return SetAdministrator(std::move(extra->administrator));
    SetFailure({kMalformed, extra.status().message()});
  }

  void FillCaller(proto::Caller* caller) const override {
    const proto::Ticket& ticket = ticket_->get();
    caller->set_mode(ticket.mode());
    caller->set_account(ticket.account());
    caller->set_incarnation(ticket.incarnation());
    caller->set_device_udf(ticket.device_udf());
    caller->set_profile_device_udf(ticket.profile_device_udf());
    caller->set_domain(ticket.domain());
    caller->set_connection_digest(ticket.connection_digest());
  }

  const binding::TicketSeals seals_;
  std::string reply_salt_;
  const std::shared_ptr<const TicketContent> ticket_;
};

EnvelopeFault TicketFault(const Status& status) {
  const bool key = status.code() == Code::kNotFound;
  return {key ? Distrust::kTicketKey : Distrust::kTicket, kTicketUnknown, status.message()};
}

}  // namespace

std::unique_ptr<OpenedRequest> TicketOpener::Open(binding::Encoding encoding,
                                                  const binding::WireEnvelope& envelope) {
  const auto refuse = [&](EnvelopeFault fault) {
    return MakeRefusedRequest(context_, Mode::kTicket, encoding, std::move(fault));
  };
  const std::shared_ptr<const ServiceKeys>& keys = keys_.current();
  Result<std::shared_ptr<const TicketContent>> ticket =
      cache_.Open(keyring_.current(), keys->service_udf, envelope.header.ticket);
  if (!ticket.ok()) return refuse(TicketFault(ticket.status()));
  if ((*ticket)->expires() <= context_.clock.WallNow()) {
    return refuse({Distrust::kTicketExpired, kTicketExpired, "make a new exchange"});
  }
  // Both directions' keys come out of one derivation, so the reply's salt is chosen now.
  std::string reply_salt = crypto::RandomBytes(binding::kSaltBytes, context_.salts);
  binding::TicketSeals seals((*ticket)->master_key(), envelope.header.salt, reply_salt);
  Result<std::string> opened = seals.OpenRequest(
      binding::BindingOctets(Mode::kTicket, keys->service_udf, encoding, envelope.header_octets),
      envelope.payload);
  if (!opened.ok()) {
    return refuse({Distrust::kSeal, kUnauthenticatedCaller, opened.status().message()});
  }
  const Result<binding::SealedText> parsed = binding::ParseSealedText(*opened);
  if (!parsed.ok()) {
    return refuse({Distrust::kEnvelope, kMalformed, parsed.status().message()});
  }
  return std::make_unique<TicketedRequest>(context_, encoding, keys, *std::move(opened),
                                           std::move(seals), std::move(reply_salt),
                                           *std::move(ticket));
}

}  // namespace mesh::frontend
