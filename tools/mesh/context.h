// What a command works with: the options that all commands share, and what is made
// from them when a command first asks for it.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/client/account.h"
#include "common/client/credentials.h"
#include "common/client/home.h"
#include "common/client/https_transport.h"
#include "common/client/service_client.h"
#include "common/client/session.h"
#include "tools/mesh/output.h"

namespace mesh::tool {

struct Options {
  std::string home;
  std::string account;
  client::ServiceAddress service;
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

 private:
  std::unique_ptr<client::Transport> transport_;
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
  // The account of --account, or the only one there is.
  Result<client::Account*> OpenAccount();
  // A service by the options, or by `account` if the options name none.
  Result<client::ServiceAddress> Service(const client::Account* account,
                                         std::string_view domain) const;

  // Connects to `service` as nobody, or in the name of this device in `account`.
  client::ServiceClient& ConnectAsNobody(const client::ServiceAddress& service);
  Result<client::ServiceClient*> ConnectAs(const client::Account& account);
  // A session of this device in its account.
  Result<client::Session*> OpenSession();

  // Whether the last failure was the service's answer.
  bool refused() { return connection_ && connection_->client().refusal().has_value(); }

 private:
  const Options options_;
  Output& out_;
  std::optional<client::Home> home_;
  std::optional<client::Device> device_;
  std::optional<client::Account> account_;
  std::optional<Connection> connection_;
  std::optional<client::Session> session_;
};

}  // namespace mesh::tool
