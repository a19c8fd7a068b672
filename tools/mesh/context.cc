#include "tools/mesh/context.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <utility>

#include "common/crypto/random.h"
#include "common/mesh/account_address.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Device;
using client::Home;
using client::HttpHeaders;
using client::HttpReply;
using client::HttpsTransport;
using client::Transport;

const Clock& MachineClock() {
  static const SystemClock clock;
  return clock;
}

// Says on standard error what goes out and what comes back.
class TracingTransport final : public Transport {
 public:
  TracingTransport(const client::ServiceAddress& service, Output& out)
      : transport_(service, MachineClock()), out_(out) {}

  Result<HttpReply> Post(std::string_view path, const HttpHeaders& headers, std::string_view body,
                         Deadline deadline) override {
    const MonotonicTime start = MachineClock().Now();
    Result<HttpReply> reply = transport_.Post(path, headers, body, deadline);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(MachineClock().Now() - start);
    const std::string_view tag = body.substr(2, body.find(':') - 3);  // {"Status":...
    const std::string answer = reply.ok() ? "HTTP " + std::to_string(reply->status) + ", " +
                                                std::to_string(reply->body.size()) + " octets"
                                          : reply.status().message();
    out_.Trace("  POST " + std::string(tag) + ", " + std::to_string(body.size()) + " octets -> " +
               answer + ", " + std::to_string(took.count()) + " ms");
    return reply;
  }

 private:
  HttpsTransport transport_;
  Output& out_;
};

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

Connection::Connection(const client::ServiceAddress& service,
                       std::unique_ptr<client::Credentials> credentials, const Options& options,
                       Output& out)
    : transport_(std::make_unique<TracingTransport>(service, out)),
      credentials_(std::move(credentials)),
      client_(*transport_, *credentials_,
              {MachineClock(), crypto::SystemRandom(), client::ThreadSleep()}, PolicyOf(options)) {}

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

Result<Account*> Context::OpenAccount() {
  if (account_) return &*account_;
  MESH_ASSIGN(const Home* const home, OpenHome());
  std::string address = options_.account;
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
  if (service.url.empty() && !domain.empty()) service.url = "https://mmm." + std::string(domain);
  if (service.url.empty()) {
    return InvalidArgument("which service? give its DOMAIN, or --service https://HOST[:PORT]");
  }
  MESH_RETURN_IF_ERROR(client::CheckServiceAddress(service));
  return service;
}

client::ServiceClient& Context::ConnectAsNobody(const client::ServiceAddress& service) {
  connection_.emplace(service, std::make_unique<client::NullCredentials>(), options_, out_);
  return connection_->client();
}

Result<client::ServiceClient*> Context::ConnectAs(const Account& account) {
  MESH_ASSIGN(const client::ServiceAddress service, Service(&account, ""));
  connection_.emplace(
      service,
      std::make_unique<client::ReferenceCredentials>(
          account.address, account.connected.key_authentication.udf, &account.connection),
      options_, out_);
  return &connection_->client();
}

Result<client::Session*> Context::OpenSession() {
  if (session_) return &*session_;
  MESH_ASSIGN(const Account* const account, OpenAccount());
  if (!account->registered) {
    return Status(Code::kFailedPrecondition, "making " + account->address +
                                                 " was interrupted; run `mesh account create " +
                                                 account->address + "` again");
  }
  MESH_ASSIGN(const Home* const home, OpenHome());
  MESH_RETURN_IF_ERROR(home->LoadDevice().status());  // A lost device is not made anew.
  MESH_ASSIGN(const Device* const device, OpenDevice(""));
  MESH_ASSIGN(client::ServiceClient* const client, ConnectAs(*account));
  return &session_.emplace(*home, *device, *account, *client, crypto::SystemRandom());
}

}  // namespace mesh::tool
