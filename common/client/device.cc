#include "common/client/device.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/client/key_file.h"
#include "common/crypto/udf.h"
#include "common/crypto/udf_secret.h"

namespace mesh::client {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

// What the keys of a device are called when an activation is applied to them.
constexpr std::string_view kSign = "Sign";
constexpr std::string_view kEncrypt = "Encrypt";
constexpr std::string_view kAuthenticate = "Authenticate";

// The two octets after the type octet of an activation for an account.
constexpr std::string_view kAccountActivation("\x01\x05", 2);
constexpr size_t kActivationSeedBytes = 32;

Result<crypto::PublicKey> AddPublic(const crypto::PublicKey& base, std::string_view activation,
                                    std::string_view name) {
  MESH_ASSIGN(const PrivateKey part, crypto::DeriveKey(activation, base.curve, name));
  return crypto::CombinePublicKeys(base, part.public_key());
}

Result<PrivateKey> AddPrivate(const PrivateKey& base, std::string_view activation,
                              std::string_view name) {
  MESH_ASSIGN(const PrivateKey part, crypto::DeriveKey(activation, base.curve(), name));
  return crypto::CombinePrivateKeys(base, part);
}

bool Matches(const Device& device) {
  const Profile& profile = device.profile;
  return profile.key_offline_signature.key == device.signature.public_key() &&
         profile.key_encryption && profile.key_authentication &&
         profile.key_encryption->key == device.encryption.public_key() &&
         profile.key_authentication->key == device.authentication.public_key();
}

}  // namespace

Result<Device> MakeDevice(std::string_view description, crypto::RandomSource& random) {
  PrivateKey signature = PrivateKey::Generate(Curve::kEd448, random);
  PrivateKey encryption = PrivateKey::Generate(Curve::kX448, random);
  PrivateKey authentication = PrivateKey::Generate(Curve::kX448, random);

  Profile profile;
  profile.kind = ProfileKind::kDevice;
  profile.key_offline_signature = MakeKeyData(signature.public_key());
  profile.key_encryption = MakeKeyData(encryption.public_key());
  profile.key_authentication = MakeKeyData(authentication.public_key());
  profile.description = description;
  MESH_ASSIGN(dare::Envelope envelope, SignProfile(profile, signature));
  return Device{std::move(envelope), std::move(profile), std::move(signature),
                std::move(encryption), std::move(authentication)};
}

std::string WriteDevice(const Device& device) {
  KeyFileWriter file("Device");
  file.Envelope("EnvelopedProfileDevice", device.envelope);
  file.Key("KeySignature", device.signature);
  file.Key("KeyEncryption", device.encryption);
  file.Key("KeyAuthentication", device.authentication);
  return file.Finish();
}

Result<Device> ReadDevice(std::string_view text) {
  MESH_ASSIGN(const KeyFile file, KeyFile::Read(text, "Device"));
  MESH_ASSIGN(dare::Envelope envelope, file.Envelope("EnvelopedProfileDevice"));
  MESH_ASSIGN(PrivateKey signature, file.Key("KeySignature", Curve::kEd448));
  MESH_ASSIGN(PrivateKey encryption, file.Key("KeyEncryption", Curve::kX448));
  MESH_ASSIGN(PrivateKey authentication, file.Key("KeyAuthentication", Curve::kX448));
  Result<Profile> profile = VerifySelfSigned(envelope, ProfileKind::kDevice);
  if (!profile.ok()) return file.Damaged(profile.status().message());
  Device device{std::move(envelope), *std::move(profile), std::move(signature),
                std::move(encryption), std::move(authentication)};
  if (!Matches(device)) return file.Damaged("the keys are not those of the profile");
  return device;
}

std::string NewActivation(crypto::RandomSource& random) {
  std::string data =
      std::string(kAccountActivation) + crypto::RandomBytes(kActivationSeedBytes, random);
  std::string text = crypto::FormatUdf(crypto::UdfType::kDerivedKey, data);
  Wipe(data);
  return text;
}

Result<Connection> ActivatePublic(const Profile& device, std::string_view activation) {
  if (!device.key_encryption || !device.key_authentication) {
    return InvalidArgument("the device's profile lacks KeyEncryption or KeyAuthentication");
  }
  MESH_ASSIGN(const crypto::PublicKey sign,
              AddPublic(device.key_offline_signature.key, activation, kSign));
  MESH_ASSIGN(const crypto::PublicKey encrypt,
              AddPublic(device.key_encryption->key, activation, kEncrypt));
  MESH_ASSIGN(const crypto::PublicKey authenticate,
              AddPublic(device.key_authentication->key, activation, kAuthenticate));
  return Connection{ConnectionKind::kAccount, MakeKeyData(sign), MakeKeyData(encrypt),
                    MakeKeyData(authenticate)};
}

Result<ConnectionKeys> ActivatePrivate(const Device& device, std::string_view activation) {
  MESH_ASSIGN(PrivateKey sign, AddPrivate(device.signature, activation, kSign));
  MESH_ASSIGN(PrivateKey encrypt, AddPrivate(device.encryption, activation, kEncrypt));
  MESH_ASSIGN(PrivateKey authenticate,
              AddPrivate(device.authentication, activation, kAuthenticate));
  return ConnectionKeys{std::move(sign), std::move(encrypt), std::move(authenticate)};
}

}  // namespace mesh::client
