#include "common/mesh/contact.h"

#include <algorithm>

#include "common/encoding/json_reader.h"
#include "common/mesh/account_address.h"

namespace mesh {
namespace {

void Add(const std::string& text, std::vector<std::string>* out) {
  const Result<AccountAddress> address = AccountAddress::Parse(text);
  if (!address.ok() || out->size() == kContactAddressesMax) return;
  if (std::find(out->begin(), out->end(), address->canonical()) != out->end()) return;
  out->push_back(address->canonical());
}

// Enters the object and gives the value of its member `wanted` to `read`; skips the others.
template <typename Read>
void ReadMember(json::Reader& reader, std::string_view wanted, Read read) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == wanted) {
      read();
    } else {
      reader.Skip();
    }
  }
}

void ReadAddresses(json::Reader& reader, std::vector<std::string>* out) {
  reader.BeginArray();
  while (reader.NextElement()) {
    ReadMember(reader, "Address", [&] {
      std::string text;
      if (reader.String(&text)) Add(text, out);
    });
  }
}

// A contact is tagged with its class: ContactPerson, ContactOrganization and others.
void ReadContact(json::Reader& reader, std::vector<std::string>* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    ReadMember(reader, "NetworkAddresses", [&] { ReadAddresses(reader, out); });
  }
}

}  // namespace

std::vector<std::string> ContactAddresses(std::string_view payload) {
  json::Reader reader(payload);
  std::vector<std::string> addresses;
  ReadMember(reader, "CatalogedContact",
             [&] { ReadMember(reader, "Contact", [&] { ReadContact(reader, &addresses); }); });
  if (!reader.Finish()) addresses.clear();
  return addresses;
}

}  // namespace mesh
