#include "common/mesh/incident.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "proto/mesh.pb.h"

namespace mesh {
namespace {

constexpr std::string_view kNames[] = {"other",      "authentication", "rate",    "request",
                                       "connection", "owner",          "message", "peer"};
static_assert(std::size(kNames) == kIncidentKinds);
static_assert(kIncidentKinds == proto::IncidentKind_ARRAYSIZE);

// Octets. A reason is a word of ours, a source at most a domain name, an account an address.
constexpr size_t kReasonBytesMax = 32;
constexpr size_t kSourceBytesMax = 255;
constexpr size_t kAccountBytesMax = 512;

bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= kReasonBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

// Whether it may stand on an operator's terminal as it is.
bool IsPlain(std::string_view text, size_t max) {
  return text.size() <= max && std::none_of(text.begin(), text.end(),
                                            [](unsigned char c) { return c <= ' ' || c == 127; });
}

std::string TextOf(int family, const void* address, int bits) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, address, text.data(), text.size());
  return std::string(text.data()) + "/" + std::to_string(bits);
}

std::string NetworkOf4(in_addr address) {
  address.s_addr &= htonl(0xFFFFFF00);
  return TextOf(AF_INET, &address, 24);
}

std::string NetworkOf6(in6_addr address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr four;
    std::memcpy(&four, address.s6_addr + 12, sizeof four);
    return NetworkOf4(four);
  }
  std::fill(address.s6_addr + 6, address.s6_addr + 16, uint8_t{0});
  return TextOf(AF_INET6, &address, 48);
}

}  // namespace

std::string_view IncidentKindName(IncidentKind kind) {
  const auto number = static_cast<size_t>(kind);
  return kNames[number < kIncidentKinds ? number : 0];
}

// No field holds the octet 0.
std::string IncidentKey(const Incident& incident) {
  std::string key(1, static_cast<char>(incident.kind));
  for (const std::string* field : {&incident.reason, &incident.source, &incident.account}) {
    key.append(*field).push_back('\0');
  }
  return key;
}

void MergeIncident(const Incident& more, Incident& incident) {
  incident.first = std::min(incident.first, more.first);
  incident.last = std::max(incident.last, more.last);
  incident.count += more.count;
}

void FillIncident(const Incident& incident, proto::Incident* message) {
  message->set_kind(static_cast<proto::IncidentKind>(incident.kind));
  message->set_reason(incident.reason);
  message->set_source(incident.source);
  message->set_account(incident.account);
  message->set_first(incident.first);
  message->set_last(incident.last);
  message->set_count(incident.count);
}

Result<Incident> TakeIncident(proto::Incident& message) {
  const bool good = IsWord(message.reason()) && IsPlain(message.source(), kSourceBytesMax) &&
                    IsPlain(message.account(), kAccountBytesMax) && message.count() > 0 &&
                    message.first() >= 0 && message.first() <= message.last();
  if (!good) return InvalidArgument("an incident is malformed");
  Incident incident;
  if (proto::IncidentKind_IsValid(message.kind())) {
    incident.kind = static_cast<IncidentKind>(message.kind());
  }
  incident.reason = std::move(*message.mutable_reason());
  incident.source = std::move(*message.mutable_source());
  incident.account = std::move(*message.mutable_account());
  incident.first = message.first();
  incident.last = message.last();
  incident.count = message.count();
  return incident;
}

std::string NetworkOf(std::string_view address) {
  const std::string text(address);
  in_addr four;
  if (inet_pton(AF_INET, text.c_str(), &four) == 1) return NetworkOf4(four);
  in6_addr six;
  if (inet_pton(AF_INET6, text.c_str(), &six) == 1) return NetworkOf6(six);
  return std::string();
}

}  // namespace mesh
