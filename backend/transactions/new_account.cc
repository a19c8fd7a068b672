#include "backend/transactions/new_account.h"

#include <algorithm>
#include <cctype>

#include "backend/model/account.h"
#include "backend/model/container.h"
#include "common/mesh/account_address.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// The reference client begins each of its copies by downloading frame zero.
constexpr std::string_view kFirstSpools[] = {kInbound, kOutbound, kLocal};

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// Where the answer goes.
struct Answer {
  proto::CreateResponse* response;
  proto::PartitionReply* reply;

  // Refuses and says so in the members that the draft has for it.
  Status Refuse(const ResultCode& code, const std::string& reason, const std::string& url) const {
    response->set_reason(reason);
    response->set_url(url);
    return backend::Refuse(code, reason, reply);
  }
};

Status CheckPolicy(const AccountAddress& address, const AccountPolicy& policy,
                   const Answer& answer) {
  const std::string& url = policy.registration_url;
  if (!policy.registration_open) {
    return answer.Refuse(kRefused,
                         url.empty() ? "this service does not take registrations"
                                     : "registration goes on at the URL given",
                         url);
  }
  const auto& reserved = policy.reserved_names;
  if (std::find(reserved.begin(), reserved.end(), LowerCase(address.local())) != reserved.end()) {
    return answer.Refuse(kRefused, "this name is reserved; choose another", url);
  }
  return Status();
}

// Anything but a repeat: no two accounts of one address may share it, so that what
// was given to the old one is worth nothing at the new one.
uint64_t NewIncarnation(crypto::RandomSource& random) {
  uint64_t incarnation = 0;
  while (incarnation == 0) {
    random.Fill({reinterpret_cast<uint8_t*>(&incarnation), sizeof incarnation});
  }
  return incarnation;
}

Status MakeSpools(Account& account, TransactionContext& context) {
  for (const std::string_view spool : kFirstSpools) {
    MESH_ASSIGN(Container container, Container::Open(*context.view, account, spool));
    MESH_RETURN_IF_ERROR(container.Make(context.policy, account, context.now, *context.view));
    container.Save(*context.view);
  }
  return Status();
}

}  // namespace

Status Register(const std::string& written, const proto::PartitionRequest& request,
                proto::AccountRecord record, TransactionContext& context,
                proto::CreateResponse* response, proto::PartitionReply* reply) {
  const Answer answer{response, reply};
  MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(written));
  if (address.canonical() != request.account()) {
    return InvalidArgument("AccountAddress: not the account that the request was sent to");
  }
  MESH_RETURN_IF_ERROR(CheckPolicy(address, context.policy, answer));
  record.set_address(address.canonical());
  record.set_incarnation(NewIncarnation(context.random));
  record.set_created(context.now);
  const uint32_t slot = SlotOf(context.slot_key, address.canonical());
  Result<Account> account = Account::Create(*context.view, slot, record);
  if (account.status().code() == Code::kAlreadyExists) {
    return answer.Refuse(kAlreadyRegistered, account.status().message(), "");
  }
  MESH_RETURN_IF_ERROR(account.status());
  MESH_RETURN_IF_ERROR(MakeSpools(*account, context));
  account->Save(*context.view);
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
