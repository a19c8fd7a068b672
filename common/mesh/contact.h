// What the service reads of a contact: an entry of mmm_Contact in clear (schema-06 §11.4.6,
// wire form CatalogedContact). Pure; any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mesh {

// Addresses of one contact that are read; the rest are left out.
inline constexpr size_t kContactAddressesMax = 16;

// The account addresses in NetworkAddresses of the contact that is the payload of an entry, in
// canonical form, each once. Addresses of other kinds are left out; none when it is no contact.
std::vector<std::string> ContactAddresses(std::string_view payload);

}  // namespace mesh
