#include "tools/mesh/context.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <utility>

#include "common/crypto/random.h"
#include "common/encoding/date_time.h"
#include "common/mesh/account_address.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Device;
using client::Home;
using client::HttpReply;

// Says on standard error what goes out and what comes back.
void TraceAttempt(const client::Attempt& attempt, Output& out) {
  const Result<HttpReply>& reply = attempt.reply;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(attempt.took);
  const std::string answer = reply.ok() ? "HTTP " + std::to_string(reply->status) + ", " +
                                              std::to_string(reply->body.size()) + " octets"
                                        : reply.status().message();
  out.Trace("  POST " + std::string(attempt.what) + ", " + std::to_string(attempt.octets) +
            " octets -> " + answer + ", " + std::to_string(took.count()) + " ms");
}

// What to do after a refusal, by the name that the service gives it.
struct Advice {
  std::string_view name;
  std::string_view next;
};
constexpr std::array<Advice, 6> kAdvice = {{
    {"MeshDeviceUnknown",
     "this device is not in the account, or no longer: on another device `mesh device list` shows "
     "who is, and the administrator's adds one with `mesh device add`"},
    {"MeshAdministratorNeeded",
     "do this on an administrator's device: the one that made the account"},
    {"MeshRequestUnauthenticated",
     "the account there is not the one that this device is in: perhaps it was deleted and made "
     "anew, and an administrator must add this device with `mesh device add`"},
    {"MeshMessageInsufficientPrivilege",
     "either this device may not do that, which its administrator decides; or somebody takes such "
     "messages from contacts alone, which `mesh contact request` asks to be"},
    {"MeshUnknownAccount", "the account is not there any more: somebody deleted it"},
    {"MeshEncodingUnsupported", "try another --encoding"},
}};

std::string_view NextStep(const client::Refusal& refusal, const Options& options) {
  if (refusal.status == 401 && options.reference) {
    return "this service wants sealed requests: leave --reference-compatibility out";
  }
  for (const Advice& advice : kAdvice) {
    if (refusal.description.substr(0, advice.name.size()) == advice.name) return advice.next;
  }
  return "";
}

std::string MachineName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "device";
}

client::RetryPolicy PolicyOf(const Options& options) {
  client::RetryPolicy policy;
  policy.attempts = options.attempts;
  policy.request_time = std::chrono::seconds(options.timeout_seconds);
  return policy;
}

}  // namespace

Result<std::string> CanonicalAddress(const std::string& address) {
  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  return parsed.canonical();
}

const Clock& MachineClock() {
  static const SystemClock clock;
  return clock;
}

Connection::Connection(const client::ServiceAddress& service,
                       std::unique_ptr<client::Credentials> credentials, const Options& options,
                       Output& out)
    : transport_(service, options.name_servers, MachineClock(), out),
      credentials_(std::move(credentials)),
      client_(transport_, *credentials_,
              {MachineClock(), crypto::SystemRandom(), client::ThreadSleep(),
               [&out](const client::Attempt& attempt) { TraceAttempt(attempt, out); },
               [this](const std::string& host) { TakeDirectHost(host); }},
              PolicyOf(options)) {}

void Connection::FollowDirectHost(client::CachedSession& session) {
  session_ = &session;
  transport_.UseDirect(session.direct_host);
}

void Connection::TakeDirectHost(const std::string& host) {
  if (session_ == nullptr) return;
  session_->direct_host = host;
  transport_.UseDirect(host);
}

Result<Home*> Context::OpenHome() {
  if (home_) return &*home_;
  if (options_.home.empty()) {
    return Status(Code::kFailedPrecondition,
                  "there is no folder for this device: set HOME or MESH_HOME, or give --home");
  }
  MESH_ASSIGN(Home home, Home::Open(options_.home));
  return &home_.emplace(std::move(home));
}

Result<Device*> Context::OpenDevice(const std::string& description) {
  if (device_) return &*device_;
  MESH_ASSIGN(const Home* const home, OpenHome());
  Result<Device> device = home->LoadDevice();
  if (!device.ok() && device.status().code() == Code::kNotFound) {
    const std::string name = description.empty() ? MachineName() : description;
    device = client::MakeDevice(name, crypto::SystemRandom());
    if (!device.ok()) return device.status();
    MESH_RETURN_IF_ERROR(home->SaveDevice(*device));
    out_.Line("Made this device, " + device->udf() + ", in " + home->folder() + ".");
  }
  if (!device.ok()) return device.status();
  return &device_.emplace(*std::move(device));
}

Result<Device*> Context::KnownDevice() {
  MESH_ASSIGN(const Home* const home, OpenHome());
  MESH_RETURN_IF_ERROR(home->LoadDevice().status());
  return OpenDevice("");
}

Result<Account*> Context::OpenAccount(const std::string& as) {
  if (account_) return &*account_;
  MESH_ASSIGN(const Home* const home, OpenHome());
  std::string address = as.empty() ? options_.account : as;
  if (address.empty()) {
    const std::vector<std::string> accounts = home->Accounts();
    if (accounts.empty()) {
      return Status(Code::kNotFound,
                    "this device is in no account yet; make one with `mesh account create "
                    "ADDRESS`, or join one with `mesh device request`");
    }
    if (accounts.size() > 1) {
      std::string names;
      for (const std::string& name : accounts) names += " " + name;
      return InvalidArgument("this device is in several accounts; choose one with --account:" +
                             names);
    }
    address = accounts[0];
  }
  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  MESH_ASSIGN(Account account, home->LoadAccount(parsed.canonical()));
  return &account_.emplace(std::move(account));
}

Result<client::ServiceAddress> Context::Service(const Account* account,
                                                std::string_view domain) const {
  client::ServiceAddress service = account != nullptr ? account->service : client::ServiceAddress();
  if (!options_.service.url.empty()) service.url = options_.service.url;
  if (!options_.service.connect.empty()) service.connect = options_.service.connect;
  if (!options_.service.ca_file.empty()) {
    std::error_code error;
    service.ca_file = std::filesystem::absolute(options_.service.ca_file, error).string();
  }
  if (service.url.empty() && !domain.empty()) service.url = UrlOfDomain(domain);
  if (service.url.empty()) {
    return InvalidArgument("which service? give its DOMAIN, or --service https://HOST[:PORT]");
  }
  MESH_RETURN_IF_ERROR(client::CheckServiceAddress(service));
  return service;
}

client::ServiceClient* Context::Connect(const client::ServiceAddress& service,
                                        std::unique_ptr<client::Credentials> credentials) {
  sealed_ = nullptr;
  connection_.emplace(service, std::move(credentials), options_, out_);
  return &connection_->client();
}

Result<client::ServiceClient*> Context::ConnectSealed(const client::ServiceAddress& service,
                                                      const Account* account,
                                                      client::Caller caller) {
  MESH_ASSIGN(const Home* const home, OpenHome());
  if (knowledge_) MESH_RETURN_IF_ERROR(knowledge_->Save(*home));
  MESH_ASSIGN(Knowledge knowledge,
              Knowledge::Load(*home, service.url, options_.service_udf, account));
  knowledge_ = std::move(knowledge);
  auto credentials = std::make_unique<client::SealedCredentials>(
      std::move(caller), options_.encoding, knowledge_->service(), knowledge_->session(),
      MachineClock(), crypto::SystemRandom());
  client::SealedCredentials* const sealed = credentials.get();
  client::ServiceClient* const client = Connect(service, std::move(credentials));
  sealed_ = sealed;
  return client;
}

Result<client::ServiceClient*> Context::ConnectAsNobody(const client::ServiceAddress& service) {
  if (options_.reference) return Connect(service, std::make_unique<client::NullCredentials>());
  return ConnectSealed(service, nullptr, client::Nobody());
}

Result<client::ServiceClient*> Context::ConnectAsDevice(const Account& account) {
  if (options_.reference) return ConnectAs(account);
  MESH_ASSIGN(const client::ServiceAddress service, Service(&account, ""));
  MESH_ASSIGN(const Device* const device, KnownDevice());
  return ConnectSealed(service, nullptr, client::DeviceCaller(*device));
}

Result<client::ServiceClient*> Context::ConnectAsStranger(const client::ServiceAddress& service,
                                                          const std::string& address) {
  MESH_ASSIGN(const Device* const device, KnownDevice());
  if (options_.reference) {
    return Connect(service, std::make_unique<client::ReferenceCredentials>(
                                address, device->profile.key_authentication->udf, nullptr));
  }
  return ConnectSealed(service, nullptr, client::DeviceCaller(*device));
}

Result<client::ServiceClient*> Context::ConnectAs(const Account& account) {
  MESH_ASSIGN(const client::ServiceAddress service, Service(&account, ""));
  if (options_.reference) {
    return Connect(service, std::make_unique<client::ReferenceCredentials>(
                                account.address, account.connected.key_authentication.udf,
                                &account.connection));
  }
  MESH_ASSIGN(const Device* const device, KnownDevice());
  MESH_ASSIGN(client::Caller caller, client::AccountCaller(*device, account));
  MESH_ASSIGN(client::ServiceClient* const client,
              ConnectSealed(service, &account, std::move(caller)));
  client->set_bootstrap(!account.registered);
  connection_->FollowDirectHost(knowledge_->session());
  return client;
}

// --- What is said at the end ---------------------------------------------------------

void Context::ReportBinding() {
  if (sealed_ == nullptr) return;
  const client::KnownService& service = knowledge_->service();
  const client::CachedSession& session = knowledge_->session();
  const std::string_view mode = sealed_->exchanges() > 0 ? "exchange" : "ticket";
  const std::string_view encoding = binding::MediaType(options_.encoding);
  const std::string host_key = service.host ? service.host->key.udf : "";
  json::Writer& members = out_.members();
  members.Member("binding").BeginObject().Member("encoding").String(encoding);
  members.Member("mode").String(mode).Member("service_udf").String(service.udf);
  members.Member("service_known").String(OriginName(service.origin));
  members.Member("host_key").String(host_key);
  members.Member("direct_host").String(connection_->direct());
  members.Member("ticket_until").DateTime(session.not_on_or_after);
  members.Member("clock_offset_ms").Int(session.clock_offset).EndObject();
  if (!options_.verbose) return;
  out_.Field("Sealed",
             (mode == "ticket" ? "under a ticket, " : "in an exchange, ") + std::string(encoding));
  if (!connection_->direct().empty()) out_.Field("Directly at", connection_->direct());
  out_.Field("Service UDF", service.udf + ", " + OriginText(service));
  out_.Field("Host key", host_key);
  out_.Field("Ticket until", FormatDateTime(session.not_on_or_after));
  out_.Field("Clock offset", std::to_string(session.clock_offset) + " ms");
}

Status Context::Finish(const Status& status) {
  if (knowledge_ && home_) {
    const Status saved = knowledge_->Save(*home_);
    if (status.ok() && !saved.ok()) return saved;
  }
  if (knowledge_ && knowledge_->service().origin == client::KnownService::Origin::kFirstUse) {
    out_.Note("took " + knowledge_->url() + " for the service " + knowledge_->service().udf +
              " at first use; compare the name with what its operator says");
  }
  if (status.ok() || !refused()) return status;
  const std::string_view next = NextStep(*connection_->client().refusal(), options_);
  if (next.empty()) return status;
  return Status(status.code(), status.message() + "; " + std::string(next));
}

Result<client::Session*> Context::OpenSession(const std::string& as) {
  if (session_) return &*session_;
  MESH_ASSIGN(const Account* const account, OpenAccount(as));
  if (!account->registered) {
    return Status(Code::kFailedPrecondition, "making " + account->address +
                                                 " was interrupted; run `mesh account create " +
                                                 account->address + "` again");
  }
  MESH_ASSIGN(const Home* const home, OpenHome());
  MESH_ASSIGN(const Device* const device, KnownDevice());
  MESH_ASSIGN(client::ServiceClient* const client, ConnectAs(*account));
  return &session_.emplace(*home, *device, *account, *client, MachineClock(),
                           crypto::SystemRandom());
}

Result<client::ServiceClient*> Context::SessionClient() {
  MESH_RETURN_IF_ERROR(OpenSession().status());
  return &connection_->client();
}

}  // namespace mesh::tool
