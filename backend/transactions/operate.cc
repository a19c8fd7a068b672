// Operate gives the edge the capabilities that the caller may use (draft §10.18): whose
// AuthenticationId is the UDF of the ProfileAccount that the caller is a device of. The shares
// in them are sealed, and nothing here can open them; the edge applies them.
//
// Whether there is no such capability or it is another's makes one answer: ids are not to be
// found by trying.

#include "backend/model/container.h"
#include "backend/model/page.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// Who the caller is, as capabilities name it: what its own owner says, or its own service, or,
// of the account itself, its record.
Result<std::string> AuthenticationIdOf(const proto::PartitionRequest& request,
                                       const Account& account, const Reader& reader) {
  const proto::Caller& caller = request.caller();
  if (caller.mode() == proto::Caller::SERVICE) return request.operate().caller_udf();
  if (caller.account() != account.address()) return caller.grant().account_udf();
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(account.ReadRecord(reader, &record));
  return record.account_udf();
}

// Another service speaks for the accounts of its domain alone.
Status CheckService(const proto::PartitionRequest& request, proto::PartitionReply* reply) {
  const proto::Caller& caller = request.caller();
  if (caller.mode() != proto::Caller::SERVICE) return Status();
  const std::string& account = request.operate().caller_account();
  const bool own = !caller.domain().empty() && account.ends_with("@" + caller.domain());
  if (own) return Status();
  return RefuseCaller(proto::REFUSAL_SENDER, "the account is not of the service that asks", reply);
}

// Finds capabilities of one account for one caller.
class Finder {
 public:
  Finder(const Reader& reader, const Account& account, const Container& catalog,
         std::string authentication_id, bool lenient)
      : reader_(reader),
        account_(account),
        catalog_(catalog),
        authentication_id_(std::move(authentication_id)),
        lenient_(lenient) {}

  // Leaves `grant` empty when there is nothing for the caller.
  Status Find(const std::string& key_id, proto::OperateGrant* grant) const {
    if (!catalog_.exists()) return Status();
    MESH_ASSIGN(const std::optional<uint64_t> index, catalog_.FindUniqueId(reader_, key_id));
    if (!index) return Status();
    MESH_ASSIGN(const Entry entry, catalog_.ReadEntry(reader_, *index));
    if (entry.authentication_id.empty()) return Status();
    const bool own = entry.authentication_id == authentication_id_;
    if (!own && !lenient_) return Status();
    grant->set_foreign(!own);
    return ReadWhole(reader_, account_, catalog_, *index, grant->mutable_entry());
  }

 private:
  const Reader& reader_;
  const Account& account_;
  const Container& catalog_;
  const std::string authentication_id_;
  const bool lenient_;  // The reference client does not say who asks.
};

}  // namespace

Status Operate(const proto::PartitionRequest& request, TransactionContext& context,
               proto::PartitionReply* reply) {
  const proto::OperateRequest& operate = request.operate();
  MESH_ASSIGN(const Admitted admitted, Admit(request, context, Right::kOperate, reply));
  MESH_RETURN_IF_ERROR(CheckService(request, reply));
  if (!admitted.access.MayRead(kCapabilityCatalog)) {
    return RefuseCaller(proto::REFUSAL_PERMISSION, "the device may not use capabilities", reply);
  }
  if (static_cast<size_t>(operate.key_ids_size()) > kOperationsPerRequestMax) {
    return Refuse(kRequestSize, "Operations: at most " + std::to_string(kOperationsPerRequestMax),
                  reply);
  }
  MESH_ASSIGN(std::string authentication_id,
              AuthenticationIdOf(request, admitted.account, context.reader));
  MESH_ASSIGN(const Container catalog,
              Container::Open(context.reader, admitted.account, kCapabilityCatalog));
  const Finder finder(context.reader, admitted.account, catalog, std::move(authentication_id),
                      request.caller().mode() == proto::Caller::REFERENCE);
  proto::OperateResponse response;
  for (const std::string& key_id : operate.key_ids()) {
    MESH_RETURN_IF_ERROR(finder.Find(key_id, response.add_grants()));
  }
  reply->mutable_operate()->Swap(&response);
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
