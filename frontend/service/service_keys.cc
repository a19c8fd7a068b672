#include "frontend/service/service_keys.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/udf.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/connection_host.h"
#include "common/mesh/profile.h"
#include "frontend/service/key_file.h"

namespace mesh::frontend {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

// PERSISTENT: the files' names and what is in them, {"crv": "Ed448", "Seed": "..."}.
// Old ones are host-authentication-<anything>.json, service-encryption-<anything>.json.
struct KeyName {
  const char* name;
  Curve curve;
};
constexpr KeyName kServiceSignature{"service-signature.json", Curve::kEd448};
constexpr KeyName kServiceEncryption{"service-encryption.json", Curve::kX448};
constexpr KeyName kHostSignature{"host-signature.json", Curve::kEd448};
constexpr KeyName kHostAuthentication{"host-authentication.json", Curve::kX448};
constexpr KeyName kNames[] = {kServiceSignature, kServiceEncryption, kHostSignature,
                              kHostAuthentication};
constexpr const char* kOldHostPrefix = "host-authentication-";
constexpr const char* kOldEncryptionPrefix = "service-encryption-";
constexpr const char* kSuffix = ".json";

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

Result<PrivateKey> ReadKey(const std::string& folder, const std::string& name, Curve curve) {
  const std::string path = folder + "/" + name;
  MESH_ASSIGN(std::string text, ReadKeyFile(path));
  Result<PrivateKey> key = ParseKey(text, curve);
  Wipe(text);
  if (key.ok()) return key;
  return Status(Code::kDataLoss, path + ": not a key file: " + key.status().message());
}

Result<PrivateKey> ReadKey(const std::string& folder, const KeyName& name) {
  return ReadKey(folder, name.name, name.curve);
}

Status MakeIfAbsent(const std::string& folder, const KeyName& name, crypto::RandomSource& random) {
  if (::access((folder + "/" + name.name).c_str(), F_OK) == 0) return Status();
  std::string text = KeyText(PrivateKey::Generate(name.curve, random));
  const Status created = CreateKeyFile(folder, name.name, text);
  Wipe(text);
  return created;
}

Result<std::string> TextOf(Result<dare::Envelope> envelope) {
  if (!envelope.ok()) return envelope.status();
  return dare::EnvelopeText(*envelope);
}

// The current key, and behind it the old ones.
Result<std::vector<PrivateKey>> ReadKeys(const std::string& folder, const KeyName& current,
                                         const char* old_prefix) {
  std::vector<PrivateKey> keys;
  MESH_ASSIGN(PrivateKey first, ReadKey(folder, current));
  keys.push_back(std::move(first));
  MESH_ASSIGN(const std::vector<std::string> old, ListKeyFiles(folder, old_prefix, kSuffix));
  for (const std::string& name : old) {
    MESH_ASSIGN(PrivateKey key, ReadKey(folder, name, current.curve));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::vector<HostKey>> ReadHostKeys(const std::string& folder) {
  MESH_ASSIGN(std::vector<PrivateKey> read, ReadKeys(folder, kHostAuthentication, kOldHostPrefix));
  std::vector<HostKey> keys;
  for (PrivateKey& key : read) {
    std::string udf = crypto::KeyFingerprint(key.public_key());
    keys.push_back({std::move(udf), std::move(key)});
  }
  return keys;
}

// What clients are shown, signed.
struct Shown {
  Profile service;
  Profile host;
  ConnectionHost connection;
};

Shown MakeShown(const PrivateKey& signature, const PrivateKey& encryption,
                const PrivateKey& host_signature, const PrivateKey& authentication,
                WallMillis now) {
  Shown shown;
  shown.service.kind = ProfileKind::kService;
  shown.service.key_offline_signature = MakeKeyData(signature.public_key());
  shown.service.key_encryption = MakeKeyData(encryption.public_key());
  shown.host.kind = ProfileKind::kHost;
  shown.host.key_offline_signature = MakeKeyData(host_signature.public_key());
  shown.host.key_authentication = MakeKeyData(authentication.public_key());
  shown.connection = {shown.service.udf(), shown.host.udf(), *shown.host.key_authentication,
                      now - kConnectionSlack, now + kConnectionTime};
  return shown;
}

}  // namespace

const PrivateKey* ServiceKeys::FindHostKey(std::string_view udf) const {
  const auto found = std::find_if(host_keys.begin(), host_keys.end(),
                                  [udf](const HostKey& key) { return key.udf == udf; });
  return found == host_keys.end() ? nullptr : &found->key;
}

Status ServiceKeyFolder::Open(crypto::RandomSource& random, WallMillis now) {
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    return Status(Code::kUnavailable, "cannot make " + folder_ + ": " + std::strerror(errno));
  }
  for (const KeyName& name : kNames) MESH_RETURN_IF_ERROR(MakeIfAbsent(folder_, name, random));
  return Reload(now);
}

Status ServiceKeyFolder::Reload(WallMillis now) {
  state_ = State();
  MESH_ASSIGN(const std::shared_ptr<ServiceKeys> keys, Read(now));
  const std::shared_ptr<const ServiceKeys> before = published_.current();
  if (before != nullptr && before->service_udf != keys->service_udf) {
    return Status(Code::kFailedPrecondition,
                  folder_ + ": these are the keys of another service, " + keys->service_udf);
  }
  published_.Publish(keys);
  return Status();
}

Result<bool> ServiceKeyFolder::ReloadIfDue(WallMillis now) {
  const WallMillis age = now - published_.current()->signed_at;
  if (age >= 0 && age < kConnectionRenewal && State() == state_) return false;
  MESH_RETURN_IF_ERROR(Reload(now));
  return true;
}

Result<std::shared_ptr<ServiceKeys>> ServiceKeyFolder::Read(WallMillis now) {
  MESH_ASSIGN(const PrivateKey signature, ReadKey(folder_, kServiceSignature));
  MESH_ASSIGN(std::vector<PrivateKey> encryption,
              ReadKeys(folder_, kServiceEncryption, kOldEncryptionPrefix));
  MESH_ASSIGN(const PrivateKey host_signature, ReadKey(folder_, kHostSignature));
  auto keys = std::make_shared<ServiceKeys>();
  MESH_ASSIGN(keys->host_keys, ReadHostKeys(folder_));
  const Shown shown =
      MakeShown(signature, encryption.front(), host_signature, keys->host_keys.front().key, now);
  keys->service_udf = shown.service.udf();
  keys->encryption = std::move(encryption);
  keys->signed_at = now;
  keys->hello = hello_;
  MESH_ASSIGN(keys->hello.enveloped_profile_service, TextOf(SignProfile(shown.service, signature)));
  MESH_ASSIGN(keys->hello.enveloped_profile_host, TextOf(SignProfile(shown.host, host_signature)));
  MESH_ASSIGN(keys->hello.enveloped_connection_host,
              TextOf(SignConnectionHost(shown.connection, signature)));
  return keys;
}

std::string ServiceKeyFolder::State() const {
  std::vector<std::string> names;
  for (const KeyName& name : kNames) names.emplace_back(name.name);
  for (const char* prefix : {kOldHostPrefix, kOldEncryptionPrefix}) {
    const Result<std::vector<std::string>> old = ListKeyFiles(folder_, prefix, kSuffix);
    if (old.ok()) names.insert(names.end(), old->begin(), old->end());
  }
  return KeyFilesState(folder_, names);
}

}  // namespace mesh::frontend
