#include "frontend/service/enveloped_form.h"

#include <optional>
#include <utility>

#include "frontend/service/exchange.h"
#include "frontend/service/ticketed_request.h"

namespace mesh::frontend {
namespace {

using binding::Encoding;
using binding::Mode;

Encoding EncodingOf(const http::Request& http) {
  return binding::EncodingOf(MediaTypeOf(http.content_type)).value_or(Encoding::kJson);
}

class EnvelopedForm final : public RequestForm {
 public:
  EnvelopedForm(EnvelopeContext& context, PeerDirectory* peers)
      : context_(context), exchanges_(context, peers), tickets_(context) {}

  // In JSON an array that begins with an object; in JSON-B there are no other requests.
  bool Matches(const http::Request& http) const override {
    const std::optional<Encoding> encoding = binding::EncodingOf(MediaTypeOf(http.content_type));
    if (encoding == Encoding::kJsonB) return true;
    if (!encoding && !http.content_type.empty()) return false;
    const std::string_view body = WithoutSpace(http.body);
    return body.starts_with('[') && WithoutSpace(body.substr(1)).starts_with('{');
  }

  void Open(const http::Request& http, Deadline deadline, Then then) override {
    const Encoding encoding = EncodingOf(http);
    Result<binding::WireEnvelope> envelope = binding::ParseWireEnvelope(encoding, http.body);
    if (!envelope.ok()) {
      return then(
          MakeRefusedRequest(context_, Mode::kNull, encoding,
                             {Distrust::kEnvelope, kMalformed, envelope.status().message()}));
    }
    switch (envelope->header.mode) {
      case Mode::kNull:
        return then(MakeNullRequest(context_, encoding, std::move(envelope->payload)));
      case Mode::kTicket:
        return then(tickets_.Open(encoding, *std::move(envelope)));
      default:
        return exchanges_.Open(encoding, *envelope, deadline, then);
    }
  }

  std::unique_ptr<OpenedRequest> Refuse(const http::Request& http,
                                        RequestFailure failure) override {
    return MakeRefusedRequest(context_, Mode::kNull, EncodingOf(http),
                              {std::nullopt, failure.code, std::move(failure.detail)});
  }

 private:
  EnvelopeContext& context_;
  ExchangeOpener exchanges_;
  TicketOpener tickets_;
};

}  // namespace

std::unique_ptr<RequestForm> MakeEnvelopedForm(EnvelopeContext& context, PeerDirectory* peers) {
  return std::make_unique<EnvelopedForm>(context, peers);
}

}  // namespace mesh::frontend
