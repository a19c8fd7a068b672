#include "common/client/mail.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/bytes.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/signature.h"
#include "common/mesh/assertion_cache.h"
#include "common/mesh/group.h"
#include "common/mesh/message_signature.h"

namespace mesh::client {
namespace {

using Secrecy = Mail::Secrecy;
using Signer = Mail::Signer;

// The payload in clear, and how it was.
std::string OpenPayload(const dare::Envelope& envelope, const dare::HeaderFields& header,
                        const Account& account, Secrecy* secrecy) {
  if (!header.encrypted()) return envelope.payload;
  *secrecy = account.encryption ? Secrecy::kUnreadable : Secrecy::kNoKey;
  if (!account.encryption) return "";
  Result<std::string> master = dare::RecoverMaster(header, *account.encryption);
  if (!master.ok()) return "";
  Result<std::string> payload = dare::DecryptPayload(envelope, header, *master);
  Wipe(*master);
  if (!payload.ok()) return "";
  *secrecy = Secrecy::kOpened;
  return *std::move(payload);
}

Letter LabelsOf(const dare::HeaderFields& header) {
  Letter letter;
  letter.head.type = header.content_meta.message_type;
  letter.head.message_id = header.content_meta.unique_id;
  return letter;
}

// What an opened payload says must be what its labels said to the services on the way: they have
// let it pass for that.
bool AsLabelled(const Letter& letter, const dare::HeaderFields& header) {
  return letter.head.type == header.content_meta.message_type &&
         letter.head.message_id == header.content_meta.unique_id;
}

// The letter in `payload`; null: none that anybody is to see.
std::optional<Letter> ReadLetter(std::string_view payload, const dare::HeaderFields& header,
                                 Secrecy* secrecy) {
  if (*secrecy == Secrecy::kNoKey || *secrecy == Secrecy::kUnreadable) return LabelsOf(header);
  Result<Letter> letter = ParseLetter(payload);
  if (*secrecy == Secrecy::kClear) {
    return letter.ok() ? std::optional(*std::move(letter)) : std::nullopt;
  }
  if (letter.ok() && AsLabelled(*letter, header)) return *std::move(letter);
  *secrecy = Secrecy::kUnreadable;
  return LabelsOf(header);
}

// What a Letter has no member for.
void ReadMore(std::string_view type, std::string_view payload, Mail* mail) {
  if (type == kMessageError) {
    const Result<MessageError> error = ParseMessageError(payload);
    if (error.ok()) mail->error = error->error;
  } else if (type == kGroupInvitation && mail->readable()) {
    const Result<GroupInvitation> invitation = ParseGroupInvitation(payload);
    if (invitation.ok()) mail->group = invitation->group_address;
  }
}

std::shared_ptr<const VerifiedConnection> SignerOf(const dare::Envelope& envelope) {
  AssertionCache assertions;
  auto verified = VerifyMessageSignature(envelope.header, envelope.trailer,
                                         dare::PayloadDigest(envelope.payload), assertions);
  return verified.ok() ? *std::move(verified) : nullptr;
}

Signer Compare(const std::string& digest, std::string_view sender, const Account& account,
               AddressBook& contacts) {
  if (sender == account.address) {
    const bool own = digest == dare::PayloadDigest(account.profile_account.payload).view();
    return own ? Signer::kContact : Signer::kOther;
  }
  const Correspondent* const known = contacts.Find(sender);
  if (known == nullptr) return Signer::kStranger;
  return digest == known->profile_digest.view() ? Signer::kContact : Signer::kOther;
}

void SetSigner(const dare::Envelope& envelope, const Account& account, AddressBook& contacts,
               Mail* mail) {
  const std::shared_ptr<const VerifiedConnection> signer = SignerOf(envelope);
  if (signer == nullptr) return;
  const std::vector<std::string>& addresses = signer->account.account_addresses;
  std::string& sender = mail->letter.head.sender;
  // Of what cannot be read the sender is known by who signed it alone.
  if (!mail->readable() && addresses.size() == 1) sender = addresses[0];
  if (std::find(addresses.begin(), addresses.end(), sender) == addresses.end()) return;
  mail->signed_by = signer->account.udf();
  mail->signer_profile = signer->profile_account_digest;
  mail->signer = Compare(signer->profile_account_digest, sender, account, contacts);
}

}  // namespace

std::optional<Mail> ReadMail(const dare::Envelope& envelope, const Account& account,
                             AddressBook& contacts) {
  const Result<dare::HeaderFields> header = dare::ParseHeader(envelope.header);
  if (!header.ok()) return std::nullopt;
  Mail mail;
  std::string payload = OpenPayload(envelope, *header, account, &mail.secrecy);
  std::optional<Letter> letter = ReadLetter(payload, *header, &mail.secrecy);
  if (!letter || letter->head.type == kAcknowledgeConnection ||
      letter->head.type == kMessageComplete) {
    return std::nullopt;
  }
  ReadMore(letter->head.type, payload, &mail);
  Wipe(payload);
  mail.letter = *std::move(letter);
  mail.envelope = envelope;
  mail.sent = header->content_meta.created.value_or(0);
  SetSigner(envelope, account, contacts, &mail);
  return mail;
}

}  // namespace mesh::client
