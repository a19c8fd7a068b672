// What a device knows of an account it is in: where the service is, who vouches for
// whom, its own activation, and the key that opens what people send to the account. An
// administrator's device has the account's other private keys besides.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/client/device.h"
#include "common/client/https_transport.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/dare/envelope.h"
#include "common/mesh/profile.h"

namespace mesh::client {

// The private keys of a person's Mesh: they vouch for accounts. Move-only.
struct MeshAdministrator {
  dare::Envelope envelope;  // The ProfileMesh, signed by itself.
  Profile profile;
  crypto::PrivateKey offline;
  crypto::PrivateKey online;
  crypto::PrivateKey encryption;
};
Result<MeshAdministrator> MakeMesh(crypto::RandomSource& random);
std::string WriteMesh(const MeshAdministrator& mesh);
Result<MeshAdministrator> ReadMesh(std::string_view text);

// The private keys of one account that vouch for devices. Move-only.
struct AccountKeys {
  crypto::PrivateKey offline;
  crypto::PrivateKey online;
  crypto::PrivateKey authentication;
};

// One account. Move-only. The chain of its envelopes has been verified.
struct Account {
  std::string address;  // Canonical.
  ServiceAddress service;
  bool registered = false;  // False while the outcome of CreateAccount is not known.
  dare::Envelope profile_mesh;
  dare::Envelope profile_account;
  dare::Envelope connection;  // The ConnectionAccount of this device.
  std::string activation;     // This device's, secret.
  // The private key of the account's KeyEncryption: it opens what people send. Every device has
  // it that is to read that; absent: this one is not.
  std::optional<crypto::PrivateKey> encryption;
  std::optional<AccountKeys> keys;  // On an administrator's device.

  Profile mesh;
  Profile profile;
  Connection connected;  // Of `connection`.

  bool administrator() const { return keys.has_value(); }
};

// A new account of the person whose Mesh is `mesh`, with `device` in it.
// `profile_service` is the ProfileService of its service, if known.
Result<Account> MakeAccount(std::string_view address, const ServiceAddress& service,
                            const std::optional<dare::Envelope>& profile_service,
                            const MeshAdministrator& mesh, const Device& device,
                            crypto::RandomSource& random);

// The text of a file that holds the account, secrets included, and back.
// kDataLoss if it is not such a text or the chain in it does not hold.
std::string WriteAccount(const Account& account);
Result<Account> ReadAccount(std::string_view text);

// --- Devices of an account ----------------------------------------------------------

// kFailedPrecondition, with the next step, unless this device has the account's keys.
Status CheckAdministrator(const Account& account, std::string_view to_do);

// kFailedPrecondition, with the next step, unless this device can open what people send.
Status CheckReader(const Account& account);

// Whether a device is to read what people send to the account.
enum class Reading { kAllowed, kWithheld };

// The entry of mmm_Device that connects a device to the account, which must have its
// keys. kInvalidArgument or kPermissionDenied if `profile_device` does not verify.
Result<CatalogedDevice> ConnectDevice(const Account& account, const dare::Envelope& profile_device,
                                      std::string_view activation, Reading reading,
                                      crypto::RandomSource& random);

// The account to which `entry` connects `device`. kPermissionDenied if it is for another device or
// the chain in it does not hold, kInvalidArgument if it connects it to none.
Result<Account> JoinAccount(const CatalogedDevice& entry, std::string_view address,
                            const ServiceAddress& service, const Device& device);

// What travels to a device that was added, in a file: JSON. It holds no secret that
// others than the device could read.
std::string WriteHandOver(const Account& account, const CatalogedDevice& entry);
// The account as `device` finds it in a hand-over. kInvalidArgument if the text is not
// one, kPermissionDenied if it is for another device or the chain does not hold.
Result<Account> ReadHandOver(std::string_view text, const Device& device);

// What a device shows to be added: its ProfileDevice as JSON, and back, verified.
std::string WriteDeviceRequest(const dare::Envelope& profile_device);
Result<dare::Envelope> ReadDeviceRequest(std::string_view text);

}  // namespace mesh::client
