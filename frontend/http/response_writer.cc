#include "frontend/http/response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace mesh::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

constexpr std::array<Phrase, 24> kPhrases = {{
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

void AppendNumber(size_t number, std::string& out) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void AppendField(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view DateCache::At(WallMillis now) {
  const WallMillis second = now / 1000;
  if (second != second_) {
    second_ = second;
    const std::time_t time = static_cast<std::time_t>(second);
    std::tm parts{};
    gmtime_r(&time, &parts);
    // The C locale's names are the ones RFC 9110 §5.6.7 wants; no program of ours sets another.
    size_ = std::strftime(text_, sizeof text_, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  }
  return {text_, size_};
}

std::string_view ReasonPhrase(int status) {
  const auto* const found = std::find_if(kPhrases.begin(), kPhrases.end(),
                                         [status](const Phrase& p) { return p.status == status; });
  return found == kPhrases.end() ? "Unknown" : found->text;
}

void AppendHead(const Response& response, bool close, std::string_view date, std::string& out) {
  if (response.status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
  } else {
    out.append("HTTP/1.1 ");
    AppendNumber(static_cast<size_t>(response.status), out);
    out.append(" ").append(ReasonPhrase(response.status)).append("\r\n");
  }
  AppendField("Date", date, out);
  if (!response.content_type.empty()) AppendField("Content-Type", response.content_type, out);
  if (response.status != 204) {
    out.append("Content-Length: ");
    AppendNumber(response.body.size(), out);
    out.append("\r\n");
  }
  for (const auto& [name, value] : response.headers) AppendField(name, value, out);
  if (close) out.append("Connection: close\r\n");
  out.append("\r\n");
}

}  // namespace mesh::http
