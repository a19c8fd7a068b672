#include "backend/transactions/post_check.h"

#include "backend/transactions/upload_check.h"
#include "common/base/limits.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

Status CheckPermissions(const proto::PostRequest& post, const Access& access,
                        proto::PartitionReply* reply) {
  const bool others = post.accounts_size() > 0;
  const bool local = post.self_size() > 0 || (post.messages_size() > 0 && !others);
  for (const auto& [used, container] : {std::pair(local, kLocal), std::pair(others, kOutbound)}) {
    if (!used || access.MayWrite(container)) continue;
    return RefuseCaller(proto::REFUSAL_PERMISSION,
                        "the device may not write " + std::string(container), reply);
  }
  return Status();
}

// The digest of the account's ProfileAccount. The device's own record says it, which was read
// already, unless an older version made that.
Result<std::string> ProfileDigestOf(const Admitted& admitted, const Reader& reader) {
  const std::string& known = admitted.access.profile_account_digest();
  if (!known.empty()) return known;
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(admitted.account.ReadRecord(reader, &record));
  return record.profile_account_digest();
}

// Whether the calling device signed `message`, by the connection that put it into the account.
bool SignedBy(const Access& access, const std::string& profile_digest,
              const proto::Envelope& message) {
  return !message.signer_connection_digest().empty() &&
         message.signer_connection_digest() == access.connection_digest() &&
         message.signer_profile_digest() == profile_digest;
}

Status RefuseMessage(proto::Refusal refusal, int position, const std::string& reason,
                     const proto::PostRequest& post, proto::PartitionReply* reply) {
  reply->set_refusal(refusal);
  return RefuseMessages(kInsufficientPrivilege, position, reason, post, reply);
}

// A redacted message is looked at when its payload comes.
Status CheckSenders(const proto::PostRequest& post, const Account& account,
                    proto::PartitionReply* reply) {
  const std::vector<const proto::Envelope*> messages = MessagesOf(post);
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string& sender = messages[i]->sender();
    if (sender.empty() || sender == account.address()) continue;
    return RefuseMessage(proto::REFUSAL_SENDER, static_cast<int>(i),
                         "Sender: not the account that posts the message", post, reply);
  }
  return Status();
}

Status CheckSignatures(const proto::PostRequest& post, const Admitted& admitted,
                       const Reader& reader, proto::PartitionReply* reply) {
  MESH_ASSIGN(const std::string profile, ProfileDigestOf(admitted, reader));
  for (int i = 0; i < post.messages_size(); ++i) {
    const proto::Envelope& message = post.messages(i);
    if (message.redacted() || SignedBy(admitted.access, profile, message)) continue;
    return RefuseMessage(proto::REFUSAL_SIGNATURE, i,
                         "a message to others is signed by the device that posts it, with its "
                         "latest ConnectionAccount and the ProfileAccount in the signature",
                         post, reply);
  }
  return Status();
}

EntryFault FindMessageFault(const proto::Envelope& message, const AccountPolicy& policy) {
  if (message.envelope_id().empty() || message.unique_id().empty()) {
    return {kMalformed, "a message has an EnvelopeID and a UniqueID"};
  }
  return FindEntryFault({kLocal, &message}, policy);
}

// What the recipients are sent together.
Status CheckAmount(const proto::PostRequest& post, proto::PartitionReply* reply) {
  const auto accounts = static_cast<size_t>(post.accounts_size());
  const auto messages = static_cast<size_t>(post.messages_size());
  if (accounts > kPostAccountsMax || messages > kPostMessagesMax ||
      static_cast<size_t>(post.self_size()) > kPostMessagesMax) {
    return Refuse(kRequestSize,
                  "a Post has at most " + std::to_string(kPostAccountsMax) + " Accounts and " +
                      std::to_string(kPostMessagesMax) + " messages",
                  reply);
  }
  uint64_t bytes = 0;
  for (const proto::Envelope& message : post.messages()) bytes += message.payload().size();
  if (accounts * messages > kPostDeliveriesMax || accounts * bytes > kPostBytesMax) {
    return Refuse(kRequestSize,
                  "a Post makes at most " + std::to_string(kPostDeliveriesMax) +
                      " deliveries, of " + std::to_string(kPostBytesMax) + " octets together",
                  reply);
  }
  return Status();
}

}  // namespace

Result<Admitted> AdmitPost(const proto::PartitionRequest& request, const proto::PostRequest& post,
                           const TransactionContext& context, proto::PartitionReply* reply) {
  MESH_ASSIGN(Admitted admitted, Admit(request, context, Right::kWrite, reply));
  MESH_RETURN_IF_ERROR(CheckPermissions(post, admitted.access, reply));
  if (request.caller().mode() == proto::Caller::REFERENCE) return admitted;
  MESH_RETURN_IF_ERROR(CheckSenders(post, admitted.account, reply));
  if (post.accounts_size() > 0) {
    MESH_RETURN_IF_ERROR(CheckSignatures(post, admitted, context.reader, reply));
  }
  return admitted;
}

Status CheckPost(const proto::PostRequest& post, const AccountPolicy& policy,
                 proto::PartitionReply* reply) {
  MESH_RETURN_IF_ERROR(CheckAmount(post, reply));
  const std::vector<const proto::Envelope*> messages = MessagesOf(post);
  for (size_t i = 0; i < messages.size(); ++i) {
    const EntryFault fault = FindMessageFault(*messages[i], policy);
    if (fault.reason.empty()) continue;
    return RefuseMessages(fault.code, static_cast<int>(i), fault.reason, post, reply);
  }
  return Status();
}

std::vector<const proto::Envelope*> MessagesOf(const proto::PostRequest& post) {
  std::vector<const proto::Envelope*> messages;
  for (const proto::Envelope& message : post.messages()) messages.push_back(&message);
  for (const proto::Envelope& message : post.self()) messages.push_back(&message);
  return messages;
}

std::vector<proto::Envelope*> MutableMessagesOf(proto::PostRequest* post) {
  std::vector<proto::Envelope*> messages;
  for (proto::Envelope& message : *post->mutable_messages()) messages.push_back(&message);
  for (proto::Envelope& message : *post->mutable_self()) messages.push_back(&message);
  return messages;
}

Status RefuseMessages(const ResultCode& code, int position, const std::string& reason,
                      const proto::PostRequest& post, proto::PartitionReply* reply) {
  return RefuseEntries(code, proto::RESULT_REJECT, position, reason,
                       post.messages_size() + post.self_size(), reply->mutable_post(), reply);
}

}  // namespace mesh::backend
