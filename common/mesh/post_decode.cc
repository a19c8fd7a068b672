// The request that messages go out with (draft -06 §9, §10.13): whom they are for, and what the
// owner must know of each: who sends it, of which class it is, and who signed it.

#include <algorithm>
#include <cstring>

#include "common/base/limits.h"
#include "common/mesh/account_address.h"
#include "common/mesh/assertion_cache.h"
#include "common/mesh/container_name.h"
#include "common/mesh/device_entry.h"
#include "common/mesh/entry_description.h"
#include "common/mesh/envelope_decode.h"
#include "common/mesh/message.h"
#include "common/mesh/message_signature.h"
#include "common/mesh/request_table.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

// Each message may have its connection and its signature verified.
static_assert(2 * kPostMessagesMax <= kAssertionsPerRequestMax);

// Recipients are compared in canonical form, and named once.
Status AddRecipient(const std::string& text, proto::PostRequest* post) {
  MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(text));
  const auto& known = post->accounts();
  if (std::find(known.begin(), known.end(), address.canonical()) == known.end()) {
    post->add_accounts(address.canonical());
  }
  return Status();
}

bool ReadAccounts(DecodeContext& context, Target& target) {
  proto::PostRequest* post = target.request.mutable_post();
  const bool read = ReadArray(context, "Accounts", kPostAccountsMax, [&] {
    std::string text;
    return context.reader.String(&text) && context.Check(AddRecipient(text, post));
  });
  if (!read) return false;
  return post->accounts_size() > 0 ||
         context.reader.Fail("Accounts: names nobody; without it messages go to mmm_Local");
}

Status CheckLabels(const proto::Envelope& message) {
  if (!message.envelope_id().empty() && !message.unique_id().empty()) return Status();
  return InvalidArgument("a message has an EnvelopeID, and ContentMetaData with its UniqueID");
}

// What the payload says of itself. The label is not signed, so it must say the same.
Status DescribeHead(bool strict, proto::Envelope* message) {
  Result<MessageHead> head = ParseMessageHead(message->payload());
  if (!head.ok()) return strict ? head.status() : Status();
  if (message->message_type().empty()) message->set_message_type(head->type);
  if (strict && message->message_type() != head->type) {
    return InvalidArgument("MessageType: the payload is of another class, " + head->type);
  }
  const Result<AccountAddress> sender = AccountAddress::Parse(head->sender);
  if (sender.ok()) {
    message->set_sender(sender->canonical());
    return Status();
  }
  return strict && !head->sender.empty() ? sender.status() : Status();
}

// The sender that a signature speaks for: the profile must name it. Where the payload is
// encrypted, an account with one address can only be that one.
Status CheckSigner(const Profile& account, proto::Envelope* message) {
  std::vector<std::string> addresses;
  for (const std::string& text : account.account_addresses) {
    const Result<AccountAddress> address = AccountAddress::Parse(text);
    if (address.ok()) addresses.push_back(address->canonical());
  }
  if (message->sender().empty()) {
    if (addresses.size() == 1) message->set_sender(addresses.front());
    return Status();
  }
  if (std::find(addresses.begin(), addresses.end(), message->sender()) != addresses.end()) {
    return Status();
  }
  return Status(Code::kPermissionDenied,
                "Sender: the ProfileAccount of the signature block has another address");
}

Status DescribeSigner(DecodeContext& context, proto::Envelope* message) {
  crypto::Digest512 digest;
  std::memcpy(digest.data(), message->payload_digest().data(), digest.size());
  AssertionCache none;
  AssertionCache& assertions = context.options.assertions ? *context.options.assertions : none;
  MESH_ASSIGN(const auto signer,
              VerifyMessageSignature(message->header(), message->trailer(), digest, assertions));
  if (signer == nullptr) return Status();
  MESH_RETURN_IF_ERROR(CheckSigner(signer->account, message));
  message->set_signer_connection_digest(signer->connection_digest);
  message->set_signer_profile_digest(signer->profile_account_digest);
  return Status();
}

Status DescribeMessage(DecodeContext& context, bool own, bool encrypted, proto::Envelope* message) {
  MESH_RETURN_IF_ERROR(CheckLabels(*message));
  if (message->redacted()) return Status();  // It is read when its payload comes.
  const bool strict = context.options.strict;
  if (!encrypted) MESH_RETURN_IF_ERROR(DescribeHead(strict, message));
  return strict && !own ? DescribeSigner(context, message) : Status();
}

// `own`: for the caller's mmm_Local, where who signed does not matter. Other messages may go
// there too, and there the owner must know more of them.
bool ReadMessage(DecodeContext& context, bool own, proto::Envelope* message) {
  bool encrypted = false;
  return ReadEntry(context, message, &encrypted) &&
         context.Check(DescribeMessage(context, own, encrypted, message)) &&
         DescribeEntry(context, kLocal, message);
}

constexpr Member<Target> kPostMembers[] = {
    {"Accounts", ReadAccounts},
    {"Message",
     [](DecodeContext& context, Target& target) {
       return ReadArray(context, "Message", kPostMessagesMax, [&] {
         return ReadMessage(context, false, target.request.mutable_post()->add_messages());
       });
     }},
    {"Self",
     [](DecodeContext& context, Target& target) {
       return ReadArray(context, "Self", kPostMessagesMax, [&] {
         return ReadMessage(context, true, target.request.mutable_post()->add_self());
       });
     }},
};
constexpr Structure<Target> kPost{"PostRequest", kPostMembers};

constexpr Served kServed[] = {
    {Transaction::kPost, &kPost, [](proto::PartitionRequest& request) { request.mutable_post(); },
     NothingToCheck},
};

}  // namespace

std::span<const Served> PostRequests() { return kServed; }

}  // namespace mesh
