// What a command works with: the options that all commands share, and what is made
// from them when a command first asks for it.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/binding/wire_envelope.h"
#include "common/client/account.h"
#include "common/client/credentials.h"
#include "common/client/home.h"
#include "common/client/https_transport.h"
#include "common/client/sealed_credentials.h"
#include "common/client/service_client.h"
#include "common/client/session.h"
#include "tools/mesh/found_transport.h"
#include "tools/mesh/knowledge.h"
#include "tools/output/output.h"

namespace mesh::tool {

// Of this machine; any thread.
const Clock& MachineClock();

// kInvalidArgument if it is no address.
Result<std::string> CanonicalAddress(const std::string& address);

struct Options {
  std::string home;
  std::string account;
  client::ServiceAddress service;
  discovery::NameServers name_servers;  // To find the service by; empty: this machine's.
  std::string service_udf;              // What the service must be; empty: as known.
  binding::Encoding encoding = binding::Encoding::kJson;
  bool reference = false;  // Bare requests.
  int timeout_seconds = 30;
  int attempts = 5;
  bool json = false;
  bool verbose = false;
};

// A client of one service in the name of one device, or of nobody. Not movable: its
// parts borrow each other.
class Connection {
 public:
  Connection(const client::ServiceAddress& service,
             std::unique_ptr<client::Credentials> credentials, const Options& options, Output& out);

  client::ServiceClient& client() { return client_; }

  // Goes to the host that `session` names, and keeps it up to date there. `session` outlives this.
  void FollowDirectHost(client::CachedSession& session);
  // The host that is used directly; empty: the front tier.
  const std::string& direct() const { return transport_.direct(); }

 private:
  void TakeDirectHost(const std::string& host);

  FoundTransport transport_;
  client::CachedSession* session_ = nullptr;  // Of whom is told where the account's host is.
  std::unique_ptr<client::Credentials> credentials_;
  client::ServiceClient client_;
};

// For one command, on one thread.
class Context {
 public:
  Context(const Options& options, Output& out) : options_(options), out_(out) {}

  const Options& options() const { return options_; }
  Output& out() { return out_; }

  // This device's folder; made if there is none.
  Result<client::Home*> OpenHome();
  // This device; made if there is none, and described as given or by the machine's name.
  Result<client::Device*> OpenDevice(const std::string& description);
  // This device, which must be there: one that is lost is not made anew.
  Result<client::Device*> KnownDevice();
  // The account `as`, or else of --account, or else the only one there is. The first that is opened
  // stays.
  Result<client::Account*> OpenAccount(const std::string& as = "");
  // A service by the options, or by `account` if the options name none.
  Result<client::ServiceAddress> Service(const client::Account* account,
                                         std::string_view domain) const;

  // Connects to `service` as nobody; in the name of this device alone, to make `account`; or
  // in the name of this device in `account`.
  Result<client::ServiceClient*> ConnectAsNobody(const client::ServiceAddress& service);
  Result<client::ServiceClient*> ConnectAsDevice(const client::Account& account);
  Result<client::ServiceClient*> ConnectAs(const client::Account& account);
  // In the name of this device alone, to ask about the account `address`.
  Result<client::ServiceClient*> ConnectAsStranger(const client::ServiceAddress& service,
                                                   const std::string& address);
  // A session of this device in its account.
  Result<client::Session*> OpenSession(const std::string& as = "");

  // The client of that session.
  Result<client::ServiceClient*> SessionClient();

  // Says with whom this spoke and how: with --verbose to people, always to programs.
  void ReportBinding();
  // What is known of the service now; null with --reference-compatibility.
  const client::KnownService* known() { return knowledge_ ? &knowledge_->service() : nullptr; }

  // Ends a command that ended with `status`: keeps what was learned, and adds to a refusal what
  // to do next.
  Status Finish(const Status& status);
  // Whether the last failure was the service's answer.
  bool refused() { return connection_ && connection_->client().refusal().has_value(); }

 private:
  Result<client::ServiceClient*> ConnectSealed(const client::ServiceAddress& service,
                                               const client::Account* account,
                                               client::Caller caller);
  client::ServiceClient* Connect(const client::ServiceAddress& service,
                                 std::unique_ptr<client::Credentials> credentials);
  const Options options_;
  Output& out_;
  std::optional<client::Home> home_;
  std::optional<client::Device> device_;
  std::optional<client::Account> account_;
  std::optional<Knowledge> knowledge_;
  client::SealedCredentials* sealed_ = nullptr;  // Of the connection, if they are.
  std::optional<Connection> connection_;
  std::optional<client::Session> session_;
};

}  // namespace mesh::tool
