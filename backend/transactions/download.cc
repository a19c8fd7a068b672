// Download returns entries of one or more containers (draft §7.2, §10.10): an update
// for each selection, in its order. What does not fit into one reply is asked for
// again with the PageKey of its update.

#include <algorithm>

#include "backend/model/container.h"
#include "backend/model/page.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

Status CheckRequest(const proto::DownloadRequest& download, proto::PartitionReply* reply) {
  if (download.select().empty()) {
    return InvalidArgument("Select: at least one container must be selected");
  }
  if (static_cast<size_t>(download.select_size()) > kUpdatesPerRequestMax) {
    return Refuse(kRequestSize,
                  "Select: at most " + std::to_string(kUpdatesPerRequestMax) + " selections",
                  reply);
  }
  const proto::ConstraintsData& data = download.constraints();
  if (data.max_entries() < 0) return InvalidArgument("MaxEntries: 0 or more");
  if (data.bytes_max() < 0) return InvalidArgument("BytesMax: 0 or more");
  return Status();
}

PageBudget BudgetOf(const proto::ConstraintsData& data, const AccountPolicy& policy) {
  PageBudget budget{policy.page_entries_max, policy.page_bytes_max};
  if (data.has_max_entries()) {
    budget.entries = std::min(budget.entries, static_cast<uint64_t>(data.max_entries()));
  }
  return budget;
}

// The reference asks for containers that Status listed before anyone made them, and
// expects nothing; everybody else is told.
Status NoContainer(const std::string& name, bool lenient, proto::DownloadUpdate* update,
                   proto::PartitionReply* reply) {
  if (!lenient) {
    return Refuse(kUnknownContainer, "the account has no container \"" + name + "\"", reply);
  }
  update->set_container(name);
  return Status();
}

}  // namespace

Status Download(const proto::PartitionRequest& request, TransactionContext& context,
                proto::PartitionReply* reply) {
  const proto::DownloadRequest& download = request.download();
  MESH_ASSIGN(const Admitted admitted, Admit(request, context, Right::kRead, reply));
  const Account& account = admitted.account;
  MESH_RETURN_IF_ERROR(CheckRequest(download, reply));

  const proto::ConstraintsData& data = download.constraints();
  PageBudget budget = BudgetOf(data, context.policy);
  std::optional<uint64_t> bytes_max;
  if (data.has_bytes_max()) bytes_max = static_cast<uint64_t>(data.bytes_max());
  proto::DownloadResponse response;
  for (const proto::ConstraintsSelect& select : download.select()) {
    MESH_ASSIGN(const Selection selection, ReadSelection(select, data, account));
    MESH_ASSIGN(const Container container,
                Container::Open(context.reader, account, selection.container));
    proto::DownloadUpdate* update = response.add_updates();
    const bool shown = container.exists() && admitted.access.MayRead(selection.container);
    MESH_RETURN_IF_ERROR(
        shown ? ReadPage(context.reader, account, container, selection, bytes_max, &budget, update)
              : NoContainer(selection.container, request.lenient_index(), update, reply));
  }
  reply->mutable_download()->Swap(&response);
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
