// People, from the files they come in to entries of mmm_Contact and back; and what an account
// knows of those it writes to.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/dare/envelope.h"
#include "common/mesh/profile.h"

namespace mesh::client {

struct Person {
  std::string key;  // Of the entry; empty: derived from name and first address.
  std::string full_name;
  std::string first;
  std::string last;
  std::vector<std::string> emails;
  std::vector<std::string> phones;
  std::vector<std::string> mesh_addresses;
  // Of the first of mesh_addresses, both or neither: EnvelopedProfileAccount (schema-06 §11.3.9),
  // and EnvelopedProfileMesh, ours, by which the former is verified.
  std::optional<dare::Envelope> profile_account;
  std::optional<dare::Envelope> profile_mesh;
};

// Reads either form, told apart by the first character:
//   JSON   [{"FullName", "First", "Last", "Email", "Phone", "Mesh", "Key"}, ...]; every member
//          optional but a name; Email, Phone and Mesh may be arrays
//   vCard  BEGIN:VCARD ... END:VCARD (RFC 6350): FN, N, EMAIL, TEL, UID
// kInvalidArgument, saying which person is at fault and what is expected.
Result<std::vector<Person>> ParsePeople(std::string_view text);

// The UniqueID of a person's entry: the key, or a digest of name and first address, so that
// uploading the same file twice makes one entry; with a profile, of the account's address alone: so
// no file takes the profile's place, and another profile does.
std::string ContactKey(const Person& person);

// The payload {"CatalogedContact": {...}} and back (schema-06).
std::string WriteContact(const Person& person);
Result<Person> ParseContact(std::string_view payload);

// The verified profiles of a contact. kNotFound if it has none; kPermissionDenied if they do not
// hold, or are of another address than its first.
Result<AccountChain> ProfilesOf(const Person& person);

}  // namespace mesh::client
