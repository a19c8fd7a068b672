// What Operate answers: an array of results, each under the name of its class.

#include "common/mesh/reply_table.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

constexpr ReplyMember<proto::OperateResult> kResultMembers[] = {
    {"Error", true,
     [](EncodeContext& context, std::string_view name, const proto::OperateResult& result) {
       WriteString(context, name, result.error());
     }},
};
constexpr ReplyStructure<proto::OperateResult> kResult{"CryptographicResult", kResultMembers};

constexpr ReplyMember<proto::OperateResult> kAgreementMembers[] = {
    {"KeyAgreement", true,
     [](EncodeContext& context, std::string_view name, const proto::OperateResult& result) {
       json::Writer& writer = context.writer;
       writer.Member(name).BeginObject().Member("KeyAgreementECDH").BeginObject();
       writer.Member("Curve").String(result.curve()).Member("Result").Binary(result.point());
       writer.EndObject().EndObject();
     }},
};
constexpr ReplyStructure<proto::OperateResult> kAgreement{"CryptographicResultKeyAgreement",
                                                          kAgreementMembers, &kResult};

void WriteResult(EncodeContext& context, const proto::OperateResult& result) {
  const ReplyStructure<proto::OperateResult>& structure =
      result.error().empty() ? kAgreement : kResult;
  context.writer.BeginObject().Member(structure.name);
  WriteObject(context, structure, result);
  context.writer.EndObject();
}

constexpr ReplyMember<proto::OperateResponse> kOperateMembers[] = {
    {"Results", true,
     [](EncodeContext& context, std::string_view name, const proto::OperateResponse& operate) {
       context.writer.Member(name).BeginArray();
       for (const proto::OperateResult& result : operate.results()) WriteResult(context, result);
       context.writer.EndArray();
     }},
};
constexpr ReplyStructure<proto::OperateResponse> kOperate{"OperateResponse", kOperateMembers};

}  // namespace

void WriteOperate(EncodeContext& context, const proto::OperateResponse& operate) {
  WriteMembers(context, kOperate, operate);
}

void AppendOperateReplyRows(std::vector<MemberRow>* rows) {
  AppendRows(kResult, false, rows);
  AppendRows(kAgreement, false, rows);
  AppendRows(kOperate, false, rows);
}

}  // namespace mesh
