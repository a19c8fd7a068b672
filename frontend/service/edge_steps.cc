#include "frontend/service/edge_steps.h"

#include "common/base/check.h"
#include "frontend/service/capability_seal.h"
#include "frontend/service/operate.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

const crypto::PrivateKey& KeyOf(const ServiceKeys& keys) {
  MESH_CHECK(keys.encryption.has_value());
  return *keys.encryption;
}

}  // namespace

Status PrepareForOwner(const ServiceKeys& keys, crypto::RandomSource& random,
                       proto::PartitionRequest* request) {
  if (!HoldsCapabilities(request->upload())) return Status();
  return SealCapabilities(KeyOf(keys), random, request->mutable_upload());
}

Status FinishForClient(const ServiceKeys& keys,
                       const std::vector<CryptographicOperation>& operations,
                       proto::PartitionReply* reply) {
  if (HoldsSealed(reply->download())) {
    return OpenCapabilities(KeyOf(keys), reply->mutable_download());
  }
  if (reply->has_operate()) Operate(KeyOf(keys), operations, reply);
  return Status();
}

}  // namespace mesh::frontend
