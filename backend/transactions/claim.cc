// Claim gives a publication to who proves to know its secret, and files the claim with the
// publisher (draft §10.15). Whether there is no such publication, or it has expired, or the proof
// is wrong, makes one answer: ids are not to be found by trying.

#include "backend/model/container.h"
#include "backend/model/page.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/crypto/udf.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// A claim is the sender's own: its account, or one of its service's domain.
Status CheckSender(const proto::Caller& caller, const std::string& sender,
                   proto::PartitionReply* reply) {
  const std::string domain = sender.substr(sender.rfind('@') + 1);
  const bool own = caller.mode() == proto::Caller::SERVICE ? caller.domain() == domain
                                                           : caller.account() == sender;
  if (own || caller.mode() == proto::Caller::REFERENCE) return Status();
  return RefuseCaller(proto::REFUSAL_SENDER, "Sender: not the account that claims", reply);
}

bool Good(const Entry& entry, const proto::ClaimRequest& claim, WallMillis now) {
  if (!entry.publication) return false;
  const auto& end = entry.publication->not_on_or_after;
  if (end && *end <= now) return false;
  return crypto::VerifyClaim(claim.service_authenticate(), entry.publication->authenticator,
                             claim.sender());
}

// Fills `publication` with what is claimed. False: there is nothing for this claim.
Result<bool> FindPublication(const proto::ClaimRequest& claim, const TransactionContext& context,
                             const Account& account, proto::StoredEnvelope* publication) {
  MESH_ASSIGN(const Container catalog,
              Container::Open(context.reader, account, kPublicationCatalog));
  if (!catalog.exists()) return false;
  MESH_ASSIGN(const std::optional<uint64_t> index,
              catalog.FindUniqueId(context.reader, claim.publication_id()));
  if (!index) return false;
  MESH_ASSIGN(const Entry entry, catalog.ReadEntry(context.reader, *index));
  if (!Good(entry, claim, context.now)) return false;
  MESH_RETURN_IF_ERROR(ReadWhole(context.reader, account, catalog, *index, publication));
  return true;
}

Status File(const proto::Envelope& claim, TransactionContext& context, Account& account) {
  MESH_ASSIGN(Container local, Container::Open(*context.view, account, kLocal));
  MESH_RETURN_IF_ERROR(
      local.Append(claim, context.policy, account, context.now, *context.view).status());
  local.Save(*context.view);
  account.Save(*context.view);
  return Status();
}

}  // namespace

Status Claim(const proto::PartitionRequest& request, TransactionContext& context,
             proto::PartitionReply* reply) {
  const proto::ClaimRequest& claim = request.claim();
  MESH_ASSIGN(Admitted admitted, Admit(request, context, Right::kClaim, reply));
  MESH_RETURN_IF_ERROR(CheckSender(request.caller(), claim.claim().sender(), reply));
  if (claim.has_expires() && claim.expires() <= context.now) {
    return InvalidArgument("MessageClaim: Expires has passed");
  }
  proto::StoredEnvelope publication;
  MESH_ASSIGN(const bool found, FindPublication(claim, context, admitted.account, &publication));
  if (!found) {
    return RefuseCaller(proto::REFUSAL_CLAIM,
                        "there is no such publication, or the claim does not prove its secret",
                        reply);
  }
  const Status filed = File(claim.claim(), context, admitted.account);
  if (filed.code() == Code::kResourceExhausted) return Refuse(kQuota, filed.message(), reply);
  MESH_RETURN_IF_ERROR(filed);
  reply->mutable_claim()->set_publication(std::move(*publication.mutable_payload()));
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
