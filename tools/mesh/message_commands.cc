#include <memory>

#include "common/crypto/udf.h"
#include "common/encoding/date_time.h"
#include "tools/mesh/commands.h"
#include "tools/mesh/inbox.h"

namespace mesh::tool {
namespace {

using client::Mail;
using client::Session;

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
  AddConfirm(app, chosen);
}

}  // namespace mesh::tool
