// What DARE costs per entry: reading an envelope and its header, cutting and setting
// the service's members, appending to the Merkle tree, digest and signature.

#include <benchmark/benchmark.h>

#include <string>

#include "common/crypto/digest.h"
#include "common/dare/encryption.h"
#include "common/dare/envelope.h"
#include "common/dare/frame.h"
#include "common/dare/header.h"
#include "common/dare/merkle_tree.h"
#include "common/dare/seal.h"
#include "common/dare/signature.h"

namespace mesh::dare {
namespace {

Envelope Entry(size_t payload_bytes) {
  SealOptions options;
  options.digest = true;
  options.content_meta.emplace().unique_id = "MBC4-3DON-APX2-SZZJ-KHL7-YJI4-OWK2";
  options.content_meta->event = "New";
  Envelope envelope = *Seal(std::string(payload_bytes, 'p'), options);
  envelope.header = InsertServiceMembers(envelope.header, 7, 1767225600000);
  return envelope;
}

void BM_ParseEnvelope(benchmark::State& state) {
  const std::string text = EnvelopeText(Entry(static_cast<size_t>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(ParseEnvelope(text));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(BM_ParseEnvelope)->Arg(430)->Arg(48000);

void BM_ParseHeader(benchmark::State& state) {
  const std::string header = Entry(1).header;
  for (auto _ : state) benchmark::DoNotOptimize(ParseHeader(header));
}
BENCHMARK(BM_ParseHeader);

void BM_StripServiceMembers(benchmark::State& state) {
  const std::string header = Entry(1).header;
  for (auto _ : state) benchmark::DoNotOptimize(StripServiceMembers(header));
}
BENCHMARK(BM_StripServiceMembers);

void BM_InsertServiceMembers(benchmark::State& state) {
  const std::string header = *StripServiceMembers(Entry(1).header);
  std::string out;
  for (auto _ : state) {
    out.clear();
    AppendWithServiceMembers(header, 7, 1767225600000, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_InsertServiceMembers);

// The same however many frames there are.
void BM_MerkleAppend(benchmark::State& state) {
  const std::string digest(crypto::Sha512("payload"));
  MerkleFrontier frontier;
  for (int64_t i = 0; i < state.range(0); ++i) frontier.Append(digest);
  for (auto _ : state) benchmark::DoNotOptimize(frontier.Append(digest));
}
BENCHMARK(BM_MerkleAppend)->Arg(10)->Arg(10000)->Arg(1000000);

// As a store does it: from stored octets to stored octets.
void BM_MerkleRestoreAppendSerialize(benchmark::State& state) {
  const std::string digest(crypto::Sha512("payload"));
  MerkleFrontier frontier;
  for (int64_t i = 0; i < state.range(0); ++i) frontier.Append(digest);
  std::string octets = frontier.Serialize();
  for (auto _ : state) {
    MerkleFrontier restored = *MerkleFrontier::Restore(octets);
    restored.Append(digest);
    octets = restored.Serialize();
  }
}
BENCHMARK(BM_MerkleRestoreAppendSerialize)->Arg(10)->Arg(10000)->Arg(1000000);

void BM_CheckPayloadDigest(benchmark::State& state) {
  const Envelope envelope = Entry(static_cast<size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(CheckPayloadDigest(envelope).ok());
}
BENCHMARK(BM_CheckPayloadDigest)->Arg(430)->Arg(48000);

void BM_VerifySignature(benchmark::State& state) {
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  SealOptions options;
  options.signer = &key;
  const Envelope envelope = *Seal("payload", options);
  for (auto _ : state) {
    benchmark::DoNotOptimize(VerifySignature(envelope, key.public_key()).ok());
  }
}
BENCHMARK(BM_VerifySignature);

void BM_DecryptEnvelope(benchmark::State& state) {
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::Curve::kX448);
  SealOptions options;
  options.recipients = {key.public_key()};
  const Envelope envelope = *Seal(std::string(430, 'p'), options);
  const HeaderFields header = *ParseHeader(envelope.header);
  for (auto _ : state) {
    benchmark::DoNotOptimize(DecryptPayload(envelope, header, *RecoverMaster(header, key)));
  }
}
BENCHMARK(BM_DecryptEnvelope);

void BM_ReadFrame(benchmark::State& state) {
  std::string octets;
  AppendFrame(std::string(200, 'h'), std::string(430, 'p'), std::string(200, 't'), octets);
  FrameView frame;
  for (auto _ : state) benchmark::DoNotOptimize(ReadFrame(octets, &frame));
}
BENCHMARK(BM_ReadFrame);

}  // namespace
}  // namespace mesh::dare
