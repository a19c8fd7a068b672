#include "tools/mesh/inbox.h"

#include <utility>

#include "common/encoding/date_time.h"
#include "common/mesh/account_address.h"

namespace mesh::tool {
namespace {

using client::Mail;
using client::Session;

std::string_view SignerWord(Mail::Signer signer) {
  switch (signer) {
    case Mail::Signer::kStranger:
      return "stranger";
    case Mail::Signer::kContact:
      return "contact";
    case Mail::Signer::kOther:
      return "other";
    default:
      return "nobody";
  }
}

// What cannot be read is neither marked as read nor answered.
Status CheckReadable(Context& context, const Mail& mail) {
  if (mail.readable()) return {};
  const std::string id = mail.letter.head.message_id;
  if (mail.secrecy == Mail::Secrecy::kNoKey) {
    MESH_ASSIGN(const client::Account* const account, context.OpenAccount());
    return client::CheckReader(*account);
  }
  return Status(Code::kDataLoss, id + " is encrypted to somebody else, or holds something else "
                                      "than it says outside");
}

}  // namespace

std::string_view StateWord(Mail::State state) {
  switch (state) {
    case Mail::State::kRead:
      return "read";
    case Mail::State::kClosed:
      return "closed";
    default:
      return "unread";
  }
}

std::string SignerText(const Mail& mail, const std::string& name) {
  switch (mail.signer) {
    case Mail::Signer::kStranger:
      return "signed by " + name + ", in no contact";
    case Mail::Signer::kContact:
      return "signed by " + name + ", as in the contact";
    case Mail::Signer::kOther:
      return "signed by " + name + ", NOT the one in the contact";
    default:
      return "not signed";
  }
}

std::string ProofText(const Mail& mail) {
  // Two groups of the name are enough to tell one from the other in a list.
  const std::string name = mail.signed_by.substr(0, 9);
  const bool encrypted = mail.secrecy != Mail::Secrecy::kClear;
  return (encrypted ? "encrypted, " : "not encrypted, ") + SignerText(mail, name);
}

std::string TextOf(const Mail& mail) {
  const Letter& letter = mail.letter;
  if (mail.secrecy == Mail::Secrecy::kNoKey) return "(this device has no key to read it)";
  if (mail.secrecy == Mail::Secrecy::kUnreadable) return "(not for this account, or damaged)";
  if (!mail.error.empty()) {
    return "not delivered: " + mail.error +
           (letter.head.references.empty() ? "" : " " + letter.head.references[0].message_id);
  }
  if (letter.accept) return *letter.accept ? "accepted" : "rejected";
  if (letter.contact) return "gives its contact";
  if (!mail.group.empty()) return "invites into the group " + mail.group;
  return letter.text;
}

void WriteMail(const Mail& mail, json::Writer& writer) {
  const MessageHead& head = mail.letter.head;
  writer.BeginObject().Member("id").String(head.message_id).Member("class").String(head.type);
  writer.Member("sender").String(head.sender).Member("state").String(StateWord(mail.state));
  writer.Member("text").String(mail.readable() ? TextOf(mail) : "");
  writer.Member("encrypted").Bool(mail.secrecy != Mail::Secrecy::kClear);
  writer.Member("readable").Bool(mail.readable());
  writer.Member("signed_by").String(mail.signed_by);
  writer.Member("signer").String(SignerWord(mail.signer));
  if (mail.letter.accept) writer.Member("accept").Bool(*mail.letter.accept);
  if (!mail.group.empty()) writer.Member("group").String(mail.group);
  if (!mail.error.empty()) writer.Member("error").String(mail.error);
  writer.Member("sent").DateTime(mail.sent).EndObject();
}

Result<Mail> FindMail(Context& context, const std::string& id,
                      const std::vector<std::string_view>& classes) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(std::vector<Mail> mails, session->Inbox());
  Mail* found = nullptr;
  for (Mail& mail : mails) {
    if (!mail.letter.head.message_id.starts_with(id)) continue;
    if (found != nullptr) return InvalidArgument("several messages begin with " + id);
    found = &mail;
  }
  if (found == nullptr) {
    return InvalidArgument("there is no message " + id + "; `mesh message inbox` shows them");
  }
  MESH_RETURN_IF_ERROR(CheckReadable(context, *found));
  const std::string& type = found->letter.head.type;
  if (classes.empty()) return std::move(*found);
  for (const std::string_view wanted : classes) {
    if (type == wanted) return std::move(*found);
  }
  return InvalidArgument(id + " is a " + type + ", which this does not answer");
}

Status SendLetter(Context& context, Letter letter, const std::vector<std::string>& recipients) {
  std::vector<std::string> canonical;
  for (const std::string& recipient : recipients) {
    MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(recipient));
    canonical.push_back(parsed.canonical());
  }
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(const client::Sent sent, session->Send(std::move(letter), canonical));
  Output& out = context.out();
  out.Field("Sent", sent.message_id);
  out.Field("Encrypted", sent.encrypted ? "to the recipients, by the keys in their contacts"
                                        : "no: no contact here has a key of the recipient");
  out.members().Member("sent").String(sent.message_id).Member("encrypted").Bool(sent.encrypted);
  return {};
}

Letter LetterOf(std::string_view type, const std::string& text) {
  Letter letter;
  letter.head = MessageHead(type);
  letter.text = text;
  return letter;
}

}  // namespace mesh::tool
