// Capabilities: what somebody may do with a key, or with one share of it (schema-06 §11.4.8
// and on; wire form CatalogedCapability, an entry of mmm_Capability). Values; pure functions; any
// thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/crypto/curve.h"
#include "common/crypto/scalar.h"
#include "common/dare/envelope.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh {

// The classes that have to do with groups: the member's share, and the one that the service
// keeps for it.
inline constexpr std::string_view kCapabilityDecryptPartial = "CapabilityDecryptPartial";
inline constexpr std::string_view kCapabilityDecryptServiced = "CapabilityDecryptServiced";

// KeyData with private parameters: the number that points are multiplied by. Secret; wipes
// itself.
struct KeyShare {
  std::string udf;  // A name of its own, no fingerprint.
  crypto::Curve curve = crypto::Curve::kX448;
  crypto::Scalar number;
};

// What each class has stands beside it; all have the rest.
struct Capability {
  std::string type;               // The class, as written.
  std::string id;                 // How Operate names it, in its KeyId.
  std::string subject_id;         // The key, or the resource, that it is about.
  std::string subject_address;    // The account of that.
  std::string authentication_id;  // Serviced: the ProfileAccount UDF of who may use it.
  std::string service_id;         // Partial: `id` of the service's part.
  std::string service_address;    // Partial: the account that has it.
  std::optional<KeyShare> share;  // KeyData, in clear.
  // EnvelopedKeyShares: the same, each encrypted to somebody; see ParseKeyShare.
  std::vector<dare::Envelope> enveloped_shares;
};

// EnvelopedKeyShares of one capability: a service and a few devices.
inline constexpr size_t kKeySharesMax = 16;

// Reads an entry's payload, {"CatalogedCapability": {"Capability": {"<class>": {...}}}}, and
// {"<class>": {...}} alone. kInvalidArgument, or false and the reader has the fault: a known
// member has the wrong form, or Id is missing. Members that are not known are skipped.
Result<Capability> ParseCatalogedCapability(std::string_view payload);
bool ReadCapability(json::Reader& reader, Capability* out);
// Write what is read above.
void WriteCatalogedCapability(const Capability& capability, std::string& out);
void WriteCapability(const Capability& capability, json::Writer& writer);

// The payload of an envelope of EnvelopedKeyShares: {"KeyData": {...}}. Its curve is
// "X448z" or "X25519z" when the number is to be taken as it is, as shares are, and without the z
// when it is a private key, to be clamped. kInvalidArgument if it is none of that.
Result<KeyShare> ParseKeyShare(std::string_view payload);
std::string WriteKeyShare(const KeyShare& share);

}  // namespace mesh
