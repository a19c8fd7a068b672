// How every transaction begins: it loads the account and asks whether the caller may.

#pragma once

#include "backend/model/account.h"
#include "backend/model/authorizer.h"
#include "backend/transactions/transaction.h"

namespace mesh::proto {
enum Refusal : int;
}

namespace mesh::backend {

// The account of a request, and what its caller may use of it.
struct Admitted {
  Account account;
  Access access;
};

// Loads the account that `request` is about and lets the caller in for `right`, or
// answers. Says in the reply which incarnation it is when the caller is in the account.
// kNotFound, and what RefuseCaller returns.
Result<Admitted> Admit(const proto::PartitionRequest& request, const TransactionContext& context,
                       Right right, proto::PartitionReply* reply);

// Lets callers of this mode in for `right` on whatever account, or answers.
Status AdmitMode(const proto::PartitionRequest& request, Right right, proto::PartitionReply* reply);

// Lets the caller in to make an account, or a group, that is not there, or answers.
Status AdmitNew(const proto::PartitionRequest& request, const TransactionContext& context,
                Right right, proto::PartitionReply* reply);

// Answers that the caller may not, for the reason `refusal`; as Refuse.
Status RefuseCaller(proto::Refusal refusal, std::string detail, proto::PartitionReply* reply);

}  // namespace mesh::backend
