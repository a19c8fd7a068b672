#include "frontend/forwarder/transfer.h"

#include <algorithm>
#include <array>

#include "common/dare/envelope.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/result_code.h"
#include "frontend/service/inbound_post.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

using Kind = TransferOutcome::Kind;

constexpr std::array<std::string_view, kAgainReasons> kNames = {
    "unreachable", "timeout", "identity", "broken", "busy",    "recipient",
    "bound",       "circuit", "crowded",  "late",   "draining"};
// Where a refusal gives no name of its own.
constexpr std::string_view kNameless = "MeshMessageInvalid";
// Octets of the longest name that is believed to be one. It is filed with the sender, in spite of
// quotas, and another service has chosen it.
constexpr size_t kNameBytesMax = 64;

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

TransferOutcome Again(AgainReason reason) { return {Kind::kAgain, reason, {}}; }

TransferOutcome Refused(std::string_view error) {
  return {Kind::kRefused, {}, std::string(IsName(error) ? error : kNameless)};
}

// What a destination says of the message itself.
TransferOutcome JudgeError(std::string_view error) {
  if (!PassingError(error)) return Refused(error);
  return {Kind::kAgain, AgainReason::kRecipient, std::string(error)};
}

// What it says of the whole request. 401: a clock, or an exchange that is to be made anew.
TransferOutcome JudgeStatus(int64_t status, std::string_view description) {
  const bool lasts =
      (status >= 400 && status < 500 && status != 401) || status == kUnsupported.status;
  return lasts ? Refused(description.substr(0, description.find(':'))) : Again(AgainReason::kBusy);
}

// A domain that has no service has no accounts.
TransferOutcome JudgeFailure(Code code) {
  switch (code) {
    case Code::kNotFound:
    case Code::kInvalidArgument:
      return Refused(kUnknownAccount.description);
    case Code::kDeadlineExceeded:
      return Again(AgainReason::kTimeout);
    case Code::kUnauthenticated:
    case Code::kPermissionDenied:
    case Code::kFailedPrecondition:
      return Again(AgainReason::kIdentity);
    case Code::kDataLoss:
      return Again(AgainReason::kBroken);
    case Code::kResourceExhausted:
      return Again(AgainReason::kBound);
    default:
      return Again(AgainReason::kUnreachable);
  }
}

// Of the EntryResponse of our only message.
struct EntryAnswer {
  std::string result;
  std::string error;
};

void ReadEntry(json::Reader& reader, EntryAnswer* entry) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "Result") {
      reader.String(&entry->result);
    } else if (name == "Error") {
      reader.String(&entry->error);
    } else {
      reader.Skip();
    }
  }
}

void ReadResponse(json::Reader& reader, EntryAnswer* entry) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "Entries") {
      reader.Skip();
      continue;
    }
    reader.BeginArray();
    while (reader.NextElement()) ReadEntry(reader, entry);
  }
}

// False: it is not {"PostResponse": {...}}.
bool ReadPostResponse(std::string_view message, EntryAnswer* entry) {
  json::Reader reader(message);
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "PostResponse") return false;
    ReadResponse(reader, entry);
  }
  return reader.Finish();
}

}  // namespace

std::string_view AgainName(AgainReason reason) { return kNames.at(static_cast<size_t>(reason)); }

std::unique_ptr<proto::PartitionRequest> DeliverRequestFor(const proto::OutboxEntry& entry) {
  auto request = std::make_unique<proto::PartitionRequest>();
  request->set_account(entry.recipient());
  request->mutable_caller()->set_mode(proto::Caller::FORWARDER);
  proto::DeliverRequest* deliver = request->mutable_deliver();
  *deliver->add_messages() = entry.message();
  deliver->set_sender(entry.sender());
  deliver->set_sender_udf(entry.sender_udf());
  return request;
}

TransferOutcome JudgeDelivery(const proto::PartitionReply& reply) {
  const Code code = static_cast<Code>(reply.code());
  if (code == Code::kDeadlineExceeded) return Again(AgainReason::kTimeout);
  if (code == Code::kResourceExhausted) return Again(AgainReason::kBusy);
  if (code != Code::kOk) return Again(AgainReason::kUnreachable);
  if (reply.deliver().deliveries_size() != 1) {
    return JudgeStatus(reply.mesh_status(), reply.mesh_status_description());
  }
  const proto::Delivery& delivery = reply.deliver().deliveries(0);
  if (delivery.result() == proto::RESULT_ACCEPT) return {};
  if (!delivery.again()) return Refused(delivery.error());
  return {Kind::kAgain, AgainReason::kRecipient, delivery.error()};
}

std::string PostMessageFor(const proto::OutboxEntry& entry) {
  const proto::Envelope& message = entry.message();
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("Post").BeginObject();
  writer.Member("Accounts").BeginArray().String(entry.recipient()).EndArray();
  writer.Member("Message").BeginArray();
  dare::WriteEnvelope({message.header(), message.payload(), true, message.trailer()}, writer);
  writer.EndArray().EndObject().EndObject();
  return text;
}

TransferOutcome JudgePost(const Result<PeerAnswer>& answer) {
  if (!answer.ok()) return JudgeFailure(answer.status().code());
  if (!answer->success()) return JudgeStatus(answer->status, answer->description);
  EntryAnswer entry;
  if (!ReadPostResponse(answer->message, &entry)) return Again(AgainReason::kBroken);
  if (entry.result == "Accept") return {};
  return entry.result == "Reject" ? JudgeError(entry.error) : Again(AgainReason::kBroken);
}

}  // namespace mesh::frontend
