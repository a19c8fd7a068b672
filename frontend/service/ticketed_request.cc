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
                  std::shared_ptr<const ServiceKeys> keys, std::unique_ptr<std::string> text,
                  const binding::SealedText& parsed, std::string salt,
                  std::shared_ptr<const TicketContent> ticket)
      : SealedRequest(context, Mode::kTicket, encoding, std::move(keys), std::move(text), parsed),
        salt_(std::move(salt)),
        ticket_(std::move(ticket)) {
    if (!parsed.extra.empty()) ReadExtra(parsed.extra);
  }

  http::Response Seal(int status, std::string message, const OwnersWord& word) override {
    if (word.unauthenticated) distrust_ = Distrust::kNotInAccount;
    binding::WireHeader header;
    header.mode = Mode::kTicket;
    header.salt = crypto::RandomBytes(binding::kSaltBytes, context_.random);
    const std::string octets = binding::WriteWireHeader(encoding_, header);
    const std::string payload =
        binding::SealReply(ticket_->master_key(), salt_, header.salt,
                           binding::BindingOctets(Mode::kTicket, service_udf(), encoding_, octets),
                           ReplyText({}, message));
    return Respond(status, octets, payload);
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

  const std::string salt_;  // The request's.
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
  Result<std::string> opened = binding::OpenRequest(
      (*ticket)->master_key(), envelope.header.salt,
      binding::BindingOctets(Mode::kTicket, keys->service_udf, encoding, envelope.header_octets),
      envelope.payload);
  if (!opened.ok()) {
    return refuse({Distrust::kSeal, kUnauthenticatedCaller, opened.status().message()});
  }
  auto text = std::make_unique<std::string>(*std::move(opened));
  const Result<binding::SealedText> parsed = binding::ParseSealedText(*text);
  if (!parsed.ok()) {
    return refuse({Distrust::kEnvelope, kMalformed, parsed.status().message()});
  }
  return std::make_unique<TicketedRequest>(context_, encoding, keys, std::move(text), *parsed,
                                           envelope.header.salt, *std::move(ticket));
}

}  // namespace mesh::frontend
