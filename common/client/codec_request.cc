#include <optional>
#include <string>

#include "common/client/codec_parts.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/key_data.h"

namespace mesh::client {
namespace {

void WriteEnvelopes(std::string_view name, const std::vector<dare::Envelope>& envelopes,
                    json::Writer& writer) {
  writer.Member(name).BeginArray();
  for (const dare::Envelope& envelope : envelopes) dare::WriteEnvelope(envelope, writer);
  writer.EndArray();
}

void WriteInt(std::string_view name, const std::optional<int64_t>& value, json::Writer& writer) {
  if (value) writer.Member(name).Int(*value);
}

void WriteBool(std::string_view name, const std::optional<bool>& value, json::Writer& writer) {
  if (value) writer.Member(name).Bool(*value);
}

void WriteTime(std::string_view name, const std::optional<WallMillis>& value,
               json::Writer& writer) {
  if (value) writer.Member(name).DateTime(*value);
}

void WriteText(std::string_view name, const std::string& value, json::Writer& writer) {
  if (!value.empty()) writer.Member(name).String(value);
}

void WriteOctets(std::string_view name, const std::string& value, json::Writer& writer) {
  if (!value.empty()) writer.Member(name).Binary(value);
}

void WriteTexts(std::string_view name, const std::vector<std::string>& values,
                json::Writer& writer) {
  if (values.empty()) return;
  writer.Member(name).BeginArray();
  for (const std::string& value : values) writer.String(value);
  writer.EndArray();
}

void WriteConstraints(const DataConstraints& constraints, json::Writer& writer) {
  writer.BeginObject();
  WriteInt("MaxEntries", constraints.max_entries, writer);
  WriteInt("BytesOffset", constraints.bytes_offset, writer);
  WriteInt("BytesMax", constraints.bytes_max, writer);
  WriteBool("Header", constraints.header, writer);
  WriteBool("Payload", constraints.payload, writer);
  WriteBool("Trailer", constraints.trailer, writer);
  writer.EndObject();
}

void WriteSelection(const Selection& select, json::Writer& writer) {
  writer.BeginObject();
  WriteText("Container", select.container, writer);
  WriteInt("IndexMin", select.index_min, writer);
  WriteInt("IndexMax", select.index_max, writer);
  WriteTime("NotBefore", select.not_before, writer);
  WriteTime("Before", select.before, writer);
  WriteOctets("PageKey", select.page_key, writer);
  writer.EndObject();
}

void WriteUpdate(const ContainerUpdate& update, json::Writer& writer) {
  writer.BeginObject();
  WriteText("Container", update.container, writer);
  WriteInt("Index", update.index, writer);
  WriteOctets("Digest", update.digest, writer);
  WriteEnvelopes("Envelopes", update.envelopes, writer);
  writer.EndObject();
}

void WriteOperation(const KeyAgreementOperation& operation, json::Writer& writer) {
  writer.BeginObject().Member("CryptographicOperationKeyAgreement").BeginObject();
  WriteText("KeyId", operation.key_id, writer);
  WriteOctets("KeyCoefficient", operation.coefficient, writer);
  writer.Member("PublicKey");
  WriteTaggedKey(operation.point, writer);
  writer.EndObject().EndObject();
}

}  // namespace

std::string EncodeHello() { return RequestText("Hello").Finish(); }

std::string EncodeDeleteAccount() { return RequestText("DeleteAccount").Finish(); }

std::string EncodeCreateAccount(const CreateRequest& request, Form form) {
  RequestText text("CreateAccount", form);
  WriteText("AccountAddress", request.account_address, text.writer());
  text.writer().Member("SignedProfileMesh");
  dare::WriteEnvelope(request.profile_mesh, text.writer());
  text.writer().Member("SignedAssertionAccount");
  dare::WriteEnvelope(request.profile_account, text.writer());
  return text.Finish();
}

std::string EncodeStatus(const StatusRequest& request, Form form) {
  RequestText text("Status", form);
  WriteText("Account", request.account, text.writer());
  WriteText("DeviceUDF", request.device_udf, text.writer());
  WriteOctets("ProfileMasterDigest", request.profile_master_digest, text.writer());
  WriteTexts("Catalogs", request.catalogs, text.writer());
  WriteTexts("Spools", request.spools, text.writer());
  return text.Finish();
}

std::string EncodeDownload(const DownloadRequest& request, Form form) {
  RequestText text("Download", form);
  WriteText("Account", request.account, text.writer());
  text.writer().Member("Select").BeginArray();
  for (const Selection& select : request.select) WriteSelection(select, text.writer());
  text.writer().EndArray();
  if (request.constraints) {
    text.writer().Member("ConstraintsPost");
    WriteConstraints(*request.constraints, text.writer());
  }
  return text.Finish();
}

std::string EncodeUpload(const UploadRequest& request, Form form) {
  RequestText text("Upload", form);
  WriteText("Account", request.account, text.writer());
  text.writer().Member("Updates").BeginArray();
  for (const ContainerUpdate& update : request.updates) WriteUpdate(update, text.writer());
  text.writer().EndArray();
  if (!request.self.empty()) WriteEnvelopes("Self", request.self, text.writer());
  return text.Finish();
}

std::string EncodeCreateGroup(const CreateGroupRequest& request, Form form) {
  RequestText text("CreateGroup", form);
  WriteText("AccountAddress", request.account_address, text.writer());
  text.writer().Member("SignedProfileGroup");
  dare::WriteEnvelope(request.profile_group, text.writer());
  return text.Finish();
}

std::string EncodeOperate(const OperateRequest& request, Form form) {
  RequestText text("Operate", form);
  WriteText("AccountAddress", request.account_address, text.writer());
  text.writer().Member("Operations").BeginArray();
  for (const KeyAgreementOperation& operation : request.operations) {
    WriteOperation(operation, text.writer());
  }
  text.writer().EndArray();
  return text.Finish();
}

}  // namespace mesh::client
