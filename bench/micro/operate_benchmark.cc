// What the edge spends on an operation, beside the request that carries it: opening the
// capability, checking the point, and multiplying.

#include <benchmark/benchmark.h>

#include "common/base/check.h"
#include "common/crypto/threshold.h"
#include "frontend/service/capability_seal.h"
#include "frontend/service/operate.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

proto::UploadRequest UploadOf(const Capability& capability) {
  std::string payload;
  WriteCatalogedCapability(capability, payload);
  proto::UploadRequest upload;
  upload.add_updates()->set_container("mmm_Capability");
  proto::Envelope* entry = upload.mutable_updates(0)->add_envelopes();
  entry->set_header("{}");
  entry->set_payload(payload);
  return upload;
}

Capability Serviced() {
  Capability capability;
  capability.type = kCapabilityDecryptServiced;
  capability.id = "NCZP-FM4D-TSNT-L7QX-CW6H-BH2V-NMEB";
  capability.authentication_id = "MDFI-DDHH-4RS5-HBHT-V3ID-MRNO-DTOJ";
  capability.share = KeyShare{"", Curve::kX448, PrivateKey::Generate(Curve::kX448).scalar()};
  return capability;
}

void SealCapability(benchmark::State& state) {
  const PrivateKey service = PrivateKey::Generate(Curve::kX448);
  const proto::UploadRequest upload = UploadOf(Serviced());
  for (auto _ : state) {
    proto::UploadRequest sealed = upload;
    MESH_CHECK(SealCapabilities(service, crypto::SystemRandom(), &sealed).ok());
  }
}
BENCHMARK(SealCapability);

void KeyAgreement(benchmark::State& state) {
  const PrivateKey service = PrivateKey::Generate(Curve::kX448);
  proto::UploadRequest upload = UploadOf(Serviced());
  MESH_CHECK(SealCapabilities(service, crypto::SystemRandom(), &upload).ok());
  proto::PartitionReply owner;
  proto::StoredEnvelope* entry = owner.mutable_operate()->add_grants()->mutable_entry();
  entry->set_header("{}");
  entry->set_payload(upload.updates(0).envelopes(0).payload());
  entry->mutable_sealed();
  CryptographicOperation operation;
  operation.curve = "X448";
  operation.point = PrivateKey::Generate(Curve::kX448).public_key().octets;
  for (auto _ : state) {
    proto::PartitionReply reply = owner;
    Operate(service, {operation}, &reply);
    MESH_CHECK(reply.operate().results(0).error().empty());
  }
}
BENCHMARK(KeyAgreement);

}  // namespace
}  // namespace mesh::frontend
