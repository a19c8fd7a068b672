// Requests and envelopes in JSON, for tests that speak as a client would.

#pragma once

#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/crypto/keys.h"
#include "common/crypto/udf.h"
#include "common/dare/envelope.h"
#include "common/dare/seal.h"
#include "common/mesh/profile.h"

namespace mesh::testing {

// An unsigned catalog entry, as real clients upload it.
inline dare::Envelope Entry(std::string_view unique_id, std::string_view payload,
                            std::string_view event = "New") {
  dare::SealOptions options;
  options.content_meta.emplace();
  options.content_meta->unique_id = unique_id;
  options.content_meta->event = event;
  options.digest = true;
  auto envelope = dare::Seal(payload, options);
  MESH_CHECK(envelope.ok());
  return *std::move(envelope);
}

// {"Upload": {"Updates": [{"Container": ..., "Envelopes": [...]}]}}; `envelopes` is
// what stands between the brackets.
inline std::string UploadOf(std::string_view container, std::string_view envelopes) {
  return R"({"Upload":{"Updates":[{"Container":")" + std::string(container) + R"(","Envelopes":[)" +
         std::string(envelopes) + "]}]}}";
}

// A person who can ask for an account.
struct AccountMaker {
  crypto::PrivateKey mesh_offline = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey mesh_online = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey account_offline = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey account_online = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey agreement = crypto::PrivateKey::Generate(crypto::Curve::kX448);

  std::string ProfileMesh() const {
    Profile profile;
    profile.kind = ProfileKind::kMesh;
    profile.key_offline_signature = MakeKeyData(mesh_offline.public_key());
    profile.keys_online_signature = {MakeKeyData(mesh_online.public_key())};
    profile.key_encryption = MakeKeyData(agreement.public_key());
    return dare::EnvelopeText(*SignProfile(profile, mesh_offline));
  }
  // The ProfileAccount that names `address`, signed by `signer`.
  std::string ProfileAccount(std::string_view address, const crypto::PrivateKey& signer) const {
    Profile profile;
    profile.kind = ProfileKind::kAccount;
    profile.key_offline_signature = MakeKeyData(account_offline.public_key());
    profile.keys_online_signature = {MakeKeyData(account_online.public_key())};
    profile.account_addresses = {std::string(address)};
    profile.mesh_profile_udf = crypto::KeyFingerprint(mesh_offline.public_key());
    profile.key_encryption = MakeKeyData(agreement.public_key());
    profile.key_authentication = MakeKeyData(agreement.public_key());
    return dare::EnvelopeText(*SignProfile(profile, signer));
  }
  static std::string Create(std::string_view address, std::string_view mesh,
                            std::string_view account) {
    return R"({"CreateAccount":{"AccountAddress":")" + std::string(address) +
           R"(","SignedProfileMesh":)" + std::string(mesh) + R"(,"SignedAssertionAccount":)" +
           std::string(account) + "}}";
  }
  std::string Create(std::string_view address) const {
    return Create(address, ProfileMesh(), ProfileAccount(address, mesh_online));
  }
};

}  // namespace mesh::testing
