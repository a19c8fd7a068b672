#include "frontend/service/operate.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/log.h"
#include "common/crypto/threshold.h"
#include "common/mesh/result_code.h"
#include "frontend/service/capability_seal.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

using Kind = CryptographicOperation::Kind;

// What an owner gives no reason for: whether there is no such capability or it is another's.
constexpr std::string_view kNotYours = "there is no such capability for this account";

Status CheckKind(Kind kind) {
  switch (kind) {
    case Kind::kKeyAgreement:
      return Status();
    case Kind::kSign:
      return Status(Code::kUnimplemented, "Sign is not served");
    case Kind::kGenerate:
      return Status(Code::kUnimplemented, "Generate is not served");
    case Kind::kShare:
      return Status(Code::kUnimplemented, "Share is not served");
  }
  return Status(Code::kUnimplemented, "the operation is not known");
}

Result<crypto::PublicKey> PointOf(const CryptographicOperation& operation) {
  const std::optional<crypto::Curve> curve = crypto::CurveFromName(operation.curve);
  if (!curve || crypto::IsSignatureCurve(*curve)) {
    return Status(Code::kUnimplemented, "PublicKey: expected a point of X448 or X25519");
  }
  Result<crypto::PublicKey> point = crypto::ParseSharedPoint(*curve, operation.point);
  if (point.ok()) return point;
  return Status(point.status().code(), "PublicKey: " + point.status().message());
}

Result<crypto::PublicKey> Agree(SealKeys service, const CryptographicOperation& operation,
                                const proto::OperateGrant& grant) {
  if (!grant.has_entry()) return Status(Code::kPermissionDenied, std::string(kNotYours));
  MESH_RETURN_IF_ERROR(CheckKind(operation.kind));
  MESH_ASSIGN(const crypto::PublicKey point, PointOf(operation));
  MESH_ASSIGN(const KeyShare share, OpenShare(service, grant.entry()));
  if (share.curve != point.curve) {
    return InvalidArgument("PublicKey: the share is of " +
                           std::string(crypto::CurveName(share.curve)));
  }
  return crypto::ContributeTo(point, share.number, operation.coefficient);
}

// What clients are told; our own mistakes are for the log.
std::string ErrorOf(const Status& status) {
  const ResultCode code = ResultCodeOf(status.code());
  std::string error(code.description);
  return code.status < 500 || status.code() == Code::kUnimplemented
             ? std::move(error) + ": " + status.message()
             : error;
}

void LogOddities(const proto::OperateGrant& grant, const Status& status) {
  if (grant.foreign()) {
    Log(LogLevel::kInfo,
        "Operate: a capability was used whose AuthenticationId is not the caller's");
  }
  if (status.code() == Code::kDataLoss) {
    Log(LogLevel::kError, "Operate: a share cannot be used", {{"error", status.message()}});
  }
}

}  // namespace

void Operate(SealKeys service, const std::vector<CryptographicOperation>& operations,
             proto::PartitionReply* reply) {
  proto::OperateResponse* response = reply->mutable_operate();
  std::optional<Status> failure;  // The first.
  bool done = false;              // Any of them.
  for (int i = 0; i < response->grants_size(); ++i) {
    const proto::OperateGrant& grant = response->grants(i);
    const auto point = Agree(service, operations.at(static_cast<size_t>(i)), grant);
    LogOddities(grant, point.status());
    proto::OperateResult* result = response->add_results();
    done = done || point.ok();
    if (point.ok()) {
      result->set_curve(std::string(crypto::CurveName(point->curve)));
      result->set_point(point->octets);
    } else {
      result->set_error(ErrorOf(point.status()));
      if (!failure) failure = point.status();
    }
  }
  response->clear_grants();
  if (done || !failure) return;
  const ResultCode code = ResultCodeOf(failure->code());
  reply->set_mesh_status(code.status);
  reply->set_mesh_status_extended(code.extended);
  reply->set_mesh_status_description(response->results(0).error());
}

}  // namespace mesh::frontend
