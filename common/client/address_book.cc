#include "common/client/address_book.h"

#include <algorithm>
#include <utility>

#include "common/client/contacts.h"
#include "common/dare/header.h"
#include "common/dare/signature.h"

namespace mesh::client {
namespace {

bool SignedByOneOf(const KeyRing& keys, const dare::Envelope& entry) {
  const Result<dare::HeaderFields> header = dare::ParseHeader(entry.header);
  if (!header.ok()) return false;
  const Result<dare::TrailerFields> trailer = dare::EffectiveTrailer(*header, entry.trailer);
  if (!trailer.ok()) return false;
  return std::any_of(trailer->signatures.begin(), trailer->signatures.end(),
                     [&](const dare::SignatureFields& signature) {
                       const crypto::PublicKey* const key = keys.Find(signature.kid);
                       return key != nullptr && dare::VerifySignature(entry, *key).ok();
                     });
}

}  // namespace

AddressBook::AddressBook(const Replica& contacts, const KeyRing& keys)
    : contacts_(contacts), keys_(keys) {
  for (const auto& [name, entry] : contacts.entries()) {
    if (entry.deleted) continue;
    const Result<Person> person = ParseContact(contacts.frame(entry.index).payload);
    if (!person.ok() || !person->profile_account) continue;
    frames_[person->mesh_addresses[0]].push_back(entry.index);
  }
  for (auto& [address, frames] : frames_) std::sort(frames.rbegin(), frames.rend());
}

std::optional<Correspondent> AddressBook::Look(std::string_view address) const {
  const auto found = frames_.find(address);
  if (found == frames_.end()) return std::nullopt;
  for (const int64_t index : found->second) {
    const dare::Envelope& entry = contacts_.frame(index);
    if (!SignedByOneOf(keys_, entry)) continue;
    const Result<Person> person = ParseContact(entry.payload);
    if (!person.ok()) continue;
    Result<AccountChain> chain = ProfilesOf(*person);
    if (!chain.ok()) continue;
    return Correspondent{person->full_name, std::move(chain->account),
                         dare::PayloadDigest(person->profile_account->payload)};
  }
  return std::nullopt;
}

const Correspondent* AddressBook::Find(std::string_view address) {
  auto place = looked_.find(address);
  if (place == looked_.end()) place = looked_.emplace(address, Look(address)).first;
  return place->second ? &*place->second : nullptr;
}

}  // namespace mesh::client
