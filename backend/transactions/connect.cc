// Connect files a device's request with the account that it asks for (draft §8, §10.14). The
// service adds its nonce and the witness that both sides show to people, so that neither side can
// choose the code that is compared.
//
// The edge has read the request and verified the ProfileDevice in it. Whoever asks is a
// stranger: requests are counted by the hour.

#include <chrono>

#include "backend/model/asked.h"
#include "backend/model/container.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/crypto/udf.h"
#include "common/mesh/container_name.h"
#include "common/mesh/message.h"
#include "common/mesh/service_message.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

constexpr WallMillis kHour = std::chrono::milliseconds(std::chrono::hours(1)).count();

// Counts a request against the hour. False: there were as many as are allowed.
bool CountRequest(WallMillis now, const AccountPolicy& policy, Usage* usage) {
  const auto hour = static_cast<uint32_t>(now / kHour);
  if (usage->connect_hour != hour) usage->connect_requests = 0;
  usage->connect_hour = hour;
  return ++usage->connect_requests <= policy.connect_requests_per_hour;
}

// Mode Device proves a profile: it must be the one in the request. Mode Profile proves none.
Status CheckAsker(const proto::Caller& caller, const proto::ConnectRequest& connect,
                  proto::PartitionReply* reply) {
  const bool own = caller.profile_device_udf() == connect.profile_device_udf();
  if (own || caller.mode() == proto::Caller::REFERENCE) return Status();
  return RefuseCaller(proto::REFUSAL_OTHER_DEVICE,
                      "AuthenticatedData: the ProfileDevice is not the caller's", reply);
}

// The message that answers `connect`; its MessageID is the witness.
Result<AcknowledgeConnection> Acknowledge(const proto::ConnectRequest& connect,
                                          const proto::AccountRecord& record,
                                          crypto::RandomSource& random) {
  AcknowledgeConnection message;
  MESH_ASSIGN(message.request, dare::ParseEnvelope(connect.request()));
  message.server_nonce = crypto::RandomBytes(kConnectionNonceBytes, random);
  message.witness = ConnectionWitness(record.mesh_fingerprint(), message.server_nonce,
                                      connect.device_fingerprint(), connect.client_nonce());
  message.head.message_id = message.witness;
  return message;
}

Result<proto::Envelope> Wrap(const AcknowledgeConnection& message, WallMillis now) {
  std::string payload;
  WriteMessage(message, payload);
  return ServiceMessage(message.head, std::move(payload), now);
}

// Appends to mmm_Inbound and returns the place.
Result<uint64_t> File(const proto::Envelope& envelope, TransactionContext& context,
                      Account& account) {
  MESH_ASSIGN(Container inbound, Container::Open(*context.view, account, kInbound));
  MESH_ASSIGN(const uint64_t index,
              inbound.Append(envelope, context.policy, account, context.now, *context.view));
  inbound.Save(*context.view);
  account.Save(*context.view);
  return index;
}

void FillReply(proto::Envelope envelope, uint64_t index, WallMillis now,
               proto::AccountRecord record, proto::ConnectResponse* response) {
  proto::StoredEnvelope* stored = response->mutable_acknowledge();
  stored->set_header(std::move(*envelope.mutable_header()));
  stored->set_payload(std::move(*envelope.mutable_payload()));
  stored->set_trailer(std::move(*envelope.mutable_trailer()));
  stored->set_index(static_cast<int64_t>(index));
  stored->set_received(now);
  response->set_profile_mesh(std::move(*record.mutable_signed_profile_mesh()));
  response->set_assertion_account(std::move(*record.mutable_signed_assertion_account()));
}

}  // namespace

Status Connect(const proto::PartitionRequest& request, TransactionContext& context,
               proto::PartitionReply* reply) {
  const proto::ConnectRequest& connect = request.connect();
  MESH_ASSIGN(Admitted admitted, Admit(request, context, Right::kAsk, reply));
  MESH_RETURN_IF_ERROR(CheckAsker(request.caller(), connect, reply));
  Account& account = admitted.account;
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(account.ReadRecord(context.reader, &record));
  if (record.mesh_fingerprint().empty()) return Refuse(kRefused, "a group has no devices", reply);
  if (!CountRequest(context.now, context.policy, &account.usage())) {
    return RefuseCaller(proto::REFUSAL_RATE,
                        "too many devices have asked for this account within the hour", reply);
  }
  MESH_ASSIGN(const AcknowledgeConnection message, Acknowledge(connect, record, context.random));
  MESH_ASSIGN(proto::Envelope envelope, Wrap(message, context.now));
  const Result<uint64_t> index = File(envelope, context, account);
  if (index.status().code() == Code::kResourceExhausted) {
    return Refuse(kQuota, index.status().message(), reply);
  }
  MESH_RETURN_IF_ERROR(index.status());
  RememberAsked(account.keys(), crypto::EnvelopeId(crypto::ResponseId(message.witness)),
                connect.profile_device_udf(), context.now, *context.view);
  FillReply(std::move(envelope), *index, context.now, std::move(record), reply->mutable_connect());
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
