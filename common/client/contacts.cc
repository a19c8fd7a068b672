#include "common/client/contacts.h"

#include <algorithm>
#include <utility>

#include "common/crypto/udf.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/encoding/utf8.h"

namespace mesh::client {
namespace {

using json::Reader;

constexpr std::string_view kContactType = "application/mmm-contact";

// --- JSON ---------------------------------------------------------------------

void ReadTextOrTexts(Reader& reader, std::vector<std::string>* out) {
  if (reader.Peek() == json::Kind::kString) {
    reader.String(&out->emplace_back());
    return;
  }
  reader.BeginArray();
  while (reader.NextElement()) reader.String(&out->emplace_back());
}

bool ReadPersonMember(std::string_view name, Reader& reader, Person* person) {
  if (name == "FullName") return reader.String(&person->full_name);
  if (name == "First") return reader.String(&person->first);
  if (name == "Last") return reader.String(&person->last);
  if (name == "Key") return reader.String(&person->key);
  if (name == "Email") return ReadTextOrTexts(reader, &person->emails), reader.ok();
  if (name == "Phone") return ReadTextOrTexts(reader, &person->phones), reader.ok();
  if (name == "Mesh") return ReadTextOrTexts(reader, &person->mesh_addresses), reader.ok();
  return reader.Fail(
      "a person has FullName, First, Last, Email, Phone, Mesh and Key, and nothing else");
}

Result<std::vector<Person>> ParseJson(std::string_view text) {
  Reader reader(text);
  std::vector<Person> people;
  std::string_view name;
  reader.BeginArray();
  while (reader.NextElement()) {
    Person& person = people.emplace_back();
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      if (!ReadPersonMember(name, reader, &person)) break;
    }
  }
  if (!reader.Finish()) {
    return InvalidArgument("this is no list of people: " + reader.status().message());
  }
  return people;
}

// --- vCard --------------------------------------------------------------------

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

// The lines of a vCard with folded ones joined (RFC 6350 §3.2).
std::vector<std::string> Unfold(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const bool folded = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    if (folded && !lines.empty()) {
      lines.back() += line.substr(1);
    } else {
      lines.emplace_back(line);
    }
  }
  return lines;
}

// One component of a value, up to `separator` that no backslash precedes.
std::string TakeComponent(std::string_view* value, char separator) {
  std::string out;
  while (!value->empty()) {
    const char c = value->front();
    value->remove_prefix(1);
    if (c == separator) break;
    if (c == '\\' && !value->empty()) {
      const char escaped = value->front();
      value->remove_prefix(1);
      out += escaped == 'n' || escaped == 'N' ? ' ' : escaped;
    } else {
      out += c;
    }
  }
  return out;
}

// Without "tel:" and the like.
std::string TakeAddress(std::string_view value) {
  for (const std::string_view scheme : {"tel:", "mailto:"}) {
    if (value.substr(0, scheme.size()) == scheme) value.remove_prefix(scheme.size());
  }
  return TakeComponent(&value, '\0');
}

void ReadProperty(const std::string& name, std::string_view value, Person* person) {
  if (name == "FN") person->full_name = TakeComponent(&value, '\0');
  if (name == "UID") person->key = TakeComponent(&value, '\0');
  if (name == "EMAIL") person->emails.push_back(TakeAddress(value));
  if (name == "TEL") person->phones.push_back(TakeAddress(value));
  if (name == "N") {
    person->last = TakeComponent(&value, ';');
    person->first = TakeComponent(&value, ';');
  }
}

Result<std::vector<Person>> ParseVCards(std::string_view text) {
  std::vector<Person> people;
  bool inside = false;
  for (const std::string& line : Unfold(text)) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string_view label = std::string_view(line).substr(0, colon);
    std::string name = Upper(label.substr(0, label.find(';')));
    name.erase(0, name.rfind('.') + 1);  // Without a group ("item1.EMAIL").
    const std::string_view value = std::string_view(line).substr(colon + 1);
    if (name == "BEGIN") {
      if (inside) return InvalidArgument("a vCard begins inside another; expected END:VCARD");
      people.emplace_back();
      inside = true;
    } else if (name == "END") {
      inside = false;
    } else if (inside) {
      ReadProperty(name, value, &people.back());
    }
  }
  if (inside) return InvalidArgument("the last vCard has no end; expected END:VCARD");
  return people;
}

// --- Both ---------------------------------------------------------------------

Status Complete(size_t number, Person* person) {
  if (person->full_name.empty()) {
    person->full_name = person->first;
    if (!person->first.empty() && !person->last.empty()) person->full_name += ' ';
    person->full_name += person->last;
  }
  if (!person->full_name.empty()) return {};
  return InvalidArgument("person " + std::to_string(number) +
                         " has no name; expected FullName, or First and Last");
}

constexpr std::string_view kAccountMember = "EnvelopedProfileAccount";
constexpr std::string_view kMeshMember = "EnvelopedProfileMesh";

void WriteAddress(const std::string& address, std::string_view protocol, json::Writer& writer) {
  writer.BeginObject().Member("Address").String(address);
  writer.Member("Protocols").BeginArray().BeginObject();
  writer.Member("Protocol").String(protocol);
  writer.EndObject().EndArray();
}

void WriteAddresses(const std::vector<std::string>& addresses, std::string_view protocol,
                    json::Writer& writer) {
  for (const std::string& address : addresses) {
    WriteAddress(address, protocol, writer);
    writer.EndObject();
  }
}

void WriteMeshAddresses(const Person& person, json::Writer& writer) {
  bool first = true;
  for (const std::string& address : person.mesh_addresses) {
    WriteAddress(address, "mmm", writer);
    if (first && person.profile_account && person.profile_mesh) {
      writer.Member(kAccountMember).Raw(dare::EnvelopeText(*person.profile_account));
      writer.Member(kMeshMember).Raw(dare::EnvelopeText(*person.profile_mesh));
    }
    first = false;
    writer.EndObject();
  }
}

// --- Back ---------------------------------------------------------------------

void ReadNames(Reader& reader, Person* person) {
  std::string_view name;
  reader.BeginArray();
  while (reader.NextElement()) {
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      if (name == "FullName") {
        reader.String(&person->full_name);
      } else if (name == "First") {
        reader.String(&person->first);
      } else if (name == "Last") {
        reader.String(&person->last);
      } else {
        reader.Skip();
      }
    }
  }
}

// The first Protocol of an address.
void ReadProtocols(Reader& reader, std::string* protocol) {
  std::string_view name;
  reader.BeginArray();
  while (reader.NextElement()) {
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      if (name == "Protocol" && protocol->empty()) {
        reader.String(protocol);
      } else {
        reader.Skip();
      }
    }
  }
}

// One element of NetworkAddresses.
struct NetworkAddress {
  std::string address;
  std::string protocol;
  std::optional<dare::Envelope> profile_account;
  std::optional<dare::Envelope> profile_mesh;
};

void ReadAddress(Reader& reader, NetworkAddress* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "Address") {
      reader.String(&out->address);
    } else if (name == "Protocols") {
      ReadProtocols(reader, &out->protocol);
    } else if (name == kAccountMember) {
      dare::ReadEnvelope(reader, &out->profile_account.emplace());
    } else if (name == kMeshMember) {
      dare::ReadEnvelope(reader, &out->profile_mesh.emplace());
    } else {
      reader.Skip();
    }
  }
}

void AddMeshAddress(NetworkAddress address, Person* person) {
  if (person->mesh_addresses.empty() && address.profile_account && address.profile_mesh) {
    person->profile_account = std::move(address.profile_account);
    person->profile_mesh = std::move(address.profile_mesh);
  }
  person->mesh_addresses.push_back(std::move(address.address));
}

void ReadAddresses(Reader& reader, Person* person) {
  reader.BeginArray();
  while (reader.NextElement()) {
    NetworkAddress address;
    ReadAddress(reader, &address);
    if (address.protocol == "TEL") {
      person->phones.push_back(std::move(address.address));
    } else if (address.protocol == "mmm") {
      AddMeshAddress(std::move(address), person);
    } else {
      person->emails.push_back(std::move(address.address));
    }
  }
}

void ReadContactPerson(Reader& reader, Person* person) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "CommonNames") {
      ReadNames(reader, person);
    } else if (name == "NetworkAddresses") {
      ReadAddresses(reader, person);
    } else {
      reader.Skip();
    }
  }
}

// Descends into objects until the members that a contact is made of.
void ReadContactMembers(Reader& reader, Person* person) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "CatalogedContact" || name == "Contact") {
      ReadContactMembers(reader, person);
    } else if (name == "ContactPerson") {
      ReadContactPerson(reader, person);
    } else if (name == "Key") {
      reader.String(&person->key);
    } else {
      reader.Skip();
    }
  }
}

}  // namespace

Result<std::vector<Person>> ParsePeople(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (begin == std::string_view::npos) return InvalidArgument("the file is empty");
  text.remove_prefix(begin);
  if (!IsUtf8(text)) return InvalidArgument("the text is not UTF-8; convert it, e.g. with iconv");
  const bool json = text.front() == '[';
  if (!json && Upper(text.substr(0, 11)) != "BEGIN:VCARD") {
    return InvalidArgument("expected a JSON array of people or vCards (BEGIN:VCARD)");
  }
  MESH_ASSIGN(std::vector<Person> people, json ? ParseJson(text) : ParseVCards(text));
  for (size_t i = 0; i < people.size(); ++i) MESH_RETURN_IF_ERROR(Complete(i + 1, &people[i]));
  return people;
}

std::string ContactKey(const Person& person) {
  if (!person.key.empty()) return person.key;
  if (person.profile_account && !person.mesh_addresses.empty()) {
    return crypto::ContentDigestUdf("profile\n" + person.mesh_addresses[0], kContactType);
  }
  std::string name = person.full_name;
  for (const auto* addresses : {&person.emails, &person.mesh_addresses, &person.phones}) {
    if (addresses->empty()) continue;
    name += '\n' + addresses->front();
    break;
  }
  return crypto::ContentDigestUdf(name, kContactType);
}

std::string WriteContact(const Person& person) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("CatalogedContact").BeginObject();
  writer.Member("Key").String(ContactKey(person));
  writer.Member("Self").Bool(false);
  writer.Member("Contact").BeginObject().Member("ContactPerson").BeginObject();
  writer.Member("NetworkAddresses").BeginArray();
  WriteAddresses(person.emails, "SMTP", writer);
  WriteAddresses(person.phones, "TEL", writer);
  WriteMeshAddresses(person, writer);
  writer.EndArray();
  writer.Member("CommonNames").BeginArray().BeginObject();
  writer.Member("FullName").String(person.full_name);
  if (!person.first.empty()) writer.Member("First").String(person.first);
  if (!person.last.empty()) writer.Member("Last").String(person.last);
  writer.EndObject().EndArray();
  writer.EndObject().EndObject().EndObject().EndObject();
  return text;
}

Result<Person> ParseContact(std::string_view payload) {
  Reader reader(payload);
  Person person;
  ReadContactMembers(reader, &person);
  if (!reader.Finish()) return InvalidArgument("not a contact: " + reader.status().message());
  return person;
}

Result<AccountChain> ProfilesOf(const Person& person) {
  if (!person.profile_account || !person.profile_mesh || person.mesh_addresses.empty()) {
    return Status(Code::kNotFound, "the contact has no profile");
  }
  MESH_ASSIGN(AccountChain chain,
              VerifyAccountChain(*person.profile_mesh, *person.profile_account));
  const auto& named = chain.account.account_addresses;
  if (std::find(named.begin(), named.end(), person.mesh_addresses[0]) != named.end()) return chain;
  return Status(Code::kPermissionDenied,
                "the profile in the contact is not that of " + person.mesh_addresses[0]);
}

}  // namespace mesh::client
