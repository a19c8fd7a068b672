#include "common/mesh/account_address.h"

#include "common/base/limits.h"

namespace mesh {
namespace {

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

Result<AccountAddress> AccountAddress::Parse(std::string_view text) {
  if (text.size() > kAccountAddressBytesMax) {
    return InvalidArgument("account address: longer than " +
                           std::to_string(kAccountAddressBytesMax) + " octets");
  }
  const size_t at = text.rfind('@');
  if (at == text.npos) return InvalidArgument("account address: not of the form name@domain");
  MESH_RETURN_IF_ERROR(CheckLocal(text.substr(0, at)));
  const std::string domain = AsciiLowerCase(text.substr(at + 1));
  if (!IsDomainName(domain)) return InvalidArgument("account address: no DNS name after '@'");
  return AccountAddress(std::string(text.substr(0, at)) + "@" + domain, at);
}

}  // namespace mesh
