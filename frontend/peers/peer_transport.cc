#include "frontend/peers/peer_transport.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "common/base/check.h"
#include "frontend/peers/peer_limits.h"
#include "frontend/peers/public_address.h"

namespace mesh::frontend {
namespace {

void InitializeCurl() {
  static std::once_flag once;
  std::call_once(once, [] { MESH_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

long Millis(Duration duration) {
  return std::chrono::ceil<std::chrono::milliseconds>(duration).count();
}

// A list that curl walks; freed with this.
class CurlList {
 public:
  CurlList() = default;
  ~CurlList() { curl_slist_free_all(list_); }
  CurlList(const CurlList&) = delete;
  CurlList& operator=(const CurlList&) = delete;

  void Add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list_, line.c_str());
    MESH_CHECK(longer != nullptr);
    list_ = longer;
  }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

std::string Numeric(const curl_sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* octets = &reinterpret_cast<const sockaddr_in*>(&address.addr)->sin_addr;
  if (address.family == AF_INET6) {
    octets = &reinterpret_cast<const sockaddr_in6*>(&address.addr)->sin6_addr;
  }
  ::inet_ntop(address.family, octets, text.data(), text.size());
  return text.data();
}

// The last word on every connection: whatever named the address, it must be public.
curl_socket_t OpenPublicSocket(void* /*user*/, curlsocktype /*purpose*/, curl_sockaddr* address) {
  if (!IsPublicAddress(Numeric(*address))) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// One request under way.
struct Transfer {
  Transfer() : easy(curl_easy_init()) { MESH_CHECK(easy != nullptr); }
  ~Transfer() { curl_easy_cleanup(easy); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  template <typename Value>
  void Set(CURLoption option, Value value) {
    MESH_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
  }

  Result<client::HttpReply> Outcome(CURLcode code);

  CURL* const easy;
  CurlList headers;
  CurlList addresses;
  PeerPost post;
  std::string reply;
  size_t header_octets = 0;
  std::array<char, CURL_ERROR_SIZE> error{};
  PeerTransport::Done done;
};

// CURLE_SSL_CONNECT_ERROR is a handshake that broke off, which says nothing of a certificate:
// CURLINFO_SSL_VERIFYRESULT is 1 then, whether one was seen or not.
Result<client::HttpReply> Transfer::Outcome(CURLcode code) {
  const std::string why = error[0] != '\0' ? error.data() : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OK:
      break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return Status(Code::kUnauthenticated,
                    "the other service has no certificate that is trusted here: " + why);
    case CURLE_OPERATION_TIMEDOUT:
      return Status(Code::kDeadlineExceeded, "no answer from the other service in time");
    case CURLE_WRITE_ERROR:
      return Status(Code::kResourceExhausted,
                    "the other service's answer is longer than any that was asked for");
    default:
      return Status(Code::kUnavailable, "the other service cannot be reached: " + why);
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return client::HttpReply{static_cast<int>(status), std::move(reply)};
}

size_t ReceiveBody(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const size_t octets = size * count;
  if (transfer.reply.size() + octets > transfer.post.reply_bytes_max)
    return 0;  // Ends the transfer.
  transfer.reply.append(data, octets);
  return octets;
}

size_t ReceiveHeader(char* /*data*/, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_octets += size * count;
  return transfer.header_octets > kPeerHeaderBytesMax ? 0 : size * count;
}

void SetSecurity(Transfer& transfer, const PeerTransportOptions& options) {
  transfer.Set(CURLOPT_PROTOCOLS_STR, "https");
  transfer.Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
  transfer.Set(CURLOPT_FOLLOWLOCATION, 0L);
  transfer.Set(CURLOPT_PROXY, "");  // None, whatever the environment says.
  transfer.Set(CURLOPT_FRESH_CONNECT, options.keep_connections ? 0L : 1L);
  transfer.Set(CURLOPT_FORBID_REUSE, options.keep_connections ? 0L : 1L);
  transfer.Set(CURLOPT_MAXAGE_CONN, static_cast<long>(kPeerIdleTime.count()));
  if (!options.ca_file.empty()) {
    transfer.Set(CURLOPT_CAINFO, options.ca_file.c_str());
    transfer.Set(CURLOPT_CAPATH, nullptr);
  }
  if (!options.allow_private) transfer.Set(CURLOPT_OPENSOCKETFUNCTION, &OpenPublicSocket);
}

// The name means the addresses of the target, for a minute. curl asks no DNS.
void SetTarget(Transfer& transfer) {
  const discovery::ServiceTarget& target = transfer.post.target;
  const std::string place = transfer.post.name + ":" + std::to_string(target.port);
  std::string line = "+" + place + ":";
  for (const std::string& address : target.addresses) line += address + ",";
  line.pop_back();
  transfer.addresses.Add(line);
  transfer.Set(CURLOPT_RESOLVE, transfer.addresses.get());
  transfer.Set(CURLOPT_URL, ("https://" + place + target.path).c_str());
}

void SetRequest(Transfer& transfer) {
  const std::string& body = transfer.post.body;
  transfer.headers.Add("Expect:");
  for (const auto& [name, value] : transfer.post.headers) {
    transfer.headers.Add(std::string(name).append(": ").append(value));
  }
  transfer.Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  transfer.Set(CURLOPT_USERAGENT, "mesh-frontend");
  transfer.Set(CURLOPT_HTTPHEADER, transfer.headers.get());
  transfer.Set(CURLOPT_POST, 1L);
  transfer.Set(CURLOPT_POSTFIELDS, body.data());
  transfer.Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  transfer.Set(CURLOPT_WRITEFUNCTION, &ReceiveBody);
  transfer.Set(CURLOPT_WRITEDATA, &transfer);
  transfer.Set(CURLOPT_HEADERFUNCTION, &ReceiveHeader);
  transfer.Set(CURLOPT_HEADERDATA, &transfer);
}

void SetTimes(Transfer& transfer) {
  transfer.Set(CURLOPT_NOSIGNAL, 1L);
  transfer.Set(CURLOPT_TIMEOUT_MS, std::max(1L, Millis(transfer.post.time)));
  transfer.Set(CURLOPT_CONNECTTIMEOUT_MS, Millis(kConnectTime));
}

}  // namespace

struct PeerTransport::State {
  explicit State(PeerTransportOptions its_options)
      : options(std::move(its_options)), multi(curl_multi_init()) {
    MESH_CHECK(multi != nullptr);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kPeerConnectionsMax);
  }
  ~State() {
    for (const auto& [easy, transfer] : transfers) curl_multi_remove_handle(multi, easy);
    transfers.clear();
    curl_multi_cleanup(multi);
  }

  void Finish(CURL* easy, CURLcode code) {
    curl_multi_remove_handle(multi, easy);
    const auto transfer = transfers.extract(easy);
    transfer.mapped()->done(transfer.mapped()->Outcome(code));
  }

  const PeerTransportOptions options;
  CURLM* const multi;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers;
};

PeerTransport::PeerTransport(PeerTransportOptions options)
    : state_((InitializeCurl(), std::make_unique<State>(std::move(options)))) {}

PeerTransport::~PeerTransport() = default;

void PeerTransport::Post(PeerPost post, Done done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->post = std::move(post);
  transfer->done = std::move(done);
  transfer->Set(CURLOPT_ERRORBUFFER, transfer->error.data());
  SetSecurity(*transfer, state_->options);
  SetTarget(*transfer);
  SetRequest(*transfer);
  SetTimes(*transfer);
  MESH_CHECK(curl_multi_add_handle(state_->multi, transfer->easy) == CURLM_OK);
  state_->transfers.emplace(transfer->easy, std::move(transfer));
}

void PeerTransport::Wait(Duration wait_max) {
  curl_multi_poll(state_->multi, nullptr, 0, static_cast<int>(Millis(wait_max)), nullptr);
  int running = 0;
  curl_multi_perform(state_->multi, &running);
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(state_->multi, &left)) {
    if (message->msg == CURLMSG_DONE) state_->Finish(message->easy_handle, message->data.result);
  }
}

void PeerTransport::Wake() { curl_multi_wakeup(state_->multi); }

}  // namespace mesh::frontend
