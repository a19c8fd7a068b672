// Messages: what came, and what this device sends.

#include <algorithm>
#include <map>
#include <utility>

#include "common/client/contacts.h"
#include "common/client/session.h"
#include "common/crypto/udf.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/dare/signature.h"
#include "common/mesh/assertion_cache.h"
#include "common/mesh/container_name.h"
#include "common/mesh/message_signature.h"

namespace mesh::client {
namespace {

using States = std::map<std::string, Mail::State, std::less<>>;

Mail::State StateOf(std::string_view relationship) {
  if (relationship == "Unread") return Mail::State::kUnread;
  return relationship == "Read" ? Mail::State::kRead : Mail::State::kClosed;
}

// What the MessageCompletes of a spool say, the last word of each counts.
void ReadStates(const Replica& replica, States* states) {
  for (int64_t i = 1; i < replica.frames(); ++i) {
    const Result<dare::HeaderFields> header = dare::ParseHeader(replica.frame(i).header);
    if (!header.ok() || header->content_meta.message_type != kMessageComplete) continue;
    const Result<MessageHead> head = ParseMessageHead(replica.frame(i).payload);
    if (!head.ok()) continue;
    for (const MessageReference& reference : head->references) {
      (*states)[reference.message_id] = StateOf(reference.relationship);
    }
  }
}

// Who is proved to have sent it; empty: nobody.
std::string SignedBy(const dare::Envelope& envelope, std::string_view sender) {
  AssertionCache assertions;
  const auto verified = VerifyMessageSignature(envelope.header, envelope.trailer,
                                               dare::PayloadDigest(envelope.payload), assertions);
  if (!verified.ok() || *verified == nullptr) return "";
  const std::vector<std::string>& addresses = (*verified)->account.account_addresses;
  const bool own = std::find(addresses.begin(), addresses.end(), sender) != addresses.end();
  return own ? (*verified)->account.udf() : std::string();
}

// Null: what cannot be read, or is for devices alone.
std::optional<Mail> ReadMail(const dare::Envelope& envelope) {
  const Result<dare::HeaderFields> header = dare::ParseHeader(envelope.header);
  Result<Letter> letter = ParseLetter(envelope.payload);
  if (!header.ok() || !letter.ok()) return std::nullopt;
  if (letter->head.type == kAcknowledgeConnection || letter->head.type == kMessageComplete) {
    return std::nullopt;
  }
  Mail mail;
  if (letter->head.type == kMessageError) {
    const Result<MessageError> error = ParseMessageError(envelope.payload);
    if (error.ok()) mail.error = error->error;
  }
  mail.signed_by = SignedBy(envelope, letter->head.sender);
  mail.letter = *std::move(letter);
  mail.envelope = envelope;
  mail.sent = header->content_meta.created.value_or(0);
  return mail;
}

}  // namespace

Result<std::vector<Mail>> Session::Inbox() {
  MESH_RETURN_IF_ERROR(Sync({{std::string(kInbound), std::string(kLocal)}, false}, {}).status());
  States states;
  MESH_ASSIGN(const Replica* const local, Open(kLocal));
  ReadStates(*local, &states);
  MESH_ASSIGN(const Replica* const inbound, Open(kInbound));
  ReadStates(*inbound, &states);
  std::vector<Mail> mails;
  for (int64_t i = 1; i < inbound->frames(); ++i) {
    std::optional<Mail> mail = ReadMail(inbound->frame(i));
    if (!mail) continue;
    const auto state = states.find(mail->letter.head.message_id);
    if (state != states.end()) mail->state = state->second;
    mails.push_back(*std::move(mail));
  }
  return mails;
}

Result<dare::Envelope> Session::OwnContact(std::string_view name) {
  Person self;
  self.full_name = name.empty() ? account_.address : std::string(name);
  self.mesh_addresses = {account_.address};
  dare::SealOptions options;
  MESH_ASSIGN(options.signer, Signer());
  return dare::Seal(WriteContact(self), options, random_);
}

Result<std::string> Session::Send(Letter letter, const std::vector<std::string>& recipients) {
  MessageHead& head = letter.head;
  if (head.message_id.empty()) head.message_id = crypto::NewNonceUdf(random_);
  head.sender = account_.address;
  if (recipients.size() == 1) head.recipient = recipients[0];
  std::string payload;
  WriteMessage(letter, payload);
  MESH_ASSIGN(dare::Envelope envelope, WrapMessage(head, payload, clock_.WallNow(), nullptr));
  MESH_ASSIGN(const crypto::PrivateKey* const signer, Signer());
  MESH_RETURN_IF_ERROR(
      SignMessage(*signer, account_.connection, account_.profile_account, &envelope));
  PostRequest post;
  post.accounts = recipients;
  post.messages.push_back(std::move(envelope));
  MESH_ASSIGN(const UploadReply reply, client_.Post(post));
  if (reply.entries.size() == 1 && reply.entries[0].result == "Reject") {
    return Status(Code::kPermissionDenied, "nobody was sent it: " + reply.entries[0].error);
  }
  return head.message_id;
}

Status Session::Mark(const std::vector<std::string>& message_ids, Mail::State state) {
  const std::string_view relationship = state == Mail::State::kUnread ? "Unread"
                                        : state == Mail::State::kRead ? "Read"
                                                                      : "Closed";
  MESH_ASSIGN(dare::Envelope message,
              MakeCompletion(message_ids, relationship, clock_.WallNow(), random_));
  PostRequest post;
  post.self.push_back(std::move(message));
  return client_.Post(post).status();
}

}  // namespace mesh::client
