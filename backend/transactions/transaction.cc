#include "backend/transactions/transaction.h"

#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// Whether the caller, and not this service, is the reason for `code`: then the
// protocol has an answer, and it is final.
bool IsAnswer(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kFailedPrecondition:
    case Code::kUnimplemented:
    case Code::kUnauthenticated:
      return true;
    default:
      return false;
  }
}

}  // namespace

const std::vector<TransactionRow>& Transactions() {
  using Request = proto::PartitionRequest;
  static const std::vector<TransactionRow> kRows = {
      {Request::kCreate, "CreateAccount", true, CreateAccount},
      {Request::kDelete, "DeleteAccount", true, DeleteAccount},
      {Request::kStatus, "Status", false, AccountStatus},
      {Request::kDownload, "Download", false, Download},
      {Request::kUpload, "Upload", true, Upload},
  };
  return kRows;
}

const TransactionRow* FindTransaction(const proto::PartitionRequest& request) {
  for (const TransactionRow& row : Transactions()) {
    if (row.request_case == static_cast<int>(request.transaction_case())) return &row;
  }
  return nullptr;
}

Outcome Execute(const proto::PartitionRequest& request, TransactionContext& context,
                proto::PartitionReply* reply) {
  const TransactionRow* row = FindTransaction(request);
  Status status = row != nullptr ? row->run(request, context, reply)
                                 : Status(Code::kUnimplemented, "this transaction is not served");
  if (status.ok()) return Outcome::kKeep;
  if (reply->mesh_status() != 0) return Outcome::kDrop;  // Answered already.
  reply->clear_transaction();
  if (IsAnswer(status.code())) {
    status = Refuse(ResultCodeOf(status.code()), status.message(), reply);
  } else {
    reply->set_code(static_cast<int>(status.code()));
    reply->set_message(status.message());
  }
  return Outcome::kDrop;
}

Status Refuse(const ResultCode& code, std::string detail, proto::PartitionReply* reply) {
  Accept(code, reply);
  reply->set_message(detail);
  return Status(Code::kFailedPrecondition, std::move(detail));
}

void Accept(const ResultCode& code, proto::PartitionReply* reply) {
  reply->set_mesh_status(code.status);
  reply->set_mesh_status_extended(code.extended);
  reply->set_mesh_status_description(std::string(code.description));
}

}  // namespace mesh::backend
