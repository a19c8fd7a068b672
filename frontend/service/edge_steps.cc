#include "frontend/service/edge_steps.h"

#include "common/base/check.h"
#include "frontend/service/capability_seal.h"
#include "frontend/service/operate.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

SealKeys KeysOf(const ServiceKeys& keys) {
  MESH_CHECK(!keys.encryption.empty());
  return keys.encryption;
}

}  // namespace

Status PrepareForOwner(const ServiceKeys& keys, crypto::RandomSource& random,
                       proto::PartitionRequest* request) {
  if (CapabilitiesIn(request->upload()) == 0) return Status();
  return SealCapabilities(KeysOf(keys), random, request->mutable_upload());
}

Status FinishForClient(const ServiceKeys& keys,
                       const std::vector<CryptographicOperation>& operations,
                       proto::PartitionReply* reply) {
  if (HoldsSealed(reply->download())) {
    return OpenCapabilities(KeysOf(keys), reply->mutable_download());
  }
  if (reply->has_operate()) Operate(KeysOf(keys), operations, reply);
  return Status();
}

}  // namespace mesh::frontend
