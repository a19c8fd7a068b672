// What CreateAccount and CreateGroup share: an address is registered if this service
// wants it, with the spools that clients fetch without ever having uploaded to them.
// Clients bring their catalogs.

#pragma once

#include <string>

#include "backend/transactions/transaction.h"

namespace mesh::proto {
class AccountRecord;
class CreateResponse;
}  // namespace mesh::proto

namespace mesh::backend {

// Registers `record` under the address `written`, which must be `request`'s account, as a
// new incarnation, and answers; `response` is the part of `reply` that says why not, and
// where to go on. Fills in what of the record follows from the address and the time.
Status Register(const std::string& written, const proto::PartitionRequest& request,
                proto::AccountRecord record, TransactionContext& context,
                proto::CreateResponse* response, proto::PartitionReply* reply);

}  // namespace mesh::backend
