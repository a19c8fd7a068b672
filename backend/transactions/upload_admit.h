// Who may make an Upload: the caller, container by container, and the entries of
// mmm_Device, which say who is in the account.

#pragma once

#include "backend/transactions/admit.h"

namespace mesh::proto {
class UploadRequest;
}

namespace mesh::backend {

// Lets the caller of `request` in to do all of `upload`, which is what it holds or what it
// completes, or answers: as Admit. An administrator is needed for mmm_Device, a permission
// to write for each container (Self: mmm_Inbound). Each entry that puts a device there
// must have been verified by the edge and connect it to this account; only in reference
// compatibility, where nobody signs, it is taken as it is.
Result<Admitted> AdmitUpload(const proto::PartitionRequest& request,
                             const proto::UploadRequest& upload, const TransactionContext& context,
                             proto::PartitionReply* reply);

}  // namespace mesh::backend
