// What a front end spends on a request beside the network: a Status whose owner answers at
// once, bare (reference compatibility) and under a ticket. The difference is what
// authentication adds. The client's part is done before.

#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <string>

#include "common/base/check.h"
#include "common/binding/ticket_seal.h"
#include "common/binding/wire_envelope.h"
#include "frontend/service/mesh_service.h"
#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"
#include "tests/support/front_end.h"

namespace mesh::frontend {
namespace {

// An account as a year of use leaves it.
constexpr int kContainers = 14;

class Owner final : public Partition {
 public:
  Owner() {
    reply_.set_incarnation(7);
    for (int i = 0; i < kContainers; ++i) {
      auto* container = reply_.mutable_status()->add_container_status();
      container->set_container("mmm_Container" + std::to_string(i));
      container->set_index(1000 + i);
      container->set_digest(std::string(64, 'd'));
    }
  }
  void Call(std::unique_ptr<proto::PartitionRequest>, Deadline, Done done) override {
    done(std::make_unique<proto::PartitionReply>(reply_));
  }

 private:
  proto::PartitionReply reply_;
};

struct Bench {
  explicit Bench(bool reference) {
    world.options.reference_compatibility = reference;
    world.options.account_rate = 0;
    auto router = std::make_unique<Router>(RouterOptions{
        world.map, world.clock, [](const BackEnd&) { return std::make_unique<Owner>(); },
        [](uint64_t, std::function<void()> then) { then(); }});
    service = std::make_unique<MeshService>(world.shared, std::move(router));
  }

  void Run(benchmark::State& state, const std::string& body, std::string_view content_type) {
    http::Request request;
    request.method = "POST";
    request.target = "/.well-known/mmm";
    request.host = "example.com";
    request.content_type = content_type;
    request.body = body;
    const http::Field fields[] = {{"X-Mesh-Account", "alice@example.com"},
                                  {"X-Mesh-Device", "MAXZ-IPG7-VHAO-WQUT-CBTL-HLS2-SKOW"}};
    request.fields = fields;
    size_t octets = 0;
    for (auto _ : state) {
      service->Handle(request, world.clock.In(std::chrono::seconds(5)),
                      [&octets](http::Response response) { octets = response.body.size(); });
    }
    MESH_CHECK(octets > 1000);
    state.counters["reply_octets"] = static_cast<double>(octets);
  }

  ServiceWorld world;
  std::unique_ptr<MeshService> service;
};

void Bare(benchmark::State& state) {
  Bench(true).Run(state, R"({"Status":{}})", "application/json");
}
BENCHMARK(Bare);

std::string TicketedStatus(const ServiceWorld& world, binding::Encoding encoding) {
  proto::Ticket ticket;
  ticket.set_mode(proto::Caller::PROFILE);
  ticket.set_account("alice@example.com");
  ticket.set_incarnation(7);
  ticket.set_device_udf("MAXZ-IPG7-VHAO-WQUT-CBTL-HLS2-SKOW");
  ticket.set_connection_digest(std::string(64, 'd'));
  ticket.set_expires(world.clock.WallNow() + 1000);
  ticket.set_master_key(std::string(binding::kMasterKeyBytes, 'm'));
  binding::WireHeader header;
  header.mode = binding::Mode::kTicket;
  header.ticket =
      SealTicket(*world.keyring.current(), world.service_udf, ticket, crypto::SystemRandom());
  header.salt = std::string(binding::kSaltBytes, 's');
  const std::string octets = binding::WriteWireHeader(encoding, header);
  std::string text;
  binding::AppendSealedText(
      {std::string(binding::kRequestIdBytes, 'r'), world.clock.WallNow(), {}, R"({"Status":{}})"},
      text);
  std::string body;
  binding::AppendWireEnvelope(
      encoding, octets,
      binding::SealRequest(
          ticket.master_key(), header.salt,
          binding::BindingOctets(binding::Mode::kTicket, world.service_udf, encoding, octets),
          text),
      body);
  return body;
}

void Ticketed(benchmark::State& state) {
  const auto encoding = static_cast<binding::Encoding>(state.range(0));
  Bench bench(false);
  bench.Run(state, TicketedStatus(bench.world, encoding), binding::MediaType(encoding));
}
BENCHMARK(Ticketed)
    ->Arg(static_cast<int>(binding::Encoding::kJson))
    ->Arg(static_cast<int>(binding::Encoding::kJsonB))
    ->ArgName("json_b");

}  // namespace
}  // namespace mesh::frontend
