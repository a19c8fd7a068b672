// What cryptography costs per operation: the digest of a payload and of a Merkle
// node, the AEAD of a ticketed request, and the curve operations of the slow path.

#include <benchmark/benchmark.h>

#include <string>

#include "common/crypto/aead.h"
#include "common/crypto/digest.h"
#include "common/crypto/kdf.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/keys.h"
#include "common/crypto/mac.h"
#include "common/crypto/signature.h"
#include "common/crypto/udf.h"

namespace mesh::crypto {
namespace {

PrivateKey KeyOf(Curve curve) { return PrivateKey::Generate(curve); }

void BM_Sha512(benchmark::State& state) {
  const std::string payload(static_cast<size_t>(state.range(0)), 'p');
  for (auto _ : state) benchmark::DoNotOptimize(Sha512(payload));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Sha512)->Arg(0)->Arg(128)->Arg(700)->Arg(65536);

void BM_MerkleNode(benchmark::State& state) {
  const Digest512 left = Sha512("left");
  Digest512 node = Sha512("right");
  for (auto _ : state) node = Sha512(left, node);
  benchmark::DoNotOptimize(node);
}
BENCHMARK(BM_MerkleNode);

void BM_Sha3_512(benchmark::State& state) {
  const std::string payload(700, 'p');
  for (auto _ : state) benchmark::DoNotOptimize(Sha3_512(payload));
}
BENCHMARK(BM_Sha3_512);

void BM_HmacSha512(benchmark::State& state) {
  const std::string key(32, 'k');
  const std::string message(100, 'm');
  for (auto _ : state) benchmark::DoNotOptimize(HmacSha512(key, message));
}
BENCHMARK(BM_HmacSha512);

// One ticketed request derives one key and one IV.
void BM_HkdfSha512(benchmark::State& state) {
  const std::string master(32, 'm');
  const std::string salt(32, 's');
  for (auto _ : state) {
    benchmark::DoNotOptimize(HkdfSha512(master, salt, "ClientToServerEncrypt", 44));
  }
}
BENCHMARK(BM_HkdfSha512);

// Both directions of a ticketed request.
void BM_HkdfSha512Pair(benchmark::State& state) {
  const std::string key(32, 'k'), salt(32, 's'), salts(64, 't');
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        HkdfSha512Pair(key, {{{salt, "ClientToServerEncrypt"}, {salts, "ServerToClientEncrypt"}}}));
  }
}
BENCHMARK(BM_HkdfSha512Pair);

void BM_AeadSeal(benchmark::State& state) {
  const std::string key(kAeadKeyBytes, 'k');
  const std::string nonce(kAeadNonceBytes, 'n');
  const std::string text(static_cast<size_t>(state.range(0)), 't');
  for (auto _ : state) benchmark::DoNotOptimize(AeadSeal(key, nonce, "header", text));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_AeadSeal)->Arg(700)->Arg(65536);

void BM_AeadOpen(benchmark::State& state) {
  const std::string key(kAeadKeyBytes, 'k');
  const std::string nonce(kAeadNonceBytes, 'n');
  const std::string sealed = AeadSeal(key, nonce, "header", std::string(700, 't'));
  for (auto _ : state) benchmark::DoNotOptimize(AeadOpen(key, nonce, "header", sealed));
}
BENCHMARK(BM_AeadOpen);

void BM_Sign(benchmark::State& state, Curve curve) {
  const PrivateKey key = KeyOf(curve);
  const Digest512 digest = Sha512("payload");
  for (auto _ : state) benchmark::DoNotOptimize(Sign(key, digest));
}
BENCHMARK_CAPTURE(BM_Sign, ed448, Curve::kEd448);
BENCHMARK_CAPTURE(BM_Sign, ed25519, Curve::kEd25519);

void BM_Verify(benchmark::State& state, Curve curve) {
  const PrivateKey key = KeyOf(curve);
  const Digest512 digest = Sha512("payload");
  const std::string signature = *Sign(key, digest);
  for (auto _ : state) {
    benchmark::DoNotOptimize(Verify(key.public_key(), digest, signature).ok());
  }
}
BENCHMARK_CAPTURE(BM_Verify, ed448, Curve::kEd448);
BENCHMARK_CAPTURE(BM_Verify, ed25519, Curve::kEd25519);

void BM_Agree(benchmark::State& state, Curve curve) {
  const PrivateKey key = KeyOf(curve);
  const PublicKey peer = KeyOf(curve).public_key();
  for (auto _ : state) benchmark::DoNotOptimize(Agree(key, peer.octets));
}
BENCHMARK_CAPTURE(BM_Agree, x448, Curve::kX448);
BENCHMARK_CAPTURE(BM_Agree, x25519, Curve::kX25519);

void BM_AgreeComposite(benchmark::State& state, Curve curve) {
  const PrivateKey key = *CombinePrivateKeys(KeyOf(curve), KeyOf(curve));
  const PublicKey peer = KeyOf(curve).public_key();
  for (auto _ : state) benchmark::DoNotOptimize(Agree(key, peer.octets));
}
BENCHMARK_CAPTURE(BM_AgreeComposite, x448, Curve::kX448);
BENCHMARK_CAPTURE(BM_AgreeComposite, x25519, Curve::kX25519);

// One Operate: checks the point, multiplies, recovers both coordinates.
void BM_MultiplyPoint(benchmark::State& state, Curve curve) {
  const PrivateKey key = KeyOf(curve);
  const PublicKey point = KeyOf(curve).public_key();
  for (auto _ : state) benchmark::DoNotOptimize(MultiplyPoint(key.scalar(), point));
}
BENCHMARK_CAPTURE(BM_MultiplyPoint, x448, Curve::kX448);
BENCHMARK_CAPTURE(BM_MultiplyPoint, ed448, Curve::kEd448);

void BM_CheckPublicKey(benchmark::State& state, Curve curve) {
  const PublicKey key = KeyOf(curve).public_key();
  for (auto _ : state) benchmark::DoNotOptimize(CheckPublicKey(key).ok());
}
BENCHMARK_CAPTURE(BM_CheckPublicKey, x448, Curve::kX448);
BENCHMARK_CAPTURE(BM_CheckPublicKey, ed448, Curve::kEd448);

void BM_KeyFromSeed(benchmark::State& state, Curve curve) {
  const std::string seed(SeedBytes(curve), 's');
  for (auto _ : state) benchmark::DoNotOptimize(PrivateKey::FromSeed(curve, seed).ok());
}
BENCHMARK_CAPTURE(BM_KeyFromSeed, x448, Curve::kX448);
BENCHMARK_CAPTURE(BM_KeyFromSeed, ed448, Curve::kEd448);

void BM_KeyFingerprint(benchmark::State& state) {
  const PublicKey key = KeyOf(Curve::kEd448).public_key();
  for (auto _ : state) benchmark::DoNotOptimize(KeyFingerprint(key));
}
BENCHMARK(BM_KeyFingerprint);

void BM_EnvelopeId(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(EnvelopeId("NC6X-EVQA-M7FV-F7LJ-FFHY-SMDY-UACA"));
}
BENCHMARK(BM_EnvelopeId);

void BM_ParseUdf(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ParseUdf("NC6X-EVQA-M7FV-F7LJ-FFHY-SMDY-UACA"));
}
BENCHMARK(BM_ParseUdf);

}  // namespace
}  // namespace mesh::crypto
