// The transactions by which devices come into an account, publications, and Post.

#include "common/client/codec_parts.h"

namespace mesh::client {
namespace {

using json::Reader;

// A response with one envelope, `member`.
Result<Outcome> DecodeEnvelope(std::string_view payload, std::string_view tag,
                               std::string_view member, std::optional<dare::Envelope>* out,
                               Form form) {
  return DecodeResponse(payload, tag, form, [&](std::string_view name, Reader& reader) {
    if (name != member) return false;
    ReadEnvelope(reader, out);
    return true;
  });
}

std::string EncodeEnvelope(std::string_view tag, std::string_view member,
                           const dare::Envelope& envelope, Form form) {
  RequestText text(tag, form);
  text.writer().Member(member);
  dare::WriteEnvelope(envelope, text.writer());
  return text.Finish();
}

void WriteMessages(std::string_view name, const std::vector<dare::Envelope>& messages,
                   json::Writer& writer) {
  if (messages.empty()) return;
  writer.Member(name).BeginArray();
  for (const dare::Envelope& message : messages) dare::WriteEnvelope(message, writer);
  writer.EndArray();
}

}  // namespace

std::string EncodeConnect(const dare::Envelope& request, Form form) {
  return EncodeEnvelope("Connect", "MessageConnectionRequestClient", request, form);
}

std::string EncodeComplete(std::string_view address, std::string_view response_id, Form form) {
  RequestText text("Complete", form);
  text.writer().Member("AccountAddress").String(address);
  text.writer().Member("ResponseID").String(response_id);
  return text.Finish();
}

// JSON, of which JSON-B is an extension.
std::string EncodePublish(const std::vector<std::string>& publications) {
  RequestText text("Publish");
  text.writer().Member("Publications").BeginArray();
  for (const std::string& publication : publications) text.writer().Raw(publication);
  text.writer().EndArray();
  return text.Finish();
}

std::string EncodeClaim(const dare::Envelope& claim, Form form) {
  return EncodeEnvelope("Claim", "EnvelopedMessageClaim", claim, form);
}

std::string EncodePollClaim(std::string_view address, std::string_view publication_id, Form form) {
  RequestText text("PollClaim", form);
  text.writer().Member("PublicationId").String(publication_id);
  text.writer().Member("TargetAccountAddress").String(address);
  return text.Finish();
}

std::string EncodePost(const PostRequest& request, Form form) {
  RequestText text("Post", form);
  json::Writer& writer = text.writer();
  if (!request.accounts.empty()) {
    writer.Member("Accounts").BeginArray();
    for (const std::string& account : request.accounts) writer.String(account);
    writer.EndArray();
  }
  WriteMessages("Message", request.messages, writer);
  WriteMessages("Self", request.self, writer);
  return text.Finish();
}

Result<Outcome> DecodeConnect(std::string_view payload, ConnectReply* reply, Form form) {
  const auto read = [reply](std::string_view name, Reader& reader) {
    if (name == "EnvelopedConnectionResponse") {
      return ReadEnvelope(reader, &reply->acknowledge), true;
    }
    if (name == "EnvelopedProfileMaster") return ReadEnvelope(reader, &reply->profile_mesh), true;
    if (name != "EnvelopedAccountAssertion") return false;
    return ReadEnvelope(reader, &reply->profile_account), true;
  };
  return DecodeResponse(payload, "ConnectResponse", form, read);
}

Result<Outcome> DecodeComplete(std::string_view payload, std::optional<dare::Envelope>* response,
                               Form form) {
  return DecodeEnvelope(payload, "CompleteResponse", "SignedResponse", response, form);
}

Result<Outcome> DecodePublish(std::string_view payload, Form form) {
  return DecodeResponse(payload, "PublishResponse", form,
                        [](std::string_view, Reader&) { return false; });
}

Result<Outcome> DecodeClaim(std::string_view payload,
                            std::optional<CatalogedPublication>* publication, Form form) {
  return DecodeResponse(payload, "ClaimResponse", form,
                        [publication](std::string_view name, Reader& reader) {
                          if (name != "CatalogedPublication") return false;
                          return ReadCatalogedPublication(reader, &publication->emplace()), true;
                        });
}

Result<Outcome> DecodePollClaim(std::string_view payload, std::optional<dare::Envelope>* claim,
                                Form form) {
  return DecodeEnvelope(payload, "PollClaimResponse", "EnvelopedMessageClaim", claim, form);
}

}  // namespace mesh::client
