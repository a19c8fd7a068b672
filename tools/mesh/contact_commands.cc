#include <memory>

#include "common/client/contacts.h"
#include "common/crypto/random.h"
#include "common/crypto/udf.h"
#include "common/dare/signature.h"
#include "common/encoding/date_time.h"
#include "common/mesh/container_name.h"
#include "common/mesh/publication.h"
#include "tools/mesh/inbox.h"
#include "tools/mesh/publishing.h"

namespace mesh::tool {
namespace {

using client::Mail;
using client::Session;

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

// --- Cards: contacts that whoever has the code takes ---------------------------------------

struct Card {
  std::string name;
  std::string png;
  int days = 365;
};

// The secret is kept before the service hears of it: by it claims are known again.
Status Remember(const client::Home& home, const std::string& address, const client::Earl& earl,
                WallMillis until) {
  MESH_ASSIGN(std::vector<client::PublishedContact> published, home.LoadPublished(address));
  published.push_back({earl, until});
  return home.SavePublished(address, std::move(published));
}

Status RunContactPublish(Context& context, const Card& card) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(const client::Account* const account, context.OpenAccount());
  MESH_ASSIGN(const client::Home* const home, context.OpenHome());
  MESH_ASSIGN(const dare::Envelope contact, session->OwnContact(card.name));
  const WallMillis until = InDays(card.days);
  MESH_ASSIGN(const client::NewPublication made,
              client::PublishContact(account->address, contact, until, crypto::SystemRandom()));
  MESH_RETURN_IF_ERROR(Remember(*home, account->address, made.earl, until));
  std::string payload;
  WriteCatalogedPublication(made.publication, payload);
  MESH_ASSIGN(client::ServiceClient* const client, context.SessionClient());
  MESH_RETURN_IF_ERROR(client->Publish({std::string(PublicationObject(payload))}));
  MESH_RETURN_IF_ERROR(ShowCode(made.earl, until, card.png, context.out()));
  context.out().Line("Next, whoever has the code: mesh contact claim URI");
  context.out().Line("and then here, to see who did: mesh contact claims");
  return {};
}

Status RunContactClaim(Context& context, const std::string& uri) {
  MESH_ASSIGN(const client::Earl earl, client::ParseEarl(uri));
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(const client::Account* const account, context.OpenAccount());
  if (earl.address == account->address) return InvalidArgument("this is your own contact");
  MESH_ASSIGN(
      const client::NewClaim claim,
      client::MakeClaim(earl, account->address, MachineClock().WallNow(), crypto::SystemRandom()));
  MESH_ASSIGN(client::ServiceClient* const client, context.SessionClient());
  MESH_ASSIGN(const CatalogedPublication publication, client->Claim(claim.envelope));
  MESH_ASSIGN(const client::Person person, client::OpenContact(publication, earl));
  MESH_RETURN_IF_ERROR(session->Upload(kContactCatalog, {EntryOf(person)}, {}).status());
  ReportContact(person, context.out());
  context.out().Line("Next, to be a contact of theirs: mesh contact request " + earl.address);
  return {};
}

Status RunContactClaims(Context& context) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  MESH_ASSIGN(const client::Account* const account, context.OpenAccount());
  MESH_ASSIGN(const client::Home* const home, context.OpenHome());
  MESH_ASSIGN(const std::vector<client::PublishedContact> published,
              home->LoadPublished(account->address));
  Output& out = context.out();
  std::vector<std::vector<std::string>> rows;
  out.members().Member("claims").BeginArray();
  for (const client::PublishedContact& one : published) {
    MESH_ASSIGN(const std::vector<client::ClaimSeen> claims, session->Claims(one.earl));
    for (const client::ClaimSeen& claim : claims) {
      rows.push_back({claim.sender, FormatDateTime(claim.sent), one.earl.PublicationId()});
      out.members().BeginObject().Member("sender").String(claim.sender);
      out.members().Member("sent").DateTime(claim.sent);
      out.members().Member("publication").String(one.earl.PublicationId()).EndObject();
    }
  }
  out.members().EndArray().Member("published").Int(static_cast<int64_t>(published.size()));
  if (rows.empty()) {
    out.Line(published.empty() ? "This device has published no contact: `mesh contact publish`"
                               : "Nobody has claimed what this device has published.");
  }
  out.Table(rows);
  return {};
}

void AddCards(CLI::App& contact, Run* chosen) {
  const auto card = std::make_shared<Card>();
  CLI::App* const publish =
      AddCommand(contact, "publish", "Publish this account's contact for whoever has its QR code",
                 "  mesh contact publish --name Alice --png alice.png");
  publish->add_option("--name", card->name, "What you are called; default: the address");
  publish->add_option("--days", card->days, "How long it can be claimed")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  publish->add_option("--png", card->png, "Write the QR code to this file too");
  publish->callback(
      [=] { *chosen = [=](Context& context) { return RunContactPublish(context, *card); }; });
  const auto uri = std::make_shared<std::string>();
  CLI::App* const claim =
      AddCommand(contact, "claim", "Take somebody into the contacts, by a published contact's code",
                 "  mesh contact claim mcu://alice@example.com/EBQK-...");
  claim->add_option("URI", *uri, "What the QR code says")->required();
  claim->callback(
      [=] { *chosen = [=](Context& context) { return RunContactClaim(context, *uri); }; });
  CLI::App* const claims =
      AddCommand(contact, "claims", "Who has claimed the contacts that this device published",
                 "  mesh contact claims --json");
  claims->callback([=] { *chosen = RunContactClaims; });
}

void AddContact(CLI::App& app, Run* chosen) {
  CLI::App* const contact =
      AddCommand(app, "contact", "Exchange contacts",
                 "  mesh contact request bob@example.org\n  mesh contact accept NC6X-EVQA\n"
                 "  mesh contact publish --png card.png\n"
                 "  mesh contact claim mcu://alice@example.com/EBQK-...");
  contact->require_subcommand(1);
  AddCards(*contact, chosen);
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

}  // namespace

void AddContactCommands(CLI::App& app, Run* chosen) { AddContact(app, chosen); }

}  // namespace mesh::tool
