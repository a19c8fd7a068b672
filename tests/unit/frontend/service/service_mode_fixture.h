// What tests of mode Service stand on: another service that proves who it is.

#pragma once

#include <string>

#include "common/mesh/connection_host.h"
#include "tests/unit/frontend/service/exchange_fixture.h"

namespace mesh::frontend {

class ServiceModeTest : public ExchangeTest {
 protected:
  ServiceModeTest() {
    peer_.kind = ProfileKind::kService;
    peer_.key_offline_signature = MakeKeyData(signature_.public_key());
    peer_.key_encryption = MakeKeyData(device_.key.public_key());
    host_.kind = ProfileKind::kHost;
    host_.key_offline_signature = MakeKeyData(device_.signature.public_key());
    host_.key_authentication = MakeKeyData(device_.key.public_key());
    connection_ = {peer_.udf(), host_.udf(), *host_.key_authentication, world_.clock.WallNow(),
                   world_.clock.WallNow() + 1000};
    shown_ = peer_.udf();
  }
  TestExchange AsService() {
    TestExchange exchange(world_, binding::Mode::kService, device_);
    exchange.sealed.message = R"({"Hello":{}})";
    exchange.extra = {};
    exchange.extra.domain = "peer.example";
    exchange.extra.profile_service = *SignProfile(peer_, signature_);
    exchange.extra.profile_host = *SignProfile(host_, device_.signature);
    exchange.extra.connection_host = *SignConnectionHost(connection_, signature_);
    return exchange;
  }

  const crypto::PrivateKey signature_ = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  mesh::Profile peer_;
  mesh::Profile host_;
  ConnectionHost connection_;
};

}  // namespace mesh::frontend
