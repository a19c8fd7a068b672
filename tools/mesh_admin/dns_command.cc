#include <memory>

#include "common/mesh/account_address.h"
#include "tools/mesh_admin/commands.h"
#include "tools/mesh_admin/zone.h"

namespace mesh::admin {
namespace {

constexpr char kExamples[] =
    "  mesh-admin dns example.com --map map.json --front mmm.example.com \\\n"
    "    --udf MB5S-R4AJ-... --address mmm.example.com=192.0.2.1 > example.com.mmm.zone\n"
    "      for a name server that reads zone files: the service and each host\n"
    "  mesh-admin dns example.com --map map.json --slots\n"
    "      and a name for each slot, slot-0.mmm.example.com to slot-16383.mmm.example.com\n"
    "  mesh-admin dns example.com --map map.json --account alice@example.com\n"
    "      and the name that leads to one account's host\n"
    "  mesh-admin dns example.com --map map.json --external-dns\n"
    "      annotations for Kubernetes' external-dns, by back end\n";

struct DnsOptions {
  ZoneOptions zone;
  std::vector<std::string> addresses;
  bool external_dns = false;
};

// "HOST=ADDRESS".
Status TakeAddresses(const DnsOptions& options, ZoneOptions* zone) {
  for (const std::string& text : options.addresses) {
    const size_t equals = text.find('=');
    if (equals == text.npos) {
      return InvalidArgument("--address " + text + ": expected HOST=ADDRESS");
    }
    zone->addresses[text.substr(0, equals)].push_back(text.substr(equals + 1));
  }
  return {};
}

Status TakeAccounts(ZoneOptions* zone) {
  for (std::string& account : zone->accounts) {
    MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(account));
    account = address.canonical();
  }
  return {};
}

// A line for each, as a Service's metadata takes them.
Status ShowAnnotations(const PartitionMap& map, uint32_t ttl, tool::Output& out) {
  constexpr std::string_view kPrefix = "external-dns.alpha.kubernetes.io/";
  json::Writer& members = out.members();
  members.Member("annotations").BeginObject();
  for (const BackEnd& back_end : map.back_ends()) {
    if (back_end.direct_host.empty()) continue;
    const std::string host = back_end.direct_host.substr(0, back_end.direct_host.rfind(':'));
    members.Member(back_end.name).BeginObject();
    members.Member(std::string(kPrefix) + "hostname").String(host);
    members.Member(std::string(kPrefix) + "ttl").String(std::to_string(ttl)).EndObject();
    out.Line("# " + back_end.name);
    out.Line(std::string(kPrefix) + "hostname: " + host);
    out.Line(std::string(kPrefix) + "ttl: \"" + std::to_string(ttl) + "\"");
  }
  members.EndObject();
  return {};
}

void ShowZone(const PartitionMap& map, const std::vector<ZoneRecord>& records, uint32_t ttl,
              tool::Output& out) {
  json::Writer& members = out.members();
  out.Line("; Mesh Service, partition map of epoch " + std::to_string(map.epoch()));
  members.Member("epoch").Int(static_cast<int64_t>(map.epoch())).Member("ttl").Int(ttl);
  members.Member("records").BeginArray();
  for (const ZoneRecord& record : records) {
    out.Line(ZoneLine(record, ttl));
    members.BeginObject().Member("name").String(record.name);
    members.Member("type").String(record.type).Member("data").String(record.data).EndObject();
  }
  members.EndArray();
}

Status RunDns(Context& context, DnsOptions options) {
  MESH_RETURN_IF_ERROR(TakeAddresses(options, &options.zone));
  MESH_RETURN_IF_ERROR(TakeAccounts(&options.zone));
  MESH_ASSIGN(const PartitionMap map, context.ReadMap());
  const uint32_t ttl = options.zone.ttl_seconds;
  if (options.external_dns) return ShowAnnotations(map, ttl, context.out());
  MESH_ASSIGN(const std::vector<ZoneRecord> records, MakeZone(map, options.zone));
  ShowZone(map, records, ttl, context.out());
  return {};
}

}  // namespace

void AddDns(CLI::App& app, Run* chosen) {
  CLI::App* const command = AddCommand(
      app, "dns", "Zone data that leads devices to the service and to its hosts", kExamples);
  const auto options = std::make_shared<DnsOptions>();
  ZoneOptions& zone = options->zone;
  command->add_option("domain", zone.domain, "The service's domain, in lower case")->required();
  command->add_option("--front", zone.fronts,
                      "A host of the front tier, with its port if that is not 443; may be "
                      "repeated (default: mmm.DOMAIN)");
  command->add_option("--udf", zone.service_udf,
                      "The service's name, as `mesh hello` shows it: a TXT record that lets "
                      "clients compare");
  command->add_option("--address", options->addresses,
                      "HOST=ADDRESS, an IP address of a --front or of a directHost; may be "
                      "repeated");
  command->add_option("--account", zone.accounts, "An account to give a name; may be repeated");
  command->add_flag("--slots", zone.slots, "A name for each slot");
  command
      ->add_option("--ttl", zone.ttl_seconds,
                   "Seconds that resolvers keep them: so long a moved account is sought at its "
                   "old host, which serves it and says so")
      ->check(CLI::Range(1, 604'800))
      ->capture_default_str();
  command->add_flag("--external-dns", options->external_dns,
                    "Annotations for external-dns instead of a zone");
  command->callback(
      [options, chosen] { *chosen = [options](Context& c) { return RunDns(c, *options); }; });
}

}  // namespace mesh::admin
