#include "common/client/publishing.h"

#include <utility>

#include "common/crypto/udf.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/account_address.h"
#include "common/mesh/profile.h"

namespace mesh::client {
namespace {

constexpr std::string_view kScheme = "mcu://";
constexpr std::string_view kPublishedTag = "PublishedContacts";

// The octets of a secret that was parsed before.
std::string SecretOf(const Earl& earl) { return crypto::ParseUdf(earl.secret)->data; }

std::string KeyOf(const std::string& authenticator) {
  return crypto::ParseUdf(authenticator)->data;
}

Status NotOpened(const std::string& why) {
  return Status(Code::kDataLoss, "the publication cannot be used: " + why);
}

// Encrypts `envelope` under a fresh secret.
Result<NewPublication> Publish(std::string_view address, const dare::Envelope& envelope,
                               WallMillis not_on_or_after, crypto::RandomSource& random) {
  NewPublication out;
  out.earl = {std::string(address), crypto::NewSecretUdf(random)};
  const std::string secret = SecretOf(out.earl);
  std::string tagged;
  dare::WriteTaggedEnvelope(envelope, tagged);
  dare::SealOptions options;
  options.secrets = {secret};
  MESH_ASSIGN(out.publication.data, dare::Seal(tagged, options, random));
  out.publication.id = out.earl.PublicationId();
  out.publication.authenticator = crypto::ServiceAuthenticator(secret);
  out.publication.not_on_or_after = not_on_or_after;
  return out;
}

// The envelope in it.
Result<dare::Envelope> Open(const CatalogedPublication& publication, const Earl& earl) {
  if (!publication.data) return NotOpened("it says where its data is, and does not have it");
  const Result<dare::HeaderFields> header = dare::ParseHeader(publication.data->header);
  if (!header.ok()) return NotOpened(header.status().message());
  const Result<std::string> master = dare::RecoverMaster(*header, SecretOf(earl));
  if (!master.ok()) return NotOpened(master.status().message());
  const Result<std::string> tagged = dare::DecryptPayload(*publication.data, *header, *master);
  if (!tagged.ok()) return NotOpened(tagged.status().message());
  Result<dare::Envelope> envelope = dare::ParseTaggedEnvelope(*tagged);
  if (!envelope.ok()) return NotOpened(envelope.status().message());
  return envelope;
}

bool ReadOne(json::Reader& reader, PublishedContact* out) {
  std::string_view name;
  std::string uri;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "URI") {
      reader.String(&uri);
    } else if (name == "Until") {
      reader.DateTime(&out->until);
    } else {
      reader.Skip();
    }
  }
  Result<Earl> earl = ParseEarl(uri);
  if (!earl.ok()) return reader.Fail(earl.status().message());
  out->earl = *std::move(earl);
  return reader.ok();
}

}  // namespace

std::string Earl::Uri() const { return std::string(kScheme) + address + "/" + secret; }

std::string Earl::PublicationId() const { return crypto::SymmetricKeyId(SecretOf(*this)); }

Result<Earl> ParseEarl(std::string_view uri) {
  const Status malformed =
      InvalidArgument("expected mcu://ACCOUNT@DOMAIN/SECRET, as `mesh publish` prints it");
  const size_t slash = uri.rfind('/');
  if (!uri.starts_with(kScheme) || slash < kScheme.size()) return malformed;
  const std::string_view address = uri.substr(kScheme.size(), slash - kScheme.size());
  const Result<AccountAddress> parsed = AccountAddress::Parse(address);
  const Result<std::string> secret = crypto::CanonicalUdf(uri.substr(slash + 1));
  if (!parsed.ok() || !secret.ok()) return malformed;
  if (!crypto::ParseUdf(*secret, crypto::UdfType::kEncryption).ok()) return malformed;
  return Earl{parsed->canonical(), *secret};
}

Result<NewPublication> PublishDevice(std::string_view address, const dare::Envelope& profile_device,
                                     WallMillis not_on_or_after, crypto::RandomSource& random) {
  MESH_RETURN_IF_ERROR(VerifySelfSigned(profile_device, ProfileKind::kDevice).status());
  return Publish(address, profile_device, not_on_or_after, random);
}

Result<dare::Envelope> OpenPublication(const CatalogedPublication& publication, const Earl& earl) {
  MESH_ASSIGN(dare::Envelope profile, Open(publication, earl));
  const Result<Profile> device = VerifySelfSigned(profile, ProfileKind::kDevice);
  if (!device.ok()) return NotOpened(device.status().message());
  return profile;
}

// --- Contacts -------------------------------------------------------------------------------

Result<NewPublication> PublishContact(std::string_view address, const dare::Envelope& contact,
                                      WallMillis not_on_or_after, crypto::RandomSource& random) {
  return Publish(address, contact, not_on_or_after, random);
}

Result<Person> OpenContact(const CatalogedPublication& publication, const Earl& earl) {
  MESH_ASSIGN(const dare::Envelope contact, Open(publication, earl));
  Result<Person> person = ParseContact(contact.payload);
  if (!person.ok() || !person->profile_account) {
    return NotOpened("it holds no contact with a profile; `mesh claim` takes devices");
  }
  person->key.clear();
  person->mesh_addresses = {earl.address};
  const Result<AccountChain> chain = ProfilesOf(*person);
  if (!chain.ok()) return NotOpened(chain.status().message());
  return person;
}

std::string WritePublished(const std::vector<PublishedContact>& published) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member(kPublishedTag).BeginArray();
  for (const PublishedContact& one : published) {
    writer.BeginObject().Member("URI").String(one.earl.Uri());
    writer.Member("Until").DateTime(one.until).EndObject();
  }
  writer.EndArray().EndObject();
  text += '\n';
  return text;
}

Result<std::vector<PublishedContact>> ReadPublished(std::string_view text) {
  json::Reader reader(text);
  std::vector<PublishedContact> published;
  std::string_view name;
  reader.BeginObject();
  if (!reader.NextMember(&name) || name != kPublishedTag) reader.Fail("expected another member");
  reader.BeginArray();
  while (reader.NextElement()) ReadOne(reader, &published.emplace_back());
  while (reader.NextMember(&name)) reader.Skip();
  if (reader.Finish()) return published;
  return Status(Code::kDataLoss,
                "the file of published contacts is damaged: " + reader.status().message());
}

// --- Claims ---------------------------------------------------------------------------------

Result<NewClaim> MakeClaim(const Earl& earl, std::string_view sender, WallMillis now,
                           crypto::RandomSource& random) {
  const std::string secret = SecretOf(earl);
  MessageClaim claim;
  claim.head.message_id = crypto::NewNonceUdf(random);
  claim.head.sender = sender;
  claim.head.recipient = earl.address;
  claim.publication_id = earl.PublicationId();
  claim.service_authenticate =
      crypto::ClaimAuthenticator(KeyOf(crypto::ServiceAuthenticator(secret)), sender);
  claim.device_authenticate =
      crypto::ClaimAuthenticator(KeyOf(crypto::DeviceAuthenticator(secret)), sender);
  std::string payload;
  WriteMessage(claim, payload);
  MESH_ASSIGN(dare::Envelope envelope, WrapMessage(claim.head, payload, now, nullptr));
  return NewClaim{claim.head.message_id, std::move(envelope)};
}

Result<MessageClaim> ReadClaim(const dare::Envelope& envelope, const Earl& earl) {
  const std::string secret = SecretOf(earl);
  const Status wrong(Code::kDataLoss, "the claim is not from somebody who knows the secret");
  Result<MessageClaim> claim = ParseMessageClaim(envelope.payload);
  if (!claim.ok() || claim->publication_id != earl.PublicationId()) return wrong;
  const std::string& sender = claim->head.sender;
  const bool good =
      crypto::VerifyClaim(claim->service_authenticate, crypto::ServiceAuthenticator(secret),
                          sender) &&
      crypto::VerifyClaim(claim->device_authenticate, crypto::DeviceAuthenticator(secret), sender);
  if (!good) return wrong;
  return claim;
}

}  // namespace mesh::client
