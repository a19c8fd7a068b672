#include "frontend/service/peer_forward.h"

#include "common/encoding/json_reader.h"
#include "common/encoding/json_text.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

constexpr std::string_view kCallerAddress = "CallerAddress";
constexpr std::string_view kCallerUdf = "CallerUDF";

// The object's members but those that only we may say.
void CopyMembers(json::Reader& reader, json::Writer& writer) {
  std::string_view name;
  std::string_view value;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    const std::string copied(name);
    if (!reader.RawValue(&value)) return;
    if (copied != kCallerAddress && copied != kCallerUdf) writer.Member(copied).Raw(value);
  }
}

}  // namespace

bool ForwardedFor(Transaction transaction) {
  return transaction == Transaction::kClaim || transaction == Transaction::kOperate;
}

Status CheckForwarded(const proto::PartitionRequest& request) {
  const bool own = request.claim().claim().sender() == request.caller().account();
  if (!request.has_claim() || own) return Status();
  return Status(Code::kPermissionDenied, "Sender: not the account that claims");
}

Result<std::string> ForwardedMessage(std::string_view message, json::Form form,
                                     const Principal& principal) {
  json::Options options;
  options.json_b = form == json::Form::kJsonB;
  json::Reader whole(message, options);
  std::string scratch;
  std::string_view text;
  json::ReadAsText(whole, &text, &scratch);
  if (!whole.Finish()) return whole.status();

  std::string forwarded;
  json::Writer writer(forwarded);
  json::Reader reader(text);
  std::string_view tag;
  reader.BeginObject();
  writer.BeginObject();
  while (reader.NextMember(&tag)) {
    writer.Member(tag).BeginObject();
    CopyMembers(reader, writer);
    writer.Member(kCallerAddress).String(principal.account);
    writer.Member(kCallerUdf).String(principal.account_udf).EndObject();
  }
  writer.EndObject();
  if (!reader.Finish()) return reader.status();
  return forwarded;
}

bool IsResponse(Transaction transaction, std::string_view message) {
  json::Reader reader(message);
  std::string_view tag;
  reader.BeginObject();
  if (!reader.NextMember(&tag) || tag != ResponseTag(transaction)) return false;
  reader.Skip();
  return !reader.NextMember(&tag) && reader.Finish();
}

}  // namespace mesh::frontend
