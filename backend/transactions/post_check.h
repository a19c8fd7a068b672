// What can be said of a Post before anything is sent: who may post it, its limits, and which
// message is whose.

#pragma once

#include <string>
#include <vector>

#include "backend/model/pending_upload.h"
#include "backend/transactions/admit.h"

namespace mesh::proto {
class PostRequest;
}

namespace mesh::backend {

// Lets the caller of `request` in to do all of `post`, which is what it holds or what it
// completes, or answers: as Admit. Needs a permission to write mmm_Local for what goes there, and
// mmm_Outbound for what goes to others. Messages must be the account's own: their Sender, and the
// signature of the calling device on those that go to others. Only in reference compatibility,
// where nobody signs, they are taken as they are.
Result<Admitted> AdmitPost(const proto::PartitionRequest& request, const proto::PostRequest& post,
                           const TransactionContext& context, proto::PartitionReply* reply);

// Refuses, with an answer for each entry, what breaks a limit (413) or can only be a mistake
// (400).
Status CheckPost(const proto::PostRequest& post, const AccountPolicy& policy,
                 proto::PartitionReply* reply);

// Every message of `post` in the order that EntryResponse.IndexRequest counts: Message, then Self.
std::vector<const proto::Envelope*> MessagesOf(const proto::PostRequest& post);
std::vector<proto::Envelope*> MutableMessagesOf(proto::PostRequest* post);

// Refuses as RefuseEntries of upload_check.h does.
Status RefuseMessages(const ResultCode& code, int position, const std::string& reason,
                      const proto::PostRequest& post, proto::PartitionReply* reply);

}  // namespace mesh::backend
