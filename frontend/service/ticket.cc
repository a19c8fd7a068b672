#include "frontend/service/ticket.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/aead.h"
#include "common/crypto/kdf.h"
#include "proto/ticket.pb.h"

namespace mesh::frontend {
namespace {

// PERSISTENT: docs/STORAGE_FORMAT.md, "Tickets".
constexpr char kVersion = 1;
constexpr size_t kSaltBytes = 32;
constexpr size_t kPrefixBytes = 1 + TicketKeyring::kKeyIdBytes + kSaltBytes;
constexpr std::string_view kInfo = "MeshTicket";

// A fresh salt gives each ticket a key and a nonce of its own, so none can repeat.
class OneTimeKey {
 public:
  OneTimeKey(std::string_view secret, std::string_view salt)
      : octets_(crypto::HkdfSha512(secret, salt, kInfo,
                                   crypto::kAeadKeyBytes + crypto::kAeadNonceBytes)) {}
  ~OneTimeKey() { Wipe(octets_); }
  OneTimeKey(const OneTimeKey&) = delete;
  OneTimeKey& operator=(const OneTimeKey&) = delete;

  std::string_view key() const {
    return std::string_view(octets_).substr(0, crypto::kAeadKeyBytes);
  }
  std::string_view nonce() const { return std::string_view(octets_).substr(crypto::kAeadKeyBytes); }

 private:
  std::string octets_;
};

std::string AssociatedData(std::string_view prefix, std::string_view service_udf) {
  return std::string(prefix).append(service_udf);
}

}  // namespace

TicketContent::TicketContent(std::unique_ptr<proto::Ticket> ticket) : ticket_(std::move(ticket)) {}

TicketContent::~TicketContent() { Wipe(*ticket_->mutable_master_key()); }

std::string_view TicketContent::master_key() const { return ticket_->master_key(); }

WallMillis TicketContent::expires() const { return ticket_->expires(); }

std::string SealTicket(const TicketKeyring& keyring, std::string_view service_udf,
                       const proto::Ticket& ticket, crypto::RandomSource& random) {
  const TicketKeyring::Key& key = keyring.sealing();
  const std::string salt = crypto::RandomBytes(kSaltBytes, random);
  std::string octets(1, kVersion);
  octets.append(key.id).append(salt);
  std::string content = ticket.SerializeAsString();
  const OneTimeKey once(key.secret, salt);
  octets +=
      crypto::AeadSeal(once.key(), once.nonce(), AssociatedData(octets, service_udf), content);
  Wipe(content);
  return octets;
}

Result<std::shared_ptr<const TicketContent>> OpenTicket(const TicketKeyring& keyring,
                                                        std::string_view service_udf,
                                                        std::string_view octets) {
  if (octets.size() < kTicketOverhead || octets.front() != kVersion) {
    return Status(Code::kNotFound, "the ticket is not one of this service's");
  }
  const TicketKeyring::Key* key = keyring.Find(octets.substr(1, TicketKeyring::kKeyIdBytes));
  if (key == nullptr) {
    return Status(Code::kNotFound, "the ticket is sealed under a key that is not here any more");
  }
  const std::string_view prefix = octets.substr(0, kPrefixBytes);
  const OneTimeKey once(key->secret, prefix.substr(kPrefixBytes - kSaltBytes));
  Result<std::string> content = crypto::AeadOpen(
      once.key(), once.nonce(), AssociatedData(prefix, service_udf), octets.substr(kPrefixBytes));
  if (!content.ok()) return Status(Code::kUnauthenticated, "the ticket does not open");
  auto ticket = std::make_unique<proto::Ticket>();
  const bool parsed = ticket->ParseFromString(*content);
  Wipe(*content);
  auto opened = std::make_shared<const TicketContent>(std::move(ticket));
  if (parsed) return std::shared_ptr<const TicketContent>(std::move(opened));
  return Status(Code::kUnauthenticated, "the ticket cannot be read");
}

}  // namespace mesh::frontend
