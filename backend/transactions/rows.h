// The functions behind the rows of the table in transaction.cc. Each has its own
// file and says there what it does.

#pragma once

#include "backend/transactions/transaction.h"

namespace mesh::backend {

using Run = Status(const proto::PartitionRequest& request, TransactionContext& context,
                   proto::PartitionReply* reply);

Run CreateAccount;
Run DeleteAccount;
Run AccountStatus;
Run Download;
Run Upload;
Run CreateGroup;
Run MakeGrant;
Run Connect;
Run Complete;
Run Claim;
Run PollClaim;
Run Post;
Run Deliver;
Run LeaseOutbox;
Run SettleOutbox;
Run Operate;
Run RecordIncidents;
Run ListIncidents;

}  // namespace mesh::backend
