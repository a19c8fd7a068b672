// TicketKeys seal the session tickets with which a TLS client resumes.
//
// All front ends of a service hold the same keys, so a client may resume at any of
// them. The first key seals; the others still open, so keys rotate without a break.
// They are keys of TLS only and have nothing to do with the tickets of Mesh
// authentication.

#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mesh::tls {

// Immutable once made; any number of threads may read one.
class TicketKeys {
 public:
  // Octets of one key in a file: name 16, AES-256 key 32, HMAC-SHA-256 key 32.
  static constexpr size_t kKeyBytes = 80;

  struct Key {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
  };

  // One fresh key, for a single front end: clients resume until it restarts.
  static std::shared_ptr<const TicketKeys> Random();
  // One or more keys of kKeyBytes each, newest first. kInvalidArgument for any other
  // length or a name that occurs twice.
  static Result<std::shared_ptr<const TicketKeys>> FromBytes(std::string_view octets);

  ~TicketKeys();  // Wipes them.
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  const Key& sealing() const { return keys_.front(); }
  // The key called `name` (16 octets), or null.
  const Key* Find(const unsigned char* name) const;

 private:
  TicketKeys() = default;
  std::vector<Key> keys_;
};

}  // namespace mesh::tls
