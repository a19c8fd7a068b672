// What the DARE vectors share: keys and envelopes out of cases.

#pragma once

#include <string>

#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "tests/conformance/vector_file.h"

namespace mesh::conformance {

// The key with this seed; throws when it is none.
crypto::PrivateKey KeyOf(const std::string& curve, const std::string& seed);
crypto::PublicKey PublicKeyOf(const Case& key);

// The envelope in array form, parsed by our reader from its JSON text.
dare::Envelope EnvelopeOf(const Case& array);

// Whether `kid` is the fingerprint of `key` in the era of `content_type`.
Outcome AgreeKid(const crypto::PublicKey& key, const std::string& content_type,
                 const std::string& kid);

// Whether KEK = HKDF(Z, info) unwraps the master that `kid` names; sets *master.
Outcome Unwrap(const std::string& shared, const std::string& wrapped, std::string* master);

}  // namespace mesh::conformance
