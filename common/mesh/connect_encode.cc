// The answers to devices that ask for an account, and about publications.

#include "common/mesh/publication.h"
#include "common/mesh/reply_table.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

void WriteText(EncodeContext& context, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  context.writer.Member(name);
  WriteEnvelopeText(context, text);
}

constexpr ReplyMember<proto::ConnectResponse> kConnectMembers[] = {
    {"EnvelopedConnectionResponse", true,
     [](EncodeContext& context, std::string_view name, const proto::ConnectResponse& connect) {
       context.writer.Member(name);
       WriteEnvelope(context, connect.acknowledge());
     }},
    {"EnvelopedProfileMaster", true,
     [](EncodeContext& context, std::string_view name, const proto::ConnectResponse& connect) {
       WriteText(context, name, connect.profile_mesh());
     }},
    {"EnvelopedAccountAssertion", true,
     [](EncodeContext& context, std::string_view name, const proto::ConnectResponse& connect) {
       WriteText(context, name, connect.assertion_account());
     }},
};
constexpr ReplyStructure<proto::ConnectResponse> kConnect{"ConnectResponse", kConnectMembers};

constexpr ReplyMember<proto::CompleteResponse> kCompleteMembers[] = {
    {"SignedResponse", true,
     [](EncodeContext& context, std::string_view name, const proto::CompleteResponse& complete) {
       context.writer.Member(name);
       WriteEnvelope(context, complete.response());
     }},
};
constexpr ReplyStructure<proto::CompleteResponse> kComplete{"CompleteResponse", kCompleteMembers};

// As its publisher wrote it; JSON in JSON-B too, of which it is a part.
constexpr ReplyMember<proto::ClaimResponse> kClaimMembers[] = {
    {"CatalogedPublication", true,
     [](EncodeContext& context, std::string_view name, const proto::ClaimResponse& claim) {
       const std::string_view object = PublicationObject(claim.publication());
       if (!object.empty()) context.writer.Member(name).Raw(object);
     }},
};
constexpr ReplyStructure<proto::ClaimResponse> kClaim{"ClaimResponse", kClaimMembers};

constexpr ReplyMember<proto::PollClaimResponse> kPollMembers[] = {
    {"EnvelopedMessageClaim", true,
     [](EncodeContext& context, std::string_view name, const proto::PollClaimResponse& poll) {
       if (!poll.has_claim()) return;
       context.writer.Member(name);
       WriteEnvelope(context, poll.claim());
     }},
};
constexpr ReplyStructure<proto::PollClaimResponse> kPoll{"PollClaimResponse", kPollMembers};

}  // namespace

void WriteConnect(EncodeContext& context, const proto::ConnectResponse& connect) {
  WriteMembers(context, kConnect, connect);
}
void WriteComplete(EncodeContext& context, const proto::CompleteResponse& complete) {
  WriteMembers(context, kComplete, complete);
}
void WriteClaim(EncodeContext& context, const proto::ClaimResponse& claim) {
  WriteMembers(context, kClaim, claim);
}
void WritePollClaim(EncodeContext& context, const proto::PollClaimResponse& poll) {
  WriteMembers(context, kPoll, poll);
}

void AppendConnectReplyRows(std::vector<MemberRow>* rows) {
  AppendRows(kConnect, false, rows);
  AppendRows(kComplete, false, rows);
  AppendRows(kClaim, false, rows);
  AppendRows(kPoll, false, rows);
}

}  // namespace mesh
