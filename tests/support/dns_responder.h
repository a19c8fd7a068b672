// A name server on loopback whose answers a test makes, octet by octet if it likes: UDP
// and TCP on one port that the system chooses.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/discovery/dns_answer.h"

namespace mesh::testing {

// One question as it arrived.
struct DnsRequest {
  uint16_t id = 0;
  discovery::Question question;
  bool tcp = false;
};

// Writes an answer to a request.
class DnsPacket {
 public:
  explicit DnsPacket(const DnsRequest& request);

  DnsPacket& Code(int response_code);
  DnsPacket& Truncated();
  DnsPacket& Id(uint16_t id);
  DnsPacket& Service(const std::string& owner, uint16_t priority, uint16_t weight, uint16_t port,
                     const std::string& host, uint32_t ttl = 300);
  DnsPacket& Text(const std::string& owner, const std::vector<std::string>& texts,
                  uint32_t ttl = 300);
  // Of whichever family `numeric` is.
  DnsPacket& Address(const std::string& owner, const std::string& numeric, uint32_t ttl = 300);
  DnsPacket& Alias(const std::string& owner, const std::string& target, uint32_t ttl = 300);
  // In the authority section; no more answers after it.
  DnsPacket& Authority(const std::string& zone, uint32_t ttl, uint32_t minimum);
  // A record of any type with these octets.
  DnsPacket& Record(const std::string& owner, uint16_t type, std::string_view data, uint32_t ttl);

  const std::string& octets() const { return octets_; }

 private:
  void Count(size_t offset);
  void Append(const std::string& owner, uint16_t type, std::string_view data, uint32_t ttl);

  std::string octets_;
};

class DnsResponder {
 public:
  // The packets to send, none for silence. Called on the responder's thread.
  using Handler = std::function<std::vector<std::string>(const DnsRequest&)>;

  explicit DnsResponder(Handler handler);
  ~DnsResponder();

  // "127.0.0.1:PORT", for discovery::NameServers.
  std::string address() const;
  // What has been asked so far.
  std::vector<DnsRequest> asked() const;

 private:
  bool Listen();
  void Run();
  void ServeUdp();
  bool ServeTcp(int connection);
  std::vector<std::string> Answer(std::string_view packet, bool tcp);

  const Handler handler_;
  UniqueFd udp_;
  UniqueFd tcp_;
  UniqueFd wake_;
  std::vector<UniqueFd> connections_;  // Of the responder's thread.
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<DnsRequest> asked_;  // Guarded by mutex_.
  std::thread thread_;             // Last: it uses all of the above.
};

}  // namespace mesh::testing
