// What authentication costs: a request and its reply under a ticket, and a whole exchange.

#include <benchmark/benchmark.h>

#include <string>

#include "common/base/check.h"
#include "common/binding/noise.h"
#include "common/binding/sealed_text.h"
#include "common/binding/ticket_seal.h"
#include "common/binding/wire_envelope.h"
#include "common/crypto/kdf.h"

namespace mesh::binding {
namespace {

const std::string kKey(kMasterKeyBytes, 'k');
const std::string kSalt(kSaltBytes, 's');
const std::string kReplySalt(kSaltBytes, 'r');

std::string Binding() {
  return BindingOctets(Mode::kTicket, "MAXZ-IPG7-VHAO-WQUT-CBTL-HLS2-SKOW", Encoding::kJson,
                       std::string(420, 'h'));
}

void DeriveKeys(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::HkdfSha512(kKey, kSalt, "ClientToServerEncrypt", 44));
  }
}
BENCHMARK(DeriveKeys);

// A Status request is about 100 octets.
void OpenOneRequest(benchmark::State& state) {
  const std::string binding = Binding();
  const std::string sealed = SealRequest(kKey, kSalt, binding, std::string(100, 't'));
  for (auto _ : state) {
    const auto text = OpenRequest(kKey, kSalt, binding, sealed);
    MESH_CHECK(text.ok());
    benchmark::DoNotOptimize(text);
  }
}
BENCHMARK(OpenOneRequest);

// The reply to it a kilobyte or two.
void SealOneReply(benchmark::State& state) {
  const std::string binding = Binding();
  const std::string text(static_cast<size_t>(state.range(0)), 't');
  for (auto _ : state) {
    benchmark::DoNotOptimize(SealReply(kKey, kSalt, kReplySalt, binding, text));
  }
}
BENCHMARK(SealOneReply)->Arg(1500)->Arg(65536);

// Both sides; the service's part is half of it.
void Exchange(benchmark::State& state) {
  const auto device = crypto::PrivateKey::Generate(crypto::Curve::kX448);
  const auto host = crypto::PrivateKey::Generate(crypto::Curve::kX448);
  const std::string question(2000, 'q');
  for (auto _ : state) {
    NoiseInitiator initiator("bench", device, host.public_key().coordinate());
    NoiseResponder responder("bench", host);
    MESH_CHECK(responder.ReadFirst(*initiator.WriteFirst(question, crypto::SystemRandom())).ok());
    MESH_CHECK(initiator.ReadSecond(*responder.WriteSecond(question, crypto::SystemRandom())).ok());
  }
}
BENCHMARK(Exchange);

}  // namespace
}  // namespace mesh::binding
