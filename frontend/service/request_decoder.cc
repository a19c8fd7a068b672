#include "frontend/service/request_decoder.h"

#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kJsonB = "application/json-b";

// The media type without its parameters.
std::string_view MediaType(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && kSpace.find(type.back()) != kSpace.npos) type.remove_suffix(1);
  return type;
}

// The body from its first character that is not white space.
std::string_view Begin(std::string_view body) {
  const size_t first = body.find_first_not_of(kSpace);
  return first == body.npos ? std::string_view() : body.substr(first);
}

class BareForm final : public RequestForm {
 public:
  explicit BareForm(const ServiceOptions& options)
      : authenticator_(options.reference_compatibility) {
    decode_.strict = !options.reference_compatibility;
    decode_.only_hello = !options.reference_compatibility;
    decode_.message_bytes_max = options.message_bytes_max;
  }

  bool Matches(const http::Request& http) const override {
    return http.content_type.empty() || http::EqualsIgnoreCase(MediaType(http.content_type), kJson);
  }

  bool Open(const http::Request& http, IncomingRequest* incoming,
            RequestFailure* failure) const override {
    DecodeFailure why;
    if (!DecodeRequest(http.body, decode_, &incoming->decoded, &why)) {
      *failure = {DecodeResultCode(why.status.code()), why.status.message(), why.transaction_known,
                  why.transaction};
      return false;
    }
    Result<CallerIdentity> caller = authenticator_.Identify(http, incoming->decoded);
    if (!caller.ok()) {
      *failure = {ResultCodeOf(caller.status().code()), caller.status().message(), true,
                  incoming->decoded.transaction};
      return false;
    }
    incoming->caller = *std::move(caller);
    return true;
  }

 private:
  const Authenticator authenticator_;
  DecodeOptions decode_;
};

class EnvelopedForm final : public RequestForm {
 public:
  // An array whose first element is an object: a header. JSON-B begins with other
  // octets, but says so in the content type.
  bool Matches(const http::Request& http) const override {
    if (IsJsonB(http)) return true;
    const std::string_view body = Begin(http.body);
    return body.starts_with('[') && Begin(body.substr(1)).starts_with('{');
  }

  bool Open(const http::Request& http, IncomingRequest*, RequestFailure* failure) const override {
    failure->code = IsJsonB(http) ? kEncodingUnsupported : kUnsupported;
    failure->detail = IsJsonB(http)
                          ? "Content-Type: expected application/json"
                          : "requests in DARE Envelopes are not served; send the bare form";
    return false;
  }

 private:
  static bool IsJsonB(const http::Request& http) {
    return http::EqualsIgnoreCase(MediaType(http.content_type), kJsonB);
  }
};

}  // namespace

std::unique_ptr<RequestForm> MakeBareForm(const ServiceOptions& options) {
  return std::make_unique<BareForm>(options);
}

std::unique_ptr<RequestForm> MakeEnvelopedForm() { return std::make_unique<EnvelopedForm>(); }

RequestDecoder::RequestDecoder(const ServiceOptions& options)
    : bare_(MakeBareForm(options)), enveloped_(MakeEnvelopedForm()) {}

bool RequestDecoder::Decode(const http::Request& http, IncomingRequest* incoming,
                            RequestFailure* failure) const {
  if (enveloped_->Matches(http)) return enveloped_->Open(http, incoming, failure);
  if (bare_->Matches(http)) return bare_->Open(http, incoming, failure);
  failure->code = kEncodingUnsupported;
  failure->detail = "Content-Type: expected application/json";
  return false;
}

ResultCode DecodeResultCode(Code code) {
  return code == Code::kResourceExhausted ? kRequestSize : ResultCodeOf(code);
}

}  // namespace mesh::frontend
