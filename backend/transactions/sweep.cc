// Forgetting two-round uploads whose second round never came. A request of the
// account steps over them anyway; this gives their space back.

#include "backend/model/pending_upload.h"
#include "backend/transactions/transaction.h"

namespace mesh::backend {

Result<size_t> SweepPendingUploads(TransactionContext& context, size_t limit) {
  const auto moves = [&context](std::string_view prefix) { return context.moves(prefix); };
  return ForgetExpiredUploads(context.now, limit, moves, *context.view);
}

}  // namespace mesh::backend
