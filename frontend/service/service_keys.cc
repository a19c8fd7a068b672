#include "frontend/service/service_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/base/bytes.h"
#include "common/base/unique_fd.h"
#include "common/crypto/keys.h"
#include "common/encoding/base64url.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/profile.h"

namespace mesh::frontend {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

// PERSISTENT: the files' names and what is in them, {"crv": "Ed448", "Seed": "..."}.
constexpr std::string_view kServiceSignature = "service-signature.json";
constexpr std::string_view kServiceEncryption = "service-encryption.json";
constexpr std::string_view kHostSignature = "host-signature.json";
constexpr std::string_view kHostAuthentication = "host-authentication.json";

Status Failed(const std::string& what, const std::string& path) {
  return Status(Code::kUnavailable, what + " " + path + ": " + std::strerror(errno));
}

std::string KeyText(const PrivateKey& key) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Member("crv").String(crypto::CurveName(key.curve()));
  writer.Member("Seed").Binary(key.seed());
  writer.EndObject();
  return text + "\n";
}

Result<PrivateKey> ParseKey(const std::string& text, Curve curve) {
  json::Reader reader(text);
  std::string_view name;
  std::string curve_name, seed;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "crv") {
      reader.String(&curve_name);
    } else if (name == "Seed") {
      reader.Binary(&seed);
    } else {
      reader.Skip();
    }
  }
  if (!reader.Finish()) return reader.status();
  if (curve_name != crypto::CurveName(curve)) {
    return InvalidArgument("crv: expected " + std::string(crypto::CurveName(curve)));
  }
  Result<PrivateKey> key = PrivateKey::FromSeed(curve, seed);
  Wipe(seed);
  return key;
}

Status CheckMode(int file, const std::string& path) {
  struct stat about {};
  if (::fstat(file, &about) != 0) return Failed("cannot look at", path);
  if ((about.st_mode & 077) == 0) return Status();
  return Status(Code::kPermissionDenied,
                path + ": others may read this key; its mode must be 0600");
}

Result<std::string> ReadFile(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Failed("cannot read", path);
  MESH_RETURN_IF_ERROR(CheckMode(file.get(), path));
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
  if (count < 0) return Failed("cannot read", path);
  return std::string(buffer.data(), static_cast<size_t>(count));
}

Status WriteAndSync(const std::string& path, const std::string& text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return Failed("cannot make", path);
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
    return Failed("cannot write", path);
  }
  return Status();
}

// The name must lead to the key also after the power has failed.
Status SyncFolder(const std::string& folder) {
  const UniqueFd file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || ::fsync(file.get()) != 0) return Failed("cannot sync", folder);
  return Status();
}

// Makes the file whole and under its name at once, unless somebody else already has.
Status CreateFile(const std::string& folder, const std::string& path, const std::string& text) {
  const std::string temporary = path + "." + std::to_string(::getpid());
  ::unlink(temporary.c_str());
  Status status = WriteAndSync(temporary, text);
  if (status.ok() && ::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    status = Failed("cannot make", path);
  }
  ::unlink(temporary.c_str());
  return status.ok() ? SyncFolder(folder) : status;
}

Result<PrivateKey> LoadKey(const std::string& folder, std::string_view name, Curve curve,
                           crypto::RandomSource& random) {
  const std::string path = folder + "/" + std::string(name);
  if (::access(path.c_str(), F_OK) != 0) {
    std::string text = KeyText(PrivateKey::Generate(curve, random));
    const Status created = CreateFile(folder, path, text);
    Wipe(text);
    MESH_RETURN_IF_ERROR(created);
  }
  MESH_ASSIGN(std::string text, ReadFile(path));
  Result<PrivateKey> key = ParseKey(text, curve);
  Wipe(text);
  if (key.ok()) return key;
  return Status(Code::kDataLoss, path + ": not a key file: " + key.status().message());
}

Result<std::string> SignedText(const Profile& profile, const PrivateKey& signer) {
  MESH_ASSIGN(const dare::Envelope envelope, SignProfile(profile, signer));
  return dare::EnvelopeText(envelope);
}

}  // namespace

Result<ServiceProfiles> LoadServiceProfiles(const std::string& folder,
                                            crypto::RandomSource& random) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Failed("cannot make", folder);
  MESH_ASSIGN(const PrivateKey signature,
              LoadKey(folder, kServiceSignature, Curve::kEd448, random));
  MESH_ASSIGN(const PrivateKey encryption,
              LoadKey(folder, kServiceEncryption, Curve::kX448, random));
  MESH_ASSIGN(const PrivateKey host_signature,
              LoadKey(folder, kHostSignature, Curve::kEd448, random));
  MESH_ASSIGN(const PrivateKey authentication,
              LoadKey(folder, kHostAuthentication, Curve::kX448, random));

  Profile service;
  service.kind = ProfileKind::kService;
  service.key_offline_signature = MakeKeyData(signature.public_key());
  service.key_encryption = MakeKeyData(encryption.public_key());
  Profile host;
  host.kind = ProfileKind::kHost;
  host.key_offline_signature = MakeKeyData(host_signature.public_key());
  host.key_authentication = MakeKeyData(authentication.public_key());

  ServiceProfiles profiles;
  MESH_ASSIGN(profiles.enveloped_profile_service, SignedText(service, signature));
  MESH_ASSIGN(profiles.enveloped_profile_host, SignedText(host, host_signature));
  profiles.service_udf = service.udf();
  return profiles;
}

}  // namespace mesh::frontend
