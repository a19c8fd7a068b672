#include <memory>

#include "common/client/contacts.h"
#include "common/crypto/udf.h"
#include "common/dare/signature.h"
#include "common/encoding/date_time.h"
#include "common/mesh/account_address.h"
#include "common/mesh/container_name.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {
namespace {

using client::Mail;
using client::Session;

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

// Who is proved to have signed it, `name` being what that is called.
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

// How a message came, in a few words.
std::string ProofText(const Mail& mail) {
  // Two groups of the name are enough to tell one from the other in a list.
  const std::string name = mail.signed_by.substr(0, 9);
  const bool encrypted = mail.secrecy != Mail::Secrecy::kClear;
  return (encrypted ? "encrypted, " : "not encrypted, ") + SignerText(mail, name);
}

// What a message says, in a line.
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
  if (!mail.error.empty()) writer.Member("error").String(mail.error);
  writer.Member("sent").DateTime(mail.sent).EndObject();
}

Status RunInbox(Context& context, bool all) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(const std::vector<Mail> mails, session->Inbox());
  Output& out = context.out();
  std::vector<std::vector<std::string>> rows;
  out.members().Member("messages").BeginArray();
  for (const Mail& mail : mails) {
    if (!all && mail.state == Mail::State::kClosed) continue;
    const MessageHead& head = mail.letter.head;
    rows.push_back({head.message_id, std::string(StateWord(mail.state)), head.type, head.sender,
                    ProofText(mail), FormatDateTime(mail.sent), TextOf(mail)});
    WriteMail(mail, out.members());
  }
  out.members().EndArray();
  if (rows.empty()) out.Line("No messages.");
  out.Table(rows);
  return {};
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

// The message whose name begins so, of the classes that are wanted.
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

Status RunRead(Context& context, const std::string& id) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(const Mail mail, FindMail(context, id, {}));
  const MessageHead& head = mail.letter.head;
  if (mail.state == Mail::State::kUnread) {
    MESH_RETURN_IF_ERROR(session->Mark({head.message_id}, Mail::State::kRead));
  }
  Output& out = context.out();
  out.Field("Message", head.message_id);
  out.Field("Class", head.type);
  out.Field("From", head.sender);
  out.Field("Proof", SignerText(mail, mail.signed_by));
  out.Field("Encrypted", mail.secrecy == Mail::Secrecy::kOpened ? "to this account" : "no");
  out.Field("Sent", FormatDateTime(mail.sent));
  out.Line(TextOf(mail));
  out.members().Member("message");
  WriteMail(mail, out.members());
  return {};
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

// --- Contacts --------------------------------------------------------------------------------

Status RunContactRequest(Context& context, const std::string& address, const std::string& name) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  Letter letter = LetterOf(kRequestContact, address);
  MESH_ASSIGN(letter.contact, session->OwnContact(name));
  MESH_ASSIGN(const client::Account* const account, context.OpenAccount());
  MESH_RETURN_IF_ERROR(SendLetter(context, std::move(letter), {address}));
  context.out().Field("Mesh UDF", account->mesh.udf() + "  (yours: they can compare it)");
  context.out().members().Member("mesh_udf").String(account->mesh.udf());
  return {};
}

// The contact in `mail`. It must be the sender's own, and its profile the one that signed it.
Result<client::Person> ContactIn(const Mail& mail) {
  if (mail.signed_by.empty() || !mail.letter.contact) {
    return Status(Code::kDataLoss, "the message does not prove whose contact it is");
  }
  MESH_ASSIGN(client::Person person, client::ParseContact(mail.letter.contact->payload));
  person.key.clear();
  person.mesh_addresses = {mail.letter.head.sender};
  if (!person.profile_account) return person;
  MESH_RETURN_IF_ERROR(client::ProfilesOf(person).status());
  if (dare::PayloadDigest(person.profile_account->payload).view() == mail.signer_profile) {
    return person;
  }
  return Status(Code::kDataLoss,
                "the profile in the contact is not the one that signed the message");
}

client::NewEntry EntryOf(const client::Person& person) {
  client::NewEntry entry;
  entry.unique_id = client::ContactKey(person);
  entry.payload = client::WriteContact(person);
  return entry;
}

// What is known of somebody now: names to compare, and whether there is a key.
void ReportContact(const client::Person& person, Output& out) {
  const std::string& address = person.mesh_addresses[0];
  const Result<AccountChain> chain = client::ProfilesOf(person);
  const std::string udf = chain.ok() ? chain->mesh.udf() : "";
  out.Line(address + " is a contact now.");
  if (chain.ok()) out.Field("Mesh UDF", udf + "  (compare with what they say)");
  out.Field("Messages", chain.ok() ? "are encrypted to them from now on"
                                   : "cannot be encrypted: the contact has no profile");
  out.members().Member("contact").String(address).Member("mesh_udf").String(udf);
}

// Takes the sender into the contacts; one who asked gets ours in return.
Status RunContactAccept(Context& context, const std::string& id, const std::string& name) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(const Mail mail, FindMail(context, id, {kRequestContact, kReplyContact}));
  MESH_ASSIGN(const client::Person person, ContactIn(mail));
  MESH_RETURN_IF_ERROR(session->Upload(kContactCatalog, {EntryOf(person)}, {}).status());
  const MessageHead& head = mail.letter.head;
  if (head.type == kRequestContact) {
    Letter reply = LetterOf(kReplyContact, "");
    reply.head.message_id = crypto::ResponseId(head.message_id);
    reply.head.references = {{head.message_id, "", "Accept"}};
    MESH_ASSIGN(reply.contact, session->OwnContact(name));
    MESH_RETURN_IF_ERROR(session->Send(std::move(reply), {head.sender}).status());
  }
  MESH_RETURN_IF_ERROR(session->Mark({head.message_id}, Mail::State::kClosed));
  ReportContact(person, context.out());
  return {};
}

// --- Confirmations -----------------------------------------------------------------------------

Status RunConfirm(Context& context, const std::string& id, bool accept) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(const Mail mail, FindMail(context, id, {kRequestConfirmation}));
  const MessageHead& head = mail.letter.head;
  Letter answer = LetterOf(kResponseConfirmation, "");
  answer.head.message_id = crypto::ResponseId(head.message_id);
  answer.head.references = {{head.message_id, "", accept ? "Accept" : "Reject"}};
  answer.request = mail.envelope;
  answer.accept = accept;
  MESH_RETURN_IF_ERROR(session->Send(std::move(answer), {head.sender}).status());
  MESH_RETURN_IF_ERROR(session->Mark({head.message_id}, Mail::State::kClosed));
  context.out().Line((accept ? "Accepted: " : "Rejected: ") + mail.letter.text);
  context.out().members().Member("accepted").Bool(accept);
  return {};
}

void AddMessage(CLI::App& app, Run* chosen) {
  CLI::App* const message = AddCommand(app, "message", "Send and read messages",
                                       "  mesh message send bob@example.org --text hello");
  message->require_subcommand(1);
  auto recipients = std::make_shared<std::vector<std::string>>();
  auto text = std::make_shared<std::string>();
  auto id = std::make_shared<std::string>();
  auto all = std::make_shared<bool>(false);
  CLI::App* const send =
      AddCommand(*message, "send", "Send a text to contacts, on this service or another",
                 "  mesh message send bob@example.org carol@example.net --text hello");
  send->add_option("ADDRESS", *recipients, "local@domain, one or more")->required();
  send->add_option("--text", *text, "What to say")->required();
  send->callback([=] {
    *chosen = [=](Context& context) {
      return SendLetter(context, LetterOf(kRequestTask, *text), *recipients);
    };
  });
  CLI::App* const inbox =
      AddCommand(*message, "inbox", "Messages that came, verified", "  mesh message inbox --json");
  inbox->add_flag("--all", *all, "Those that are done with, too");
  inbox->callback([=] { *chosen = [=](Context& context) { return RunInbox(context, *all); }; });
  CLI::App* const read = AddCommand(*message, "read", "Show a message and mark it as read",
                                    "  mesh message read NC6X-EVQA");
  read->add_option("ID", *id, "Its name, or how that begins")->required();
  read->callback([=] { *chosen = [=](Context& context) { return RunRead(context, *id); }; });
}

void AddContact(CLI::App& app, Run* chosen) {
  CLI::App* const contact =
      AddCommand(app, "contact", "Exchange contacts",
                 "  mesh contact request bob@example.org\n  mesh contact accept NC6X-EVQA");
  contact->require_subcommand(1);
  auto address = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  CLI::App* const request = AddCommand(*contact, "request", "Ask to be somebody's contact",
                                       "  mesh contact request bob@example.org --name Alice");
  request->add_option("ADDRESS", *address, "local@domain")->required();
  request->add_option("--name", *name, "What you are called; default: the address");
  request->callback([=] {
    *chosen = [=](Context& context) { return RunContactRequest(context, *address, *name); };
  });
  CLI::App* const accept =
      AddCommand(*contact, "accept", "Take a request's, or a reply's, sender into the contacts",
                 "  mesh contact accept NC6X-EVQA");
  accept->add_option("ID", *address, "The message, or how its name begins")->required();
  accept->add_option("--name", *name, "What you are called; default: the address");
  accept->callback([=] {
    *chosen = [=](Context& context) { return RunContactAccept(context, *address, *name); };
  });
}

void AddConfirm(CLI::App& app, Run* chosen) {
  CLI::App* const confirm = AddCommand(app, "confirm", "Ask for a confirmation, or give one",
                                       "  mesh confirm ask bob@example.org \"start the machine\"\n"
                                       "  mesh confirm accept NC6X-EVQA");
  confirm->require_subcommand(1);
  auto address = std::make_shared<std::string>();
  auto text = std::make_shared<std::string>();
  CLI::App* const ask = AddCommand(*confirm, "ask", "Ask somebody to confirm something",
                                   "  mesh confirm ask bob@example.org \"start the machine\"");
  ask->add_option("ADDRESS", *address, "local@domain")->required();
  ask->add_option("TEXT", *text, "What is to be confirmed")->required();
  ask->callback([=] {
    *chosen = [=](Context& context) {
      return SendLetter(context, LetterOf(kRequestConfirmation, *text), {*address});
    };
  });
  for (const bool yes : {true, false}) {
    CLI::App* const answer =
        AddCommand(*confirm, yes ? "accept" : "reject", yes ? "Confirm it" : "Do not confirm it",
                   std::string("  mesh confirm ") + (yes ? "accept" : "reject") + " NC6X-EVQA");
    answer->add_option("ID", *address, "The request, or how its name begins")->required();
    answer->callback(
        [=] { *chosen = [=](Context& context) { return RunConfirm(context, *address, yes); }; });
  }
}

}  // namespace

void AddMessageCommands(CLI::App& app, Run* chosen) {
  AddMessage(app, chosen);
  AddContact(app, chosen);
  AddConfirm(app, chosen);
}

}  // namespace mesh::tool
