// Messages: what came, and what this device sends.

#include <algorithm>
#include <map>
#include <utility>

#include "common/client/contacts.h"
#include "common/client/session.h"
#include "common/crypto/udf.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
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

const Profile* ProfileOf(std::string_view address, const Account& account, AddressBook& book) {
  if (address == account.address) return &account.profile;
  const Correspondent* const known = book.Find(address);
  return known == nullptr ? nullptr : &known->profile;
}

std::vector<crypto::PublicKey> ValuesOf(std::map<std::string, crypto::PublicKey> keys) {
  std::vector<crypto::PublicKey> values;
  for (auto& [address, key] : keys) values.push_back(std::move(key));
  return values;
}

}  // namespace

Result<std::vector<Mail>> Session::Inbox() {
  SyncOptions options{{std::string(kInbound), std::string(kLocal)}};
  options.if_listed = {std::string(kContactCatalog)};
  MESH_RETURN_IF_ERROR(Sync(options, {}).status());
  States states;
  MESH_ASSIGN(const Replica* const local, Open(kLocal));
  ReadStates(*local, &states);
  MESH_ASSIGN(const Replica* const inbound, Open(kInbound));
  ReadStates(*inbound, &states);
  MESH_ASSIGN(const Replica* const contacts, Open(kContactCatalog));
  AddressBook book(*contacts, keys_);
  std::vector<Mail> mails;
  for (int64_t i = 1; i < inbound->frames(); ++i) {
    std::optional<Mail> mail = ReadMail(inbound->frame(i), account_, book);
    if (!mail) continue;
    const auto state = states.find(mail->letter.head.message_id);
    if (state != states.end()) mail->state = state->second;
    mails.push_back(*std::move(mail));
  }
  return mails;
}

Result<std::vector<ClaimSeen>> Session::Claims(const Earl& earl) {
  MESH_RETURN_IF_ERROR(Sync({{std::string(kLocal)}}, {}).status());
  MESH_ASSIGN(const Replica* const local, Open(kLocal));
  std::vector<ClaimSeen> claims;
  for (int64_t i = 1; i < local->frames(); ++i) {
    const Result<dare::HeaderFields> header = dare::ParseHeader(local->frame(i).header);
    if (!header.ok() || header->content_meta.message_type != kMessageClaim) continue;
    const Result<MessageClaim> claim = ReadClaim(local->frame(i), earl);
    if (!claim.ok()) continue;
    claims.push_back({claim->head.sender, header->content_meta.created.value_or(0)});
  }
  return claims;
}

Result<dare::Envelope> Session::OwnContact(std::string_view name) {
  Person self;
  self.full_name = name.empty() ? account_.address : std::string(name);
  self.mesh_addresses = {account_.address};
  self.profile_account = account_.profile_account;
  self.profile_mesh = account_.profile_mesh;
  dare::SealOptions options;
  MESH_ASSIGN(options.signer, Signer());
  return dare::Seal(WriteContact(self), options, random_);
}

Result<AddressBook> Session::Contacts() {
  SyncOptions options;
  options.if_listed = {std::string(kContactCatalog)};
  MESH_RETURN_IF_ERROR(Sync(options, {}).status());
  MESH_ASSIGN(const Replica* const contacts, Open(kContactCatalog));
  return AddressBook(*contacts, keys_);
}

Result<Candidate> Session::ContactAsCandidate(std::string_view address) {
  MESH_ASSIGN(AddressBook book, Contacts());
  const Profile* const profile = ProfileOf(address, account_, book);
  if (profile != nullptr && profile->key_encryption)
    return Candidate{std::string(address), *profile};
  return Status(Code::kNotFound, "no contact here has a key of " + std::string(address) +
                                     "; exchange contacts: `mesh contact request " +
                                     std::string(address) + "`");
}

// The keys to encrypt to, the account's own among them; none when no recipient's is known.
Result<std::vector<crypto::PublicKey>> Session::KeysOf(const std::vector<std::string>& recipients) {
  MESH_ASSIGN(AddressBook book, Contacts());
  std::map<std::string, crypto::PublicKey> keys;  // By whose they are.
  std::string unknown;
  for (const std::string& recipient : recipients) {
    const Profile* const profile = ProfileOf(recipient, account_, book);
    if (profile == nullptr || !profile->key_encryption) {
      unknown += " " + recipient;
    } else {
      keys.emplace(recipient, profile->key_encryption->key);
    }
  }
  if (keys.empty()) return std::vector<crypto::PublicKey>();
  if (!unknown.empty()) {
    return InvalidArgument("of these recipients no key is known:" + unknown +
                           "; write to them apart from the others, as it will not be encrypted");
  }
  if (account_.profile.key_encryption) {
    keys.emplace(account_.address, account_.profile.key_encryption->key);
  }
  if (keys.size() <= kReadersMax) return ValuesOf(std::move(keys));
  return InvalidArgument("a message is encrypted to at most " + std::to_string(kReadersMax - 1) +
                         " recipients; write to some of them first");
}

Result<Sent> Session::Send(Letter letter, const std::vector<std::string>& recipients) {
  MESH_ASSIGN(std::vector<crypto::PublicKey> keys, KeysOf(recipients));
  MessageHead& head = letter.head;
  if (head.message_id.empty()) head.message_id = crypto::NewNonceUdf(random_);
  head.sender = account_.address;
  if (recipients.size() == 1) head.recipient = recipients[0];
  Sent sent{head.message_id, !keys.empty()};
  std::string payload;
  WriteMessage(letter, payload);
  MESH_ASSIGN(dare::Envelope envelope,
              WrapMessage(head, payload, clock_.WallNow(), nullptr, std::move(keys)));
  MESH_RETURN_IF_ERROR(Post(std::move(envelope), recipients));
  return sent;
}

Status Session::Post(dare::Envelope message, const std::vector<std::string>& recipients) {
  MESH_ASSIGN(const crypto::PrivateKey* const signer, Signer());
  MESH_RETURN_IF_ERROR(
      SignMessage(*signer, account_.connection, account_.profile_account, &message));
  PostRequest post;
  post.accounts = recipients;
  post.messages.push_back(std::move(message));
  MESH_ASSIGN(const UploadReply reply, client_.Post(post));
  if (reply.entries.size() == 1 && reply.entries[0].result == "Reject") {
    return Status(Code::kPermissionDenied, "nobody was sent it: " + reply.entries[0].error);
  }
  return {};
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
