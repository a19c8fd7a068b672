// People that can be read have names, and come back from their contact as they were.

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/client/contacts.h"

using mesh::client::Person;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto contact = mesh::client::ParseContact(text);
  if (contact.ok()) {
    const auto again = mesh::client::ParseContact(mesh::client::WriteContact(*contact));
    MESH_CHECK(again.ok() && again->profile_account == contact->profile_account);
    (void)mesh::client::ProfilesOf(*contact);
  }
  const auto people = mesh::client::ParsePeople(text);
  if (!people.ok()) return 0;
  for (const Person& person : *people) {
    MESH_CHECK(!person.full_name.empty());
    const auto read = mesh::client::ParseContact(mesh::client::WriteContact(person));
    MESH_CHECK(read.ok());
    MESH_CHECK(read->emails.size() == person.emails.size());
    MESH_CHECK(read->key == mesh::client::ContactKey(person));
  }
  return 0;
}
