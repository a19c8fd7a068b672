// Opening an encrypted envelope of a vectors file from its parts, with common/crypto
// alone: the envelope library is not what these vectors test.

#pragma once

#include "common/base/status.h"
#include "tests/conformance/vector_file.h"

namespace mesh::conformance {

// The recipient entry named `kid`. Throws when there is none.
Case RecipientOf(const Case& envelope, const std::string& kid);

// The master secret wrapped for an agreement's result (or a symmetric key).
Result<std::string> UnwrapMaster(std::string_view shared, std::string_view info,
                                 std::string_view wrapped);

// The body decrypts to `plaintext` under the master secret.
Outcome CheckDecryption(const Case& envelope, std::string_view master,
                        const std::string& plaintext);

// The payload digest is the ciphertext's, and each signature's witness the master's.
Outcome CheckDigestAndWitness(const Case& envelope, std::string_view master);

}  // namespace mesh::conformance
