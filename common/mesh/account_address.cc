#include "common/mesh/account_address.h"

#include "common/base/limits.h"

namespace mesh {
namespace {

constexpr size_t kDomainBytesMax = 253;
constexpr size_t kLabelBytesMax = 63;

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > kLabelBytesMax) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == label.npos;
}

Status CheckLocal(std::string_view local) {
  if (local.empty()) return InvalidArgument("account name: empty before '@'");
  if (local.size() > kAccountLocalBytesMax) {
    return InvalidArgument("account name: longer than " + std::to_string(kAccountLocalBytesMax) +
                           " octets before '@'");
  }
  for (const char c : local) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x21 || octet > 0x7e ||
        kAccountInvalidCharacters.find(c) != std::string_view::npos) {
      return InvalidArgument(
          "account name: a character that is not allowed; use letters, digits and any of "
          "! # $ % & * + - . = ? ^ _ ~");
    }
  }
  if (local.front() == '.' || local.back() == '.') {
    return InvalidArgument("account name: may not begin or end with '.'");
  }
  return Status();
}

}  // namespace

bool IsDomainName(std::string_view name) {
  if (name.empty() || name.size() > kDomainBytesMax) return false;
  while (true) {
    const size_t dot = name.find('.');
    if (!IsLabel(name.substr(0, dot))) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

Result<AccountAddress> AccountAddress::Parse(std::string_view text) {
  if (text.size() > kAccountAddressBytesMax) {
    return InvalidArgument("account address: longer than " +
                           std::to_string(kAccountAddressBytesMax) + " octets");
  }
  const size_t at = text.rfind('@');
  if (at == text.npos) return InvalidArgument("account address: not of the form name@domain");
  MESH_RETURN_IF_ERROR(CheckLocal(text.substr(0, at)));
  const std::string domain = LowerCase(text.substr(at + 1));
  if (!IsDomainName(domain)) return InvalidArgument("account address: no DNS name after '@'");
  return AccountAddress(std::string(text.substr(0, at)) + "@" + domain, at);
}

}  // namespace mesh
