#include "common/discovery/dns_channel.h"

#include <ares.h>
#include <sys/time.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/discovery/limits.h"

namespace mesh::discovery {
namespace {

constexpr int kInternet = 1;  // The class.
// Larger answers come by TCP: what passes every network without being cut in pieces
// (the DNS community's flag day of 2020).
constexpr int kUdpBytesMax = 1232;

void InitializeCares() {
  static std::once_flag once;
  std::call_once(once, [] { MESH_CHECK(ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS); });
}

struct Query {
  Question question;
  DnsChannel::Done done;
};

Result<DnsAnswer> ReadOutcome(int status, const unsigned char* packet, int size,
                              const Question& question) {
  switch (status) {
    case ARES_SUCCESS:
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      break;
    case ARES_ETIMEOUT:
      return Status(Code::kDeadlineExceeded, "no answer from the name servers in time");
    default:
      return Status(Code::kUnavailable,
                    std::string("the name servers did not help: ") + ares_strerror(status));
  }
  if (packet != nullptr) {
    return ReadDnsAnswer({reinterpret_cast<const char*>(packet), static_cast<size_t>(size)},
                         question);
  }
  DnsAnswer nothing;  // c-ares knows by itself, as of names under .onion.
  nothing.ttl = kNegativeTtlDefault;
  return nothing;
}

void OnAnswer(void* user, int status, int /*timeouts*/, unsigned char* packet, int size) {
  const std::unique_ptr<Query> query(static_cast<Query*>(user));
  if (status == ARES_EDESTRUCTION) return;
  query->done(ReadOutcome(status, packet, size, query->question));
}

ares_options MakeOptions(Duration query_time) {
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
  options.timeout =
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(query_time).count());
  options.tries = kQueryTries;
  options.ednspsz = kUdpBytesMax;
  return options;
}

std::string Joined(const NameServers& servers) {
  std::string csv;
  for (const std::string& server : servers) csv.append(csv.empty() ? "" : ",").append(server);
  return csv;
}

}  // namespace

struct DnsChannel::Channel {
  ares_channel ares = nullptr;

  ~Channel() {
    if (ares != nullptr) ares_destroy(ares);
  }
};

Result<std::unique_ptr<DnsChannel>> DnsChannel::Open(const NameServers& servers,
                                                     Duration query_time) {
  InitializeCares();
  constexpr int kGiven =
      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_NOROTATE;
  ares_options options = MakeOptions(query_time);
  auto channel = std::make_unique<Channel>();
  int status = ares_init_options(&channel->ares, &options, kGiven);
  if (status == ARES_SUCCESS && !servers.empty()) {
    status = ares_set_servers_ports_csv(channel->ares, Joined(servers).c_str());
  }
  if (status == ARES_SUCCESS) {
    return std::unique_ptr<DnsChannel>(new DnsChannel(std::move(channel)));
  }
  return Status(Code::kUnavailable,
                std::string("DNS cannot be asked from here: ") + ares_strerror(status));
}

DnsChannel::DnsChannel(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}

DnsChannel::~DnsChannel() = default;

void DnsChannel::Ask(const Question& question, Done done) {
  auto query = std::make_unique<Query>(Query{question, std::move(done)});
  const char* const name = query->question.name.c_str();
  ares_query(channel_->ares, name, kInternet, static_cast<int>(question.type), &OnAnswer,
             query.release());
}

Duration DnsChannel::AddPolls(std::vector<pollfd>* polls, Duration wait_max) const {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  const int bits = ares_getsock(channel_->ares, sockets, ARES_GETSOCK_MAXNUM);
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(bits, i)) events |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(bits, i)) events |= POLLOUT;
    if (events != 0) polls->push_back({sockets[i], events, 0});
  }
  timeval next{};
  if (ares_timeout(channel_->ares, nullptr, &next) == nullptr) return wait_max;
  return std::min<Duration>(
      wait_max, std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec));
}

void DnsChannel::Process(std::span<const pollfd> polls) {
  for (const pollfd& poll : polls) {
    const bool failed = (poll.revents & (POLLERR | POLLHUP)) != 0;
    const bool readable = failed || (poll.revents & POLLIN) != 0;
    const bool writable = failed || (poll.revents & POLLOUT) != 0;
    if (!readable && !writable) continue;
    ares_process_fd(channel_->ares, readable ? poll.fd : ARES_SOCKET_BAD,
                    writable ? poll.fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(channel_->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

}  // namespace mesh::discovery
