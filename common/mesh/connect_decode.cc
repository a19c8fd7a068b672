// The requests of devices that ask for an account (§8), and those about publications.

#include <utility>

#include "common/base/limits.h"
#include "common/crypto/udf.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/encoding/json_text.h"
#include "common/mesh/account_address.h"
#include "common/mesh/assertion_cache.h"
#include "common/mesh/container_name.h"
#include "common/mesh/entry_description.h"
#include "common/mesh/envelope_decode.h"
#include "common/mesh/message.h"
#include "common/mesh/publication.h"
#include "common/mesh/request_table.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

json::Options TextOptions(const DecodeContext& context) {
  json::Options options;
  options.tolerant_base64 = !context.options.strict;
  return options;
}

Status CheckIdentifier(const std::string& identifier, std::string_view member) {
  if (identifier.empty()) return InvalidArgument(std::string(member) + ": missing");
  if (identifier.size() <= kIdentifierBytesMax) return Status();
  return Status(Code::kResourceExhausted, std::string(member) + ": at most " +
                                              std::to_string(kIdentifierBytesMax) + " octets");
}

Status CheckNamed(const Target& target, std::string_view member) {
  return target.decoded.account.empty() ? InvalidArgument(std::string(member) + ": missing")
                                        : Status();
}

// --- Connect --------------------------------------------------------------------------

// The request itself is unsigned as a rule: the ProfileDevice in it says who asks.
Status FillConnect(DecodeContext& context, std::string* account, proto::ConnectRequest* connect) {
  MESH_ASSIGN(const dare::Envelope envelope,
              dare::ParseEnvelope(connect->request(), TextOptions(context)));
  MESH_ASSIGN(RequestConnection asked, ParseRequestConnection(envelope.payload));
  if (asked.client_nonce.size() != kConnectionNonceBytes) {
    return InvalidArgument("RequestConnection: ClientNonce has " +
                           std::to_string(kConnectionNonceBytes) + " octets");
  }
  AssertionCache none;
  AssertionCache& assertions = context.options.assertions ? *context.options.assertions : none;
  MESH_ASSIGN(const auto profile,
              assertions.SelfSigned(asked.profile_device, ProfileKind::kDevice));
  connect->set_profile_device_udf(profile->udf());
  connect->set_device_fingerprint(crypto::KeyFingerprintOctets(profile->key_offline_signature.key));
  connect->set_client_nonce(std::move(asked.client_nonce));
  *account = std::move(asked.account);
  return Status();
}

constexpr Member<Target> kConnectMembers[] = {
    {"MessageConnectionRequestClient",
     [](DecodeContext& context, Target& target) {
       proto::ConnectRequest* connect = target.request.mutable_connect();
       return ReadEnvelopeText(context, connect->mutable_request()) &&
              context.Check(FillConnect(context, &target.decoded.account, connect));
     }},
};
constexpr Structure<Target> kConnect{"ConnectRequest", kConnectMembers};

// --- Complete -------------------------------------------------------------------------

constexpr Member<Target> kCompleteMembers[] = {
    {"AccountAddress", ReadAccount},
    {"ResponseID",
     [](DecodeContext& context, Target& target) {
       std::string id;
       if (!context.reader.String(&id) || !context.Check(CheckIdentifier(id, "ResponseID"))) {
         return false;
       }
       target.request.mutable_complete()->set_envelope_id(crypto::EnvelopeId(id));
       return true;
     }},
};
constexpr Structure<Target> kComplete{"CompleteRequest", kCompleteMembers};

Status CheckComplete(const Target& target) {
  MESH_RETURN_IF_ERROR(CheckNamed(target, "AccountAddress"));
  return CheckIdentifier(target.request.complete().envelope_id(), "ResponseID");
}

// --- Publish --------------------------------------------------------------------------

// An entry of the catalog as a client would have made it.
Status FillPublication(const DecodeContext& context, const CatalogedPublication& publication,
                       std::string payload, proto::Envelope* entry) {
  MESH_RETURN_IF_ERROR(CheckIdentifier(publication.id, "ID"));
  if (payload.size() > context.message_bytes_max) {
    return Status(
        Code::kResourceExhausted,
        "Publications: at most " + std::to_string(context.message_bytes_max) + " octets each");
  }
  dare::SealOptions options;
  options.content_meta.emplace();
  options.content_meta->unique_id = publication.id;
  options.content_meta->event = "New";
  options.digest = true;
  MESH_ASSIGN(dare::Envelope envelope, dare::Seal(payload, options));
  entry->set_header(std::move(envelope.header));
  entry->set_trailer(std::move(envelope.trailer));
  entry->set_payload_digest(std::string(crypto::Sha512(payload).view()));
  entry->set_payload(std::move(payload));
  entry->set_unique_id(publication.id);
  entry->set_event(proto::EVENT_NEW);
  return Status();
}

bool ReadPublication(DecodeContext& context, proto::ContainerUpdate* update) {
  std::string_view text;
  std::string scratch;
  if (!json::ReadAsText(context.reader, &text, &scratch)) return false;
  json::Reader reader(text, TextOptions(context));
  CatalogedPublication publication;
  if (!ReadCatalogedPublication(reader, &publication)) {
    return context.Refuse(InvalidArgument("Publications: " + reader.status().message()));
  }
  proto::Envelope* entry = update->add_envelopes();
  return context.Check(FillPublication(context, publication,
                                       PublicationPayload(Unfold(std::string(text))), entry)) &&
         DescribeEntry(context, kPublicationCatalog, entry);
}

constexpr Member<Target> kPublishMembers[] = {
    {"Publications",
     [](DecodeContext& context, Target& target) {
       proto::ContainerUpdate* update = target.request.mutable_upload()->add_updates();
       update->set_container(std::string(kPublicationCatalog));
       return ReadArray(context, "Publications", kEntriesPerRequestMax,
                        [&] { return ReadPublication(context, update); });
     }},
};
constexpr Structure<Target> kPublish{"PublishRequest", kPublishMembers};

Status CheckPublish(const Target& target) {
  const proto::UploadRequest& upload = target.request.upload();
  return upload.updates_size() == 1 && upload.updates(0).envelopes_size() > 0
             ? Status()
             : InvalidArgument("Publications: missing; expected at least one");
}

// --- Claim ------------------------------------------------------------------------------

// The claim is filed under the publication's id, for the publisher to find.
Status FillClaim(std::string* account, proto::ClaimRequest* claim) {
  proto::Envelope* entry = claim->mutable_claim();
  MESH_ASSIGN(MessageClaim message, ParseMessageClaim(entry->payload()));
  MESH_RETURN_IF_ERROR(CheckIdentifier(message.publication_id, "PublicationId"));
  MESH_ASSIGN(const AccountAddress sender, AccountAddress::Parse(message.head.sender));
  const std::string id = crypto::EnvelopeId(message.publication_id);
  MESH_ASSIGN(std::string header, dare::WithEnvelopeId(entry->header(), id));
  entry->set_header(std::move(header));
  entry->set_envelope_id(id);
  entry->set_message_type(std::string(kMessageClaim));
  entry->set_sender(sender.canonical());
  claim->set_publication_id(std::move(message.publication_id));
  claim->set_sender(std::move(message.head.sender));
  claim->set_service_authenticate(std::move(message.service_authenticate));
  if (message.expires) claim->set_expires(*message.expires);
  *account = std::move(message.head.recipient);
  return Status();
}

constexpr Member<Target> kClaimMembers[] = {
    {"EnvelopedMessageClaim",
     [](DecodeContext& context, Target& target) {
       proto::ClaimRequest* claim = target.request.mutable_claim();
       return ReadEntry(context, claim->mutable_claim()) &&
              context.Check(FillClaim(&target.decoded.account, claim));
     }},
};
constexpr Structure<Target> kClaim{"ClaimRequest", kClaimMembers};

constexpr Member<Target> kPollMembers[] = {
    {"PublicationId",
     [](DecodeContext& context, Target& target) {
       std::string id;
       if (!context.reader.String(&id) || !context.Check(CheckIdentifier(id, "PublicationId"))) {
         return false;
       }
       target.request.mutable_poll_claim()->set_envelope_id(crypto::EnvelopeId(id));
       return true;
     }},
    {"TargetAccountAddress", ReadAccount},
};
constexpr Structure<Target> kPoll{"PollClaimRequest", kPollMembers};

Status CheckPoll(const Target& target) {
  MESH_RETURN_IF_ERROR(CheckNamed(target, "TargetAccountAddress"));
  return CheckIdentifier(target.request.poll_claim().envelope_id(), "PublicationId");
}

constexpr Served kServed[] = {
    {Transaction::kComplete, &kComplete,
     [](proto::PartitionRequest& request) { request.mutable_complete(); }, CheckComplete},
    {Transaction::kPublish, &kPublish,
     [](proto::PartitionRequest& request) { request.mutable_upload(); }, CheckPublish},
    {Transaction::kConnect, &kConnect,
     [](proto::PartitionRequest& request) { request.mutable_connect(); },
     [](const Target& target) { return CheckNamed(target, "MessageConnectionRequestClient"); }},
    {Transaction::kClaim, &kClaim,
     [](proto::PartitionRequest& request) { request.mutable_claim(); },
     [](const Target& target) { return CheckNamed(target, "EnvelopedMessageClaim"); }},
    {Transaction::kPollClaim, &kPoll,
     [](proto::PartitionRequest& request) { request.mutable_poll_claim(); }, CheckPoll},
};

}  // namespace

std::span<const Served> ConnectRequests() { return kServed; }

}  // namespace mesh
