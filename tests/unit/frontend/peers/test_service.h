// A Mesh Service with keys of its own, and the Hello that it answers.

#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/binding/wire_envelope.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/connection_host.h"

namespace mesh::frontend {

struct TestService {
  crypto::PrivateKey signature = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey host_signature = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey authentication_key = crypto::PrivateKey::Generate(crypto::Curve::kX448);
  KeyData authentication = MakeKeyData(authentication_key.public_key());

  std::string udf() const { return MakeKeyData(signature.public_key()).udf; }

  dare::Envelope ProfileService() const {
    Profile profile;
    profile.kind = ProfileKind::kService;
    profile.key_offline_signature = MakeKeyData(signature.public_key());
    profile.key_encryption = authentication;
    return *SignProfile(profile, signature);
  }
  dare::Envelope ProfileHost() const {
    Profile profile;
    profile.kind = ProfileKind::kHost;
    profile.key_offline_signature = MakeKeyData(host_signature.public_key());
    profile.key_authentication = authentication;
    return *SignProfile(profile, host_signature);
  }
  dare::Envelope Connection(WallMillis from, WallMillis to) const {
    return *SignConnectionHost(
        {udf(), MakeKeyData(host_signature.public_key()).udf, authentication, from, to}, signature);
  }

  // The payload of Hello's answer, good for a day around `now`.
  std::string HelloMessage(WallMillis now) const {
    constexpr WallMillis kDay = 24 * 3600 * 1000;
    std::string text;
    json::Writer writer(text);
    writer.BeginObject().Member("MeshHelloResponse").BeginObject();
    writer.Member("Status").Int(201);
    writer.Member("EnvelopedProfileService").Raw(dare::EnvelopeText(ProfileService()));
    writer.Member("EnvelopedProfileHost").Raw(dare::EnvelopeText(ProfileHost()));
    writer.Member("EnvelopedConnectionHost")
        .Raw(dare::EnvelopeText(Connection(now - kDay, now + kDay)));
    writer.EndObject().EndObject();
    return text;
  }
  std::string HelloBody(WallMillis now) const { return InNullEnvelope(HelloMessage(now)); }

  static std::string InNullEnvelope(const std::string& message) {
    using binding::Encoding;
    std::string body;
    binding::AppendWireEnvelope(Encoding::kJson, binding::WriteWireHeader(Encoding::kJson, {}),
                                message, body);
    return body;
  }
};

}  // namespace mesh::frontend
