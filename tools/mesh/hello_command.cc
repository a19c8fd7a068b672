#include <memory>

#include "common/encoding/date_time.h"
#include "common/mesh/profile.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {
namespace {

using client::HelloReply;

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

// The UDF of a profile that signs itself, which every client must check.
Result<std::string> VerifiedUdf(const std::optional<dare::Envelope>& envelope, ProfileKind kind) {
  if (!envelope) {
    return Status(Code::kDataLoss,
                  "the service shows no " + std::string(ProfileTag(kind)) + " of its own");
  }
  const Result<Profile> profile = VerifySelfSigned(*envelope, kind);
  if (profile.ok()) return profile->udf();
  return Status(Code::kDataLoss, "the service's " + std::string(ProfileTag(kind)) +
                                     " does not verify: " + profile.status().message());
}

// What the service proved with its signatures, and whence it is known.
void ShowIdentity(const client::KnownService& service, Output& out) {
  out.Field("Known", OriginText(service));
  out.Field("Host key",
            service.host->key.udf + ", until " + FormatDateTime(service.host->not_on_or_after));
  json::Writer& members = out.members();
  members.Member("service_known").String(OriginName(service.origin));
  members.Member("first_seen").DateTime(service.first_seen);
  members.Member("host_key").String(service.host->key.udf);
  members.Member("host_key_until").DateTime(service.host->not_on_or_after);
}

void Show(const client::ServiceAddress& service, const HelloReply& hello,
          const std::string& service_udf, const std::string& host_udf, Output& out) {
  const std::string version = std::to_string(hello.major) + "." + std::to_string(hello.minor);
  out.Field("Service", service.url);
  out.Field("Protocol", version + " in " + Joined(hello.encodings));
  out.Field("ProfileService", service_udf + ", verified");
  out.Field("ProfileHost", host_udf + ", verified");
  if (hello.constraints_update.bytes_max) {
    out.Field("Entries",
              "up to " + std::to_string(*hello.constraints_update.bytes_max) + " octets each");
  }
  if (hello.account_minimum && hello.account_maximum) {
    out.Field("Account names", std::to_string(*hello.account_minimum) + " to " +
                                   std::to_string(*hello.account_maximum) +
                                   " characters, none of " + hello.account_invalid_characters);
  }
  json::Writer& members = out.members();
  members.Member("service").String(service.url).Member("version").String(version);
  members.Member("encodings").BeginArray();
  for (const std::string& encoding : hello.encodings) members.String(encoding);
  members.EndArray();
  members.Member("profile_service").String(service_udf).Member("profile_host").String(host_udf);
  members.Member("verified").Bool(true);
}

Status RunHello(Context& context, const std::string& domain) {
  const client::Account* account = nullptr;
  if (domain.empty() && context.options().service.url.empty()) {
    MESH_ASSIGN(account, context.OpenAccount());
  }
  MESH_ASSIGN(const client::ServiceAddress service, context.Service(account, domain));
  MESH_ASSIGN(client::ServiceClient* const client, context.ConnectAsNobody(service));
  MESH_ASSIGN(const HelloReply hello, client->Hello());
  MESH_ASSIGN(const std::string service_udf,
              VerifiedUdf(hello.profile_service, ProfileKind::kService));
  MESH_ASSIGN(const std::string host_udf, VerifiedUdf(hello.profile_host, ProfileKind::kHost));
  Show(service, hello, service_udf, host_udf, context.out());
  if (context.known() != nullptr) ShowIdentity(*context.known(), context.out());
  return {};
}

}  // namespace

CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& what,
                     const std::string& examples) {
  CLI::App* const command = parent.add_subcommand(name, what);
  command->footer("Examples:\n" + examples);
  command->fallthrough();
  return command;
}

void AddHello(CLI::App& app, Run* chosen) {
  CLI::App* const hello = AddCommand(app, "hello", "Ask a service who it is and what it accepts",
                                     "  mesh hello example.com\n"
                                     "  mesh hello --service https://example.com:8443 --connect "
                                     "127.0.0.1:8443 --ca-file ca.pem\n"
                                     "  mesh hello example.com --service-udf MB2G-...   (what its "
                                     "operator says)");
  auto domain = std::make_shared<std::string>();
  hello->add_option("DOMAIN", *domain, "The service's domain; default: the account's service");
  hello->callback([=] { *chosen = [=](Context& context) { return RunHello(context, *domain); }; });
}

}  // namespace mesh::tool
