// Seal() makes an envelope: labels it, encrypts it, digests it, signs it.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/dare/content_meta.h"
#include "common/dare/envelope.h"

namespace mesh::dare {

struct SealOptions {
  std::string envelope_id;  // Empty: none.
  std::optional<ContentMeta> content_meta;
  std::vector<std::string> annotations;  // Clear text of each EDS.
  // Who may decrypt. None at all: the payload stays in clear.
  std::vector<crypto::PublicKey> recipients;
  std::vector<std::string> secrets;            // Octets of symmetric (EARL) keys.
  const crypto::PrivateKey* signer = nullptr;  // Borrowed for the call. Null: unsigned.
  bool digest = false;                         // PayloadDigest even if unsigned, as catalogs want.
};

// kInvalidArgument if a recipient's key is not a good one, or the signer's cannot
// sign. `random` is used only to encrypt.
Result<Envelope> Seal(std::string_view payload, const SealOptions& options,
                      crypto::RandomSource& random = crypto::SystemRandom());

}  // namespace mesh::dare
