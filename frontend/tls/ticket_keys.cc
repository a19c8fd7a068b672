#include "frontend/tls/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstring>
#include <string>

#include "common/base/check.h"

namespace mesh::tls {
namespace {

static_assert(sizeof(TicketKeys::Key) == TicketKeys::kKeyBytes, "a key is its octets");

}  // namespace

std::shared_ptr<const TicketKeys> TicketKeys::Random() {
  std::array<char, kKeyBytes> octets;
  MESH_CHECK(RAND_priv_bytes(reinterpret_cast<unsigned char*>(octets.data()), octets.size()) == 1);
  auto keys = FromBytes({octets.data(), octets.size()});
  OPENSSL_cleanse(octets.data(), octets.size());
  return *std::move(keys);
}

Result<std::shared_ptr<const TicketKeys>> TicketKeys::FromBytes(std::string_view octets) {
  if (octets.empty() || octets.size() % kKeyBytes != 0) {
    return InvalidArgument("TLS ticket keys must be one or more keys of 80 octets, not " +
                           std::to_string(octets.size()) + " octets");
  }
  std::shared_ptr<TicketKeys> result(new TicketKeys);
  result->keys_.reserve(octets.size() / kKeyBytes);
  for (; !octets.empty(); octets.remove_prefix(kKeyBytes)) {
    Key& key = result->keys_.emplace_back();
    std::memcpy(&key, octets.data(), kKeyBytes);
    if (result->Find(key.name.data()) != &key) {
      return InvalidArgument("two TLS ticket keys have the same name");
    }
  }
  return std::shared_ptr<const TicketKeys>(std::move(result));
}

TicketKeys::~TicketKeys() { OPENSSL_cleanse(keys_.data(), keys_.size() * sizeof(Key)); }

const TicketKeys::Key* TicketKeys::Find(const unsigned char* name) const {
  for (const Key& key : keys_) {
    if (std::memcmp(key.name.data(), name, key.name.size()) == 0) return &key;
  }
  return nullptr;
}

}  // namespace mesh::tls
