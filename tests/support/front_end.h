// Front ends of one service, each as one event loop has it, before a back end that answers
// when the test says so.

#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/crypto/udf.h"
#include "frontend/service/mesh_service.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_partition.h"

namespace mesh::frontend {

// What the front ends of a service share. For one thread.
struct ServiceWorld {
  ServiceWorld() {
    options.domains = {"example.com", "example.net"};
    options.names = {"node1.internal"};
    RotateHostKey();
    keyring.Publish(TicketKeyring::FromKeys({std::string(TicketKeyring::kKeyBytes, 'k')}));
    MESH_CHECK(map.Replace(*PartitionMap::Parse(testing::TwoBackEnds(1))).ok());
  }

  // A new host key; of the old ones the `keep` last are still answered.
  void RotateHostKey(size_t keep = 8) {
    host_keys.push_front(crypto::PrivateKey::Generate(crypto::Curve::kX448));
    auto next = std::make_shared<ServiceKeys>();
    next->service_udf = service_udf;
    next->encryption.push_back(encryption.Clone());
    next->hello.encodings = {"application/json", "application/json-b"};
    next->hello.enveloped_profile_service = R"([{},"AQ"])";
    next->hello.enveloped_profile_host = R"([{},"Ag"])";
    next->hello.enveloped_connection_host = R"([{},"Aw"])";
    for (size_t i = 0; i < host_keys.size() && i <= keep; ++i) {
      next->host_keys.push_back(
          {crypto::KeyFingerprint(host_keys[i].public_key()), host_keys[i].Clone()});
    }
    keys.Publish(std::move(next));
  }

  uint64_t Refused(const char* reason) {
    return registry
        .GetCounter("mesh_authentication_refused_total", "Callers that were not believed",
                    {{"reason", reason}})
        .Value();
  }
  // Refused beyond a bound.
  uint64_t Beyond(const char* bound) {
    return registry
        .GetCounter("mesh_admission_refused_total", "Refused beyond a bound", {{"bound", bound}})
        .Value();
  }
  // Refused beyond any.
  uint64_t BeyondAny() {
    uint64_t sum = 0;
    for (const char* bound :
         {"in-flight-max", "body-bytes-max", "account-rate", "operation-rate", "exchange-rate"}) {
      sum += Beyond(bound);
    }
    return sum;
  }
  uint64_t Accepted(const char* mode) {
    return registry
        .GetCounter("mesh_authentication_total", "Requests by how they authenticate",
                    {{"mode", mode}, {"result", "accepted"}})
        .Value();
  }

  FakeClock clock;
  ServiceOptions options;
  std::string service_udf = "MSER-VICE";
  crypto::PrivateKey encryption = crypto::PrivateKey::Generate(crypto::Curve::kX448);
  std::deque<crypto::PrivateKey> host_keys;  // The first is current.
  Published<ServiceKeys> keys;
  Published<TicketKeyring> keyring;
  Registry registry;
  ServiceMetrics metrics{registry};
  AuthenticationMetrics authentication{registry};
  ServiceShared shared{options, keys, keyring, clock, metrics, authentication, SlotKey{}};
  MapHolder map;
  testing::FakeBackEnd back_end;
};

// One of them. Its world outlives it.
class FrontEnd {
 public:
  explicit FrontEnd(ServiceWorld& world, std::unique_ptr<PeerDirectory> peers = nullptr,
                    MeshService::Forms forms = MeshService::Forms::kAll,
                    std::unique_ptr<PeerCalls> calls = nullptr)
      : world_(world) {
    auto router = std::make_unique<Router>(
        RouterOptions{world.map, world.clock,
                      [&world](const BackEnd&) {
                        return std::make_unique<testing::FakePartition>(world.back_end);
                      },
                      [](uint64_t, std::function<void()> then) { then(); }});
    service_ = std::make_unique<MeshService>(world.shared, std::move(router), forms,
                                             std::move(peers), std::move(calls));
  }

  // Sends `body`; the reply is in reply(), now or after the back end answers.
  void Send(std::string body, std::string_view content_type = "application/json") {
    body_ = std::move(body);
    request_.method = "POST";
    request_.target = "/.well-known/mmm";
    request_.host = "example.com";
    request_.content_type = content_type;
    request_.body = body_;
    reply_.reset();
    service_->Handle(request_, world_.clock.In(std::chrono::seconds(5)),
                     [this](http::Response response) { reply_ = std::move(response); });
  }

  // Empty while the back end has not answered.
  const std::optional<http::Response>& reply() const { return reply_; }

 private:
  ServiceWorld& world_;
  std::unique_ptr<MeshService> service_;
  std::string body_;
  http::Request request_;
  std::optional<http::Response> reply_;
};

}  // namespace mesh::frontend
