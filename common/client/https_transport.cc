#include "common/client/https_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

namespace mesh::client {
namespace {

void InitializeCurl() {
  static std::once_flag once;
  std::call_once(once, [] { MESH_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

bool HoldsSpace(std::string_view text) {
  return text.find_first_of(" \t\r\n") != std::string_view::npos;
}

size_t Receive(char* data, size_t size, size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  const size_t octets = size * count;
  if (body.size() + octets > HttpsTransport::kReplyBytesMax) return 0;  // Ends the transfer.
  body.append(data, octets);
  return octets;
}

// The header list that curl walks; freed with this.
class HeaderList {
 public:
  explicit HeaderList(const HttpHeaders& headers) {
    Add("Expect:");  // One round trip less: the service refuses large bodies early anyway.
    for (const auto& [name, value] : headers) {
      std::string line = name;
      line.append(": ").append(value);
      Add(line);
    }
  }
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  curl_slist* get() const { return list_; }

 private:
  void Add(const std::string& line) {
    curl_slist* const longer = curl_slist_append(list_, line.c_str());
    MESH_CHECK(longer != nullptr);
    list_ = longer;
  }

  curl_slist* list_ = nullptr;
};

}  // namespace

Status CheckServiceAddress(const ServiceAddress& address) {
  constexpr std::string_view kScheme = "https://";
  const std::string_view url = address.url;
  if (url.substr(0, kScheme.size()) != kScheme || url.size() == kScheme.size() || HoldsSpace(url)) {
    return InvalidArgument("\"" + address.url +
                           "\" is not the address of a service: expected https://HOST[:PORT]");
  }
  if (url.find('/', kScheme.size()) != std::string_view::npos) {
    return InvalidArgument("\"" + address.url +
                           "\" has a path; a service is https://HOST[:PORT] and nothing more");
  }
  const size_t colon = address.connect.rfind(':');
  const bool bad_connect = colon == std::string::npos || colon == 0 ||
                           colon + 1 == address.connect.size() || HoldsSpace(address.connect);
  if (!address.connect.empty() && bad_connect) {
    return InvalidArgument("\"" + address.connect + "\" is not HOST:PORT to connect to");
  }
  return {};
}

struct HttpsTransport::Curl {
  Curl() : easy(curl_easy_init()) { MESH_CHECK(easy != nullptr); }
  ~Curl() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(connect_to);
  }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  template <typename Value>
  void Set(CURLoption option, Value value) {
    MESH_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
  }

  // Whether the request may have reached the service.
  bool Sent() const {
    curl_off_t sent = 0;
    long octets = 0;
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &octets);
    return sent > 0 || octets > 0;
  }

  Status Failure(CURLcode code, const ServiceAddress& address) const;

  CURL* const easy;
  curl_slist* connect_to = nullptr;
  char error[CURL_ERROR_SIZE] = {};
};

Status HttpsTransport::Curl::Failure(CURLcode code, const ServiceAddress& address) const {
  const std::string why = error[0] != '\0' ? error : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return Status(Code::kUnauthenticated,
                    "the certificate of " + address.url + " is not trusted (" + why +
                        "); name the file of its issuer with --ca-file or MESH_CA_FILE");
    case CURLE_WRITE_ERROR:
      return Status(Code::kResourceExhausted, "the reply of " + address.url + " is larger than " +
                                                  std::to_string(kReplyBytesMax) + " octets");
    default:
      break;
  }
  if (!Sent()) return Status(Code::kUnavailable, "cannot reach " + address.url + ": " + why);
  return Status(Code::kDeadlineExceeded, "no answer from " + address.url + " (" + why +
                                             "); the request may or may not have been applied");
}

HttpsTransport::HttpsTransport(ServiceAddress address, const Clock& clock)
    : address_(std::move(address)), clock_(clock) {
  InitializeCurl();
  curl_ = std::make_unique<Curl>();
  curl_->Set(CURLOPT_ERRORBUFFER, curl_->error);
  curl_->Set(CURLOPT_NOSIGNAL, 1L);
  curl_->Set(CURLOPT_PROTOCOLS_STR, "https");
  curl_->Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
  curl_->Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_->Set(CURLOPT_USERAGENT, "mesh");
  curl_->Set(CURLOPT_WRITEFUNCTION, &Receive);
  curl_->Set(CURLOPT_POST, 1L);
  if (!address_.ca_file.empty()) {
    curl_->Set(CURLOPT_CAINFO, address_.ca_file.c_str());
    curl_->Set(CURLOPT_CAPATH, nullptr);
  }
  if (!address_.connect.empty()) {
    curl_->connect_to = curl_slist_append(nullptr, ("::" + address_.connect).c_str());
    MESH_CHECK(curl_->connect_to != nullptr);
    curl_->Set(CURLOPT_CONNECT_TO, curl_->connect_to);
  }
}

HttpsTransport::~HttpsTransport() = default;

Result<HttpReply> HttpsTransport::Post(std::string_view path, const HttpHeaders& headers,
                                       std::string_view body, Deadline deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.Now());
  if (left.count() <= 0) return Status(Code::kUnavailable, "no time left to send the request");
  const milliseconds connect_time = std::min<milliseconds>(left, kConnectTime);
  const std::string url = address_.url + std::string(path);
  const HeaderList list(headers);
  HttpReply reply;

  curl_->error[0] = '\0';
  curl_->Set(CURLOPT_URL, url.c_str());
  curl_->Set(CURLOPT_HTTPHEADER, list.get());
  curl_->Set(CURLOPT_POSTFIELDS, body.data());
  curl_->Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_->Set(CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_->Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_time.count()));
  curl_->Set(CURLOPT_WRITEDATA, &reply.body);
  const CURLcode code = curl_easy_perform(curl_->easy);
  if (code != CURLE_OK) return curl_->Failure(code, address_);

  long status = 0;
  curl_easy_getinfo(curl_->easy, CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  return reply;
}

}  // namespace mesh::client
