#include "common/client/known_service.h"

#include <utility>

#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/connection_host.h"

namespace mesh::client {
namespace {

Status NotVerified(const std::string& why) {
  return Status(Code::kDataLoss, "the service does not prove who it is: " + why);
}

Status AnotherService(const std::string& known, const std::string& shown) {
  return Status(Code::kDataLoss,
                "this is another service than the one known here: expected " + known + ", got " +
                    shown +
                    ". Somebody may stand between you and the service, so nothing was sent. If its "
                    "operator confirms the new name, say so with --service-udf " +
                    shown);
}

bool ReadService(json::Reader& reader, std::string* url, KnownService* out) {
  HostKey host;
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "ServiceURL") {
      reader.String(url);
    } else if (name == "ServiceUDF") {
      reader.String(&out->udf);
    } else if (name == "FirstSeen") {
      reader.DateTime(&out->first_seen);
    } else if (name == "HostUDF") {
      reader.String(&host.host_udf);
    } else if (name == "KeyAuthentication") {
      ReadKeyData(reader, &host.key);
    } else if (name == "NotOnOrAfter") {
      reader.DateTime(&host.not_on_or_after);
    } else {
      reader.Skip();
    }
  }
  if (url->empty() || out->udf.empty()) return reader.Fail("expected ServiceURL and ServiceUDF");
  if (!host.key.udf.empty()) out->host = std::move(host);
  out->origin = KnownService::Origin::kStored;
  return reader.ok();
}

}  // namespace

Status LearnService(const HelloReply& hello, WallMillis now, KnownService* service) {
  if (!hello.profile_service || !hello.profile_host || !hello.connection_host) {
    return NotVerified("its Hello lacks ProfileService, ProfileHost or ConnectionHost");
  }
  const Result<ServiceIdentity> identity =
      VerifyService(*hello.profile_service, *hello.profile_host, *hello.connection_host, now);
  if (!identity.ok()) return NotVerified(identity.status().message());
  const std::string& udf = identity->service.udf();
  if (!service->udf.empty() && service->udf != udf) return AnotherService(service->udf, udf);
  if (service->udf.empty()) service->origin = KnownService::Origin::kFirstUse;
  service->udf = udf;
  if (service->first_seen == 0) service->first_seen = now;
  const ConnectionHost& connection = identity->connection;
  service->host =
      HostKey{connection.host_udf, connection.key_authentication, connection.not_on_or_after};
  return {};
}

std::string WriteServices(const KnownServices& services) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("Services").BeginArray();
  for (const auto& [url, service] : services) {
    writer.BeginObject().Member("ServiceURL").String(url);
    writer.Member("ServiceUDF").String(service.udf);
    writer.Member("FirstSeen").DateTime(service.first_seen);
    if (service.host) {
      writer.Member("HostUDF").String(service.host->host_udf).Member("KeyAuthentication");
      WriteKeyData(service.host->key, writer);
      writer.Member("NotOnOrAfter").DateTime(service.host->not_on_or_after);
    }
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  text += '\n';
  return text;
}

Result<KnownServices> ReadServices(std::string_view text) {
  KnownServices services;
  json::Reader reader(text);
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "Services") {
      reader.Fail("expected Services");
      break;
    }
    reader.BeginArray();
    while (reader.NextElement()) {
      std::string url;
      KnownService service;
      if (ReadService(reader, &url, &service)) services[url] = std::move(service);
    }
  }
  if (reader.Finish()) return services;
  return Status(Code::kDataLoss,
                "the list of known services is damaged: " + reader.status().message());
}

}  // namespace mesh::client
