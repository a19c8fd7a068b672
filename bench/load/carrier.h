// Carrier brings messages over the wire: whole HTTP/1.1 requests, bare with the account in a
// header as --reference-compatibility takes them, or sealed under a ticket of the account
// (docs/AUTHENTICATION.md). Tickets come from exchanges, one for each account.
//
// One thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bench/load/options.h"
#include "bench/load/person.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/client/cached_session.h"
#include "common/client/known_service.h"
#include "common/client/messages.h"
#include "common/client/sealed_request.h"

namespace mesh::load {

// Whether a device is in the account: frame zero of mmm_Device is none.
bool HasDevice(const client::StatusReply& reply);

// What is sent, and what opens the reply if it is sealed.
struct Sent {
  std::string octets;
  std::optional<client::SealedRequest> sealed;
  bool admits = false;  // The reply's ticket is one of the account.
};

class Carrier {
 public:
  // All of them outlive this.
  Carrier(const Options& options, const Person& person, const Clock& clock);

  // False: Hello must be asked first.
  bool KnowsService() const { return !options_.authenticate || service_.host.has_value(); }
  // False: an exchange must come first.
  bool HasTicket(const std::string& address) const;

  // A Hello, for its own sake or to know the service.
  Sent Hello(std::string_view message) const;
  // In the name of the device alone. As the next two do, it needs KnowsService().
  Result<Sent> AsDevice(const std::string& address, std::string_view message) const;
  // AsDevice for a Hello, the same octets for some time: who answers works for each as much
  // as for the first.
  Result<Sent> Exchange(std::string_view hello);
  // In the name of the account, with the administrator's signature. Costs two signatures
  // and, with the reply, six operations on X448: 1.4 ms.
  Result<Sent> InExchange(const std::string& address, std::string_view message) const;
  // The cheap way; needs HasTicket().
  Sent Carry(const std::string& address, std::string_view message) const;

  // The message of a reply, a view into `body` or `*storage`. Takes the ticket that it brings,
  // and forgets one that the service does not know. kDataLoss when it does not verify.
  Result<std::string_view> Open(const std::string& address, Sent& sent, std::string_view body,
                                std::string* storage);
  // Likewise of a Hello's.
  Result<std::string_view> OpenHello(std::string_view body, std::string* storage);

 private:
  std::string Post(std::string_view account, std::string_view media_type,
                   std::string_view body) const;
  std::string PostBare(std::string_view address, std::string_view message) const;
  std::string PostSealed(std::string_view body) const;

  const Options& options_;
  const Person& person_;
  const Clock& clock_;
  client::KnownService service_;
  std::string exchange_;  // See Exchange.
  MonotonicTime exchange_made_{};
  std::unordered_map<std::string, client::CachedSession> sessions_;  // By address.
};

}  // namespace mesh::load
