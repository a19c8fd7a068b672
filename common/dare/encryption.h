// Encryption of envelopes: draft dare-08 §3.4, with the labels that clients use where
// the draft prints others.
//
//   master    32 random octets, one for each envelope; header `kid` is its identifier
//   item keys HKDF-SHA-256(master, salt), info "encrypt" and "iv"; AES-256-CBC
//   body      salt = header Salt
//   EDS       salt = its own prefix || header Salt; written as two JSON-B data items
//   recipient KEK = HKDF-SHA-512(shared secret, no salt, info ""), master wrapped by RFC 3394
//
// CBC carries no authentication: what matters is signed, or sealed in a ticket.
// Any thread; nothing is kept; callers wipe the secrets they hold.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/dare/envelope.h"
#include "common/dare/header.h"

namespace mesh::dare {

inline constexpr size_t kMasterBytes = 32;
inline constexpr size_t kSaltBytes = 16;
inline constexpr std::string_view kA256Cbc = "A256CBC";

// --- One item -----------------------------------------------------------------

// The ciphertext of `clear` under `master` and `salt`.
std::string EncryptItem(std::string_view master, std::string_view salt, std::string_view clear);
// kInvalidArgument if the padding is wrong or the length impossible.
Result<std::string> DecryptItem(std::string_view master, std::string_view salt,
                                std::string_view cipher);

// An Enhanced Data Sequence: `prefix` (unique in its envelope) and the ciphertext.
std::string EncryptAnnotation(std::string_view master, std::string_view header_salt,
                              std::string_view prefix, std::string_view clear);
Result<std::string> DecryptAnnotation(std::string_view master, std::string_view header_salt,
                                      std::string_view annotation);

// HKDF-SHA-256 over the master secret that ties a signature to it (`witness`).
std::string SignatureWitness(std::string_view master, std::string_view header_salt,
                             std::string_view signature);

// --- Recipients -----------------------------------------------------------------

// What key agreement between `key` and `peer` gives: u for X keys; for Ed keys,
// to which the examples of dare-08 encrypt, the encoded point.
Result<std::string> SharedSecret(const crypto::PrivateKey& key, const crypto::PublicKey& peer);

std::string WrapMaster(std::string_view shared_secret, std::string_view master);
// Tries info "" and then "master", which envelopes before July 2020 used.
// kInvalidArgument if neither unwraps.
Result<std::string> UnwrapMaster(std::string_view shared_secret, std::string_view wmk);

// Makes the entry of `recipients` that lets `key` decrypt, with a fresh ephemeral key.
Result<RecipientFields> MakeRecipient(std::string_view master, const crypto::PublicKey& key,
                                      crypto::RandomSource& random);
// The same for whoever knows `secret` (octets of an EARL key).
RecipientFields MakeSymmetricRecipient(std::string_view master, std::string_view secret);

// --- Whole envelopes ------------------------------------------------------------

// The master secret of an envelope. kNotFound if no recipient names the key.
Result<std::string> RecoverMaster(const HeaderFields& header, const crypto::PrivateKey& key);
Result<std::string> RecoverMaster(const HeaderFields& header, std::string_view secret);

// The payload in clear. kUnimplemented for a cipher other than A256CBC;
// kInvalidArgument if `header.kid` is not the identifier of `master`.
Result<std::string> DecryptPayload(const Envelope& envelope, const HeaderFields& header,
                                   std::string_view master);

}  // namespace mesh::dare
