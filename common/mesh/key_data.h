// Public keys in JSON, as profiles and headers carry them.

#pragma once

#include <string>

#include "common/crypto/keys.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh {

// A public key and its name, which is always the fingerprint of the key.
struct KeyData {
  std::string udf;
  crypto::PublicKey key;

  bool operator==(const KeyData&) const = default;
};

// The key with its fingerprint.
KeyData MakeKeyData(const crypto::PublicKey& key);

// Reads an object {"UDF", "PublicParameters": {"PublicKeyECDH": {"crv", "Public"}}}.
// Returns false, with the fault in reader.status(), if it is not that, the curve is
// unknown, the key has the wrong length, or a UDF is given that is not the key's.
bool ReadKeyData(json::Reader& reader, KeyData* out);
void WriteKeyData(const KeyData& key, json::Writer& writer);

// The tagged key alone: {"PublicKeyECDH": {"crv", "Public"}}.
bool ReadTaggedKey(json::Reader& reader, crypto::PublicKey* out);
void WriteTaggedKey(const crypto::PublicKey& key, json::Writer& writer);

}  // namespace mesh
