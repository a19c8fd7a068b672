#include "frontend/service/ticketed_request.h"

#include <array>
#include <string>
#include <utility>

#include "common/binding/ticket_seal.h"
#include "proto/ticket.pb.h"

namespace mesh::frontend {
namespace {

using binding::Mode;

using Salt = std::array<uint8_t, binding::kSaltBytes>;

std::string_view View(const Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

class TicketedRequest final : public SealedRequest {
 public:
  TicketedRequest(EnvelopeContext& context, binding::Encoding encoding,
                  std::shared_ptr<const ServiceKeys> keys, std::string text,
                  binding::TicketSeals seals, const Salt& reply_salt,
                  std::shared_ptr<const TicketContent> ticket, binding::TicketReplies& replies)
      : SealedRequest(context, Mode::kTicket, encoding, std::move(keys), std::move(text)),
        seals_(std::move(seals)),
        reply_salt_(reply_salt),
        ticket_(std::move(ticket)),
        replies_(replies) {
    if (!parsed().extra.empty()) ReadExtra(parsed().extra);
  }

  size_t reply_headroom() const override { return binding::kSealedHeadBytes; }

  http::Response Seal(int status, std::string* message, uint64_t /*incarnation*/) override {
    const std::string_view header = replies_.Header(View(reply_salt_));
    binding::PutSealedHead(parsed().request_id, context_.clock.WallNow(), message);
    seals_.SealReply(replies_.Binding(service_udf(), header), message);
    return Respond(status, header, *message);
  }

 private:
  // Only an administrator has more to say.
  void ReadExtra(std::string_view octets) {
    Result<binding::RequestExtra> extra = binding::ParseRequestExtra(encoding_, octets);
    if (extra.ok()) return SetAdministrator(std::move(extra->administrator));
    SetFailure({kMalformed, extra.status().message()});
  }

  proto::Caller::Mode caller_mode() const override { return ticket_->get().mode(); }
  void FillCaller(proto::Caller* caller) const override {
    const proto::Ticket& ticket = ticket_->get();
    caller->set_mode(ticket.mode());
    caller->set_account(ticket.account());
    caller->set_incarnation(ticket.incarnation());
    caller->set_device_udf(ticket.device_udf());
    caller->set_connection_digest(ticket.connection_digest());
    // What a member of an account has not: protobuf would allocate for it.
    if (ticket.mode() == proto::Caller::PROFILE) return;
    caller->set_profile_device_udf(ticket.profile_device_udf());
    caller->set_domain(ticket.domain());
  }

  const binding::TicketSeals seals_;
  const Salt reply_salt_;
  const std::shared_ptr<const TicketContent> ticket_;
  binding::TicketReplies& replies_;  // Of the loop.
};

EnvelopeFault TicketFault(const Status& status) {
  const bool key = status.code() == Code::kNotFound;
  return {key ? Distrust::kTicketKey : Distrust::kTicket, kTicketUnknown, status.message()};
}

}  // namespace

std::unique_ptr<OpenedRequest> TicketOpener::Open(binding::Encoding encoding,
                                                  binding::WireEnvelope envelope) {
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
  Salt reply_salt;
  context_.salts.Fill(reply_salt);
  binding::TicketSeals seals((*ticket)->master_key(), envelope.header.salt, View(reply_salt));
  binding::TicketReplies& replies = replies_[encoding == binding::Encoding::kJson ? 0 : 1];
  const Status opened = seals.OpenRequest(
      replies.Binding(keys->service_udf, envelope.header_octets), &envelope.payload);
  if (!opened.ok()) return refuse({Distrust::kSeal, kUnauthenticatedCaller, opened.message()});
  const Result<binding::SealedText> parsed = binding::ParseSealedText(envelope.payload);
  if (!parsed.ok()) {
    return refuse({Distrust::kEnvelope, kMalformed, parsed.status().message()});
  }
  return std::make_unique<TicketedRequest>(context_, encoding, keys, std::move(envelope.payload),
                                           std::move(seals), reply_salt, *std::move(ticket),
                                           replies);
}

}  // namespace mesh::frontend
