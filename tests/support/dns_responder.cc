#include "tests/support/dns_responder.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/encoding/domain_name.h"

namespace mesh::testing {
namespace {

constexpr size_t kHeaderBytes = 12;
constexpr size_t kFlags = 2;
constexpr size_t kAnswerCount = 6;
constexpr size_t kAuthorityCount = 8;
constexpr uint16_t kInternet = 1;

std::string EncodeName(std::string_view name) {
  std::string octets;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    octets += static_cast<char>(label.size());
    octets += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return octets + '\0';
}

std::string DecodeName(std::string_view* rest) {
  std::string name;
  while (!rest->empty() && rest->front() != '\0') {
    const auto length = static_cast<size_t>(rest->front());
    if (!name.empty()) name += '.';
    name += rest->substr(1, length);
    rest->remove_prefix(std::min(rest->size(), length + 1));
  }
  if (!rest->empty()) rest->remove_prefix(1);
  return AsciiLowerCase(name);
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

constexpr int kPortsTried = 50;

bool Bind(const UniqueFd& socket, uint16_t port) {
  const sockaddr_in address = Loopback(port);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

uint16_t PortOf(const UniqueFd& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  MESH_CHECK(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return ntohs(address.sin_port);
}

bool ReadAll(int socket, char* out, size_t octets) {
  return ::recv(socket, out, octets, MSG_WAITALL) == static_cast<ssize_t>(octets);
}

}  // namespace

DnsPacket::DnsPacket(const DnsRequest& request) {
  AppendBigEndian16(octets_, request.id);
  AppendBigEndian16(octets_, 0x8180);  // An answer; recursion was wanted and is available.
  AppendBigEndian16(octets_, 1);
  for (int count = 0; count < 3; ++count) AppendBigEndian16(octets_, 0);
  octets_ += EncodeName(request.question.name);
  AppendBigEndian16(octets_, static_cast<uint16_t>(request.question.type));
  AppendBigEndian16(octets_, kInternet);
}

DnsPacket& DnsPacket::Code(int response_code) {
  octets_[kFlags + 1] = static_cast<char>((octets_[kFlags + 1] & 0xf0) | response_code);
  return *this;
}

DnsPacket& DnsPacket::Truncated() {
  octets_[kFlags] = static_cast<char>(octets_[kFlags] | 0x02);
  return *this;
}

DnsPacket& DnsPacket::Id(uint16_t id) {
  octets_[0] = static_cast<char>(id >> 8);
  octets_[1] = static_cast<char>(id);
  return *this;
}

DnsPacket& DnsPacket::Service(const std::string& owner, uint16_t priority, uint16_t weight,
                              uint16_t port, const std::string& host, uint32_t ttl) {
  std::string data;
  for (const uint16_t number : {priority, weight, port}) AppendBigEndian16(data, number);
  data += EncodeName(host);
  return Record(owner, 33, data, ttl);
}

DnsPacket& DnsPacket::Text(const std::string& owner, const std::vector<std::string>& texts,
                           uint32_t ttl) {
  std::string data;
  for (const std::string& text : texts) data.append(1, static_cast<char>(text.size())).append(text);
  return Record(owner, 16, data, ttl);
}

DnsPacket& DnsPacket::Address(const std::string& owner, const std::string& numeric, uint32_t ttl) {
  std::array<char, 16> data{};
  if (::inet_pton(AF_INET, numeric.c_str(), data.data()) == 1) {
    return Record(owner, 1, {data.data(), 4}, ttl);
  }
  MESH_CHECK(::inet_pton(AF_INET6, numeric.c_str(), data.data()) == 1);
  return Record(owner, 28, {data.data(), 16}, ttl);
}

DnsPacket& DnsPacket::Alias(const std::string& owner, const std::string& target, uint32_t ttl) {
  return Record(owner, 5, EncodeName(target), ttl);
}

DnsPacket& DnsPacket::Authority(const std::string& zone, uint32_t ttl, uint32_t minimum) {
  std::string data = EncodeName("ns." + zone) + EncodeName("root." + zone);
  for (const uint32_t number : {1u, 3600u, 600u, 86400u, minimum}) AppendBigEndian32(data, number);
  Append(zone, 6, data, ttl);
  Count(kAuthorityCount);
  return *this;
}

DnsPacket& DnsPacket::Record(const std::string& owner, uint16_t type, std::string_view data,
                             uint32_t ttl) {
  Append(owner, type, data, ttl);
  Count(kAnswerCount);
  return *this;
}

void DnsPacket::Append(const std::string& owner, uint16_t type, std::string_view data,
                       uint32_t ttl) {
  octets_ += EncodeName(owner);
  AppendBigEndian16(octets_, type);
  AppendBigEndian16(octets_, kInternet);
  AppendBigEndian32(octets_, ttl);
  AppendBigEndian16(octets_, static_cast<uint16_t>(data.size()));
  octets_ += data;
}

void DnsPacket::Count(size_t offset) {
  std::string count;
  const std::string_view octets = octets_;
  AppendBigEndian16(count, static_cast<uint16_t>(ReadBigEndian16(octets.substr(offset)) + 1));
  octets_.replace(offset, count.size(), count);
}

DnsResponder::DnsResponder(Handler handler)
    : handler_(std::move(handler)), wake_(::eventfd(0, EFD_CLOEXEC)) {
  int attempts = 0;
  while (!Listen()) MESH_CHECK(++attempts < kPortsTried);
  thread_ = std::thread([this] { Run(); });
}

// One port for both. What is free of one kind may be taken of the other.
bool DnsResponder::Listen() {
  udp_.Reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  tcp_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  MESH_CHECK(Bind(udp_, 0));
  port_ = PortOf(udp_);
  return Bind(tcp_, port_) && ::listen(tcp_.get(), 16) == 0;
}

DnsResponder::~DnsResponder() {
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

std::string DnsResponder::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::vector<DnsRequest> DnsResponder::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void DnsResponder::Run() {
  while (true) {
    std::vector<pollfd> polls = {
        {wake_.get(), POLLIN, 0}, {udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}};
    for (const UniqueFd& connection : connections_) polls.push_back({connection.get(), POLLIN, 0});
    ::poll(polls.data(), polls.size(), -1);
    if (polls[0].revents != 0) return;
    if (polls[1].revents != 0) ServeUdp();
    std::erase_if(connections_, [&](const UniqueFd& connection) {
      const auto poll = std::find_if(polls.begin(), polls.end(), [&](const pollfd& candidate) {
        return candidate.fd == connection.get();
      });
      return poll->revents != 0 && !ServeTcp(connection.get());
    });
    if (polls[2].revents != 0) {
      connections_.emplace_back(::accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
  }
}

void DnsResponder::ServeUdp() {
  std::array<char, 65536> packet{};
  sockaddr_in from{};
  socklen_t length = sizeof from;
  auto* const address = reinterpret_cast<sockaddr*>(&from);
  const ssize_t size = ::recvfrom(udp_.get(), packet.data(), packet.size(), 0, address, &length);
  if (size < 0) return;
  for (const std::string& reply : Answer({packet.data(), static_cast<size_t>(size)}, false)) {
    ::sendto(udp_.get(), reply.data(), reply.size(), 0, address, length);
  }
}

// One question; false when there is none any more.
bool DnsResponder::ServeTcp(int connection) {
  std::array<char, 65536> packet{};
  if (!ReadAll(connection, packet.data(), 2)) return false;
  const size_t size = ReadBigEndian16({packet.data(), 2});
  if (!ReadAll(connection, packet.data(), size)) return false;
  for (const std::string& reply : Answer({packet.data(), size}, true)) {
    std::string framed;
    AppendBigEndian16(framed, static_cast<uint16_t>(reply.size()));
    framed += reply;
    ::send(connection, framed.data(), framed.size(), MSG_NOSIGNAL);
  }
  return true;
}

std::vector<std::string> DnsResponder::Answer(std::string_view packet, bool tcp) {
  if (packet.size() < kHeaderBytes) return {};
  DnsRequest request;
  request.id = ReadBigEndian16(packet);
  request.tcp = tcp;
  packet.remove_prefix(kHeaderBytes);
  request.question.name = DecodeName(&packet);
  if (packet.size() < 4) return {};
  request.question.type = static_cast<discovery::RecordType>(ReadBigEndian16(packet));
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request);
  }
  return handler_(request);
}

}  // namespace mesh::testing
