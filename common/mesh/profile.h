// Profiles and connection assertions: who is who in the Mesh, and the chain that
// proves that a device belongs to an account (schema-06):
//
//   ProfileMesh        signed by its own KeyOfflineSignature
//   -> ProfileAccount     signed by a KeysOnlineSignature key of the ProfileMesh,
//                         which it names in MeshProfileUDF
//   -> ConnectionAccount  signed by a KeysOnlineSignature key of the ProfileAccount
//
// All other profiles are signed by their own KeyOfflineSignature. The name of a
// profile is the UDF of that key, so whoever holds the name can check the rest.
//
// Values; pure functions; any thread. Parsing costs a fingerprint (a few digests)
// for each key, verifying one signature verification (about 0.2 ms).

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "common/mesh/key_data.h"

namespace mesh {

enum class ProfileKind { kMesh, kAccount, kDevice, kGroup, kService, kHost };

// "ProfileMesh" for kMesh: the tag of its JSON.
std::string_view ProfileTag(ProfileKind kind);

// A profile of any kind; each kind uses the members said beside it.
struct Profile {
  ProfileKind kind = ProfileKind::kMesh;
  KeyData key_offline_signature;
  std::vector<KeyData> keys_online_signature;     // Mesh, Account.
  std::optional<KeyData> key_encryption;          // All but Host.
  std::optional<KeyData> key_authentication;      // Account, Device, Host.
  std::vector<std::string> account_addresses;     // Account, Group.
  std::string mesh_profile_udf;                   // Account.
  std::string description;                        // Device.
  std::optional<dare::Envelope> profile_service;  // Account.

  // Its name.
  const std::string& udf() const { return key_offline_signature.udf; }
};

// Reads the payload of a profile's envelope, {"ProfileMesh": {...}} for kMesh.
// Verifies no signature. kInvalidArgument if it is not a profile of that kind.
Result<Profile> ParseProfile(std::string_view payload, ProfileKind kind);
// Appends what ParseProfile() reads.
void WriteProfile(const Profile& profile, std::string& out);
// The profile in an envelope signed by `signer`.
Result<dare::Envelope> SignProfile(const Profile& profile, const crypto::PrivateKey& signer);

// --- Connections ----------------------------------------------------------------

enum class ConnectionKind { kAccount, kDevice };

// What a limited device may do with one container.
struct Permission {
  std::string container;
  bool write = false;  // And read; false: read only.

  bool operator==(const Permission&) const = default;
};
// Elements of Permissions in one ConnectionAccount: as many as an account has containers.
inline constexpr size_t kPermissionsMax = 64;

// What an administrator asserts: these are the keys under which a device acts in
// the account (ConnectionAccount) or in the mesh (ConnectionDevice).
struct Connection {
  ConnectionKind kind = ConnectionKind::kAccount;
  KeyData key_signature;
  KeyData key_encryption;
  KeyData key_authentication;  // Its UDF is the name of the device in the account.
  // What the device is limited to; absent: it may use everything. Elements whose Name or
  // Role the service does not know give nothing and are left out. ConnectionAccount only.
  std::optional<std::vector<Permission>> permissions{};
};

Result<Connection> ParseConnection(std::string_view payload, ConnectionKind kind);
void WriteConnection(const Connection& connection, std::string& out);
Result<dare::Envelope> SignConnection(const Connection& connection,
                                      const crypto::PrivateKey& signer);

// One account of a device, in its catalog entry.
struct AccountEntry {
  std::string account_udf;
  std::optional<dare::Envelope> profile_account;
  std::optional<dare::Envelope> connection_account;
  std::optional<dare::Envelope> activation_account;
};

// The payload of an entry of mmm_Device: {"CatalogedDevice": {...}}, unsigned.
struct CatalogedDevice {
  std::string udf;         // Of the device's signature key in the mesh.
  std::string device_udf;  // Name of its ProfileDevice; the entry's UniqueID.
  std::optional<dare::Envelope> profile_mesh;
  std::optional<dare::Envelope> profile_device;
  std::optional<dare::Envelope> connection_device;
  std::optional<dare::Envelope> activation_device;
  std::vector<AccountEntry> accounts;
};

Result<CatalogedDevice> ParseCatalogedDevice(std::string_view payload);
void WriteCatalogedDevice(const CatalogedDevice& device, std::string& out);
// The object alone, without its tag, as RespondConnection carries it. False: the reader has
// the fault.
bool ReadCatalogedDevice(json::Reader& reader, CatalogedDevice* out);
void WriteCatalogedDevice(const CatalogedDevice& device, json::Writer& writer);

// --- Verification ---------------------------------------------------------------
// Each checks PayloadDigest, signature and content. kInvalidArgument says what is
// malformed; kPermissionDenied says which link of the chain does not hold.

// A profile signed by its own KeyOfflineSignature.
Result<Profile> VerifySelfSigned(const dare::Envelope& envelope, ProfileKind kind);

// A ProfileAccount that `mesh` vouches for.
Result<Profile> VerifyProfileAccount(const dare::Envelope& envelope, const Profile& mesh);

// What CreateAccount presents: SignedProfileMesh and SignedAssertionAccount.
struct AccountChain {
  Profile mesh;
  Profile account;
};
Result<AccountChain> VerifyAccountChain(const dare::Envelope& profile_mesh,
                                        const dare::Envelope& profile_account);

// A ConnectionAccount that `account` vouches for.
Result<Connection> VerifyConnectionAccount(const dare::Envelope& envelope, const Profile& account);

// All that an entry of mmm_Device says about this account: its connections to
// `account`, verified. Connections of other accounts are not looked at. kPermissionDenied
// if any one to `account` does not hold or there is none, or the entry names a
// DeviceUDF that is not its ProfileDevice's.
Result<std::vector<Connection>> VerifyCatalogedDevice(const CatalogedDevice& device,
                                                      const Profile& account);

}  // namespace mesh
