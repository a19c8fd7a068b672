#include <string>

#include "common/base/limits.h"
#include "common/mesh/account_address.h"
#include "common/mesh/member_table.h"
#include "common/mesh/transaction_codec.h"

namespace mesh {
namespace {

// The protocol's version, which Hello of this age reports.
constexpr int kVersionMajor = 3;
constexpr int kVersionMinor = 0;

// The constraints that Hello publishes are numbers of the service; what they are
// about is said by the member that holds them.
struct Constraints {
  int64_t entries_max;
  int64_t bytes_max;
};

constexpr ReplyMember<Constraints> kConstraintsMembers[] = {
    {"MaxEntries", true,
     [](EncodeContext& context, std::string_view name, const Constraints& constraints) {
       context.writer.Member(name).Int(constraints.entries_max);
     }},
    {"BytesMax", true,
     [](EncodeContext& context, std::string_view name, const Constraints& constraints) {
       context.writer.Member(name).Int(constraints.bytes_max);
     }},
};
constexpr ReplyStructure<Constraints> kConstraints{"ConstraintsData", kConstraintsMembers};

void WriteUpdate(EncodeContext& context, std::string_view name, const HelloResponse& hello) {
  context.writer.Member(name);
  WriteObject(context, kConstraints, Constraints{hello.entries_max, hello.message_bytes_max});
}

void WritePost(EncodeContext& context, std::string_view name, const HelloResponse& hello) {
  context.writer.Member(name);
  WriteObject(context, kConstraints, Constraints{hello.messages_max, hello.message_bytes_max});
}

struct Policy {};

constexpr ReplyMember<Policy> kPolicyMembers[] = {
    {"Minimum", true,
     [](EncodeContext& context, std::string_view name, const Policy&) {
       context.writer.Member(name).Int(1);
     }},
    {"Maximum", true,
     [](EncodeContext& context, std::string_view name, const Policy&) {
       context.writer.Member(name).Int(kAccountLocalBytesMax);
     }},
    {"InvalidCharacters", true,
     [](EncodeContext& context, std::string_view name, const Policy&) {
       context.writer.Member(name).String(kAccountInvalidCharacters);
     }},
};
constexpr ReplyStructure<Policy> kPolicy{"PolicyAccount", kPolicyMembers};

// {"Major", "Minor", "Encodings": [{"ID": [...]}]} of the base protocol.
void WriteVersion(EncodeContext& context, std::string_view name, const HelloResponse& hello) {
  json::Writer& writer = context.writer;
  writer.Member(name).BeginObject();
  writer.Member("Major").Int(kVersionMajor).Member("Minor").Int(kVersionMinor);
  writer.Member("Encodings").BeginArray().BeginObject().Member("ID").BeginArray();
  for (const std::string& encoding : hello.encodings) writer.String(encoding);
  writer.EndArray().EndObject().EndArray().EndObject();
}

constexpr ReplyMember<HelloResponse> kOutcomeMembers[] = {
    {"Status", true,
     [](EncodeContext& context, std::string_view name, const HelloResponse&) {
       context.writer.Member(name).Int(kSuccess.status);
     }},
};
constexpr ReplyStructure<HelloResponse> kOutcome{"Response", kOutcomeMembers};

constexpr ReplyMember<HelloResponse> kHelloMembers[] = {
    {"Version", true, WriteVersion},
    {"ConstraintsUpdate", true, WriteUpdate},
    {"ConstraintsPost", true, WritePost},
    {"PolicyAccount", true,
     [](EncodeContext& context, std::string_view name, const HelloResponse&) {
       context.writer.Member(name);
       WriteObject(context, kPolicy, Policy{});
     }},
    {"EnvelopedProfileService", true,
     [](EncodeContext& context, std::string_view name, const HelloResponse& hello) {
       context.writer.Member(name).Raw(hello.enveloped_profile_service);
     }},
    {"EnvelopedProfileHost", true,
     [](EncodeContext& context, std::string_view name, const HelloResponse& hello) {
       context.writer.Member(name).Raw(hello.enveloped_profile_host);
     }},
    {"EnvelopedConnectionHost", false,
     [](EncodeContext& context, std::string_view name, const HelloResponse& hello) {
       context.writer.Member(name).Raw(hello.enveloped_connection_host);
     }},
};
constexpr ReplyStructure<HelloResponse> kHello{"MeshHelloResponse", kHelloMembers, &kOutcome};

}  // namespace

void EncodeHello(const HelloResponse& hello, bool enveloped, std::string* out) {
  json::Writer writer(*out);
  EncodeContext context{writer, *out, !enveloped};
  writer.BeginObject().Member(ResponseTag(Transaction::kHello));
  WriteObject(context, kHello, hello);
  writer.EndObject();
}

void AppendHelloRows(std::vector<MemberRow>* rows) {
  AppendRows(kPolicy, false, rows);
  AppendRows(kHello, false, rows);
}

}  // namespace mesh
