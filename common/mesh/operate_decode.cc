// Operate (draft -06 §10.18): an array of operations, each an object under the name of its
// class, which the draft leaves out.

#include "common/base/limits.h"
#include "common/mesh/request_table.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

// One operation while it is read.
struct Operation {
  CryptographicOperation* operation;
  std::string* key_id;
};

// {"PublicKeyECDH": {"crv", "Public"}}. What is right for the curve is looked at when the
// operation is done, as the other operations are to be done anyway.
bool ReadPoint(DecodeContext& context, Operation& target) {
  json::Reader& reader = context.reader;
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "PublicKeyECDH") {
      reader.Skip();
      continue;
    }
    reader.BeginObject();
    while (reader.NextMember(&name)) {
      if (name == "crv") {
        reader.String(&target.operation->curve);
      } else if (name == "Public") {
        reader.Binary(&target.operation->point);
      } else {
        reader.Skip();
      }
    }
  }
  return reader.ok();
}

constexpr Member<Operation> kOperationMembers[] = {
    {"KeyId", [](DecodeContext& context,
                 Operation& target) { return context.reader.String(target.key_id); }},
    {"KeyCoefficient",
     [](DecodeContext& context, Operation& target) {
       return context.reader.Binary(&target.operation->coefficient);
     }},
};
constexpr Structure<Operation> kOperation{"CryptographicOperation", kOperationMembers};

constexpr Member<Operation> kAgreementMembers[] = {{"PublicKey", ReadPoint}};
constexpr Structure<Operation> kAgreement{"CryptographicOperationKeyAgreement", kAgreementMembers,
                                          &kOperation};
// These are not served, so their own members are not looked at.
constexpr Structure<Operation> kSign{"CryptographicOperationSign", {}, &kOperation};
constexpr Structure<Operation> kGenerate{"CryptographicOperationGenerate", {}, &kOperation};
constexpr Structure<Operation> kShare{"CryptographicOperationShare", {}, &kOperation};

struct Class {
  CryptographicOperation::Kind kind;
  const Structure<Operation>* structure;
};
constexpr Class kClasses[] = {
    {CryptographicOperation::Kind::kKeyAgreement, &kAgreement},
    {CryptographicOperation::Kind::kSign, &kSign},
    {CryptographicOperation::Kind::kGenerate, &kGenerate},
    {CryptographicOperation::Kind::kShare, &kShare},
};

const Class* FindClass(std::string_view name) {
  for (const Class& one : kClasses) {
    if (one.structure->name == name) return &one;
  }
  return nullptr;
}

// {"<class>": {...}}.
bool ReadOperation(DecodeContext& context, Target& target) {
  json::Reader& reader = context.reader;
  std::string_view name;
  if (!reader.BeginObject()) return false;
  const Class* const found = reader.NextMember(&name) ? FindClass(name) : nullptr;
  if (found == nullptr) return reader.Fail("expected the class of an operation");
  Operation operation{&target.decoded.operations.emplace_back(),
                      target.request.mutable_operate()->add_key_ids()};
  operation.operation->kind = found->kind;
  if (!ReadObject(context, *found->structure, operation)) return false;
  if (reader.NextMember(&name)) return reader.Fail("expected one operation");
  return reader.ok();
}

constexpr Member<Target> kOperateMembers[] = {
    {"AccountAddress", ReadAccount},
    {"Operations",
     [](DecodeContext& context, Target& target) {
       return ReadArray(context, "Operations", kOperationsPerRequestMax,
                        [&] { return ReadOperation(context, target); });
     }},
    // Beyond the draft: whom another service asks for.
    {"CallerAddress",
     [](DecodeContext& context, Target& target) {
       return context.reader.String(target.request.mutable_operate()->mutable_caller_account());
     }},
    {"CallerUDF",
     [](DecodeContext& context, Target& target) {
       return context.reader.String(target.request.mutable_operate()->mutable_caller_udf());
     }},
};
constexpr Structure<Target> kOperate{"OperateRequest", kOperateMembers};

Status CheckOperate(const Target& target) {
  if (target.decoded.account.empty()) return InvalidArgument("AccountAddress: missing");
  if (target.decoded.operations.empty()) {
    return InvalidArgument("Operations: missing; expected at least one");
  }
  for (const std::string& key_id : target.request.operate().key_ids()) {
    if (key_id.empty()) return InvalidArgument("KeyId: missing");
    if (key_id.size() > kIdentifierBytesMax) {
      return Status(Code::kResourceExhausted,
                    "KeyId: at most " + std::to_string(kIdentifierBytesMax) + " octets");
    }
  }
  return Status();
}

constexpr Served kServed[] = {
    {Transaction::kOperate, &kOperate,
     [](proto::PartitionRequest& request) { request.mutable_operate(); }, CheckOperate},
};

}  // namespace

std::span<const Served> OperateRequests() { return kServed; }

void AppendOperationRows(std::vector<MemberRow>* rows) {
  AppendRows(kOperation, true, rows);
  for (const Class& one : kClasses) AppendRows(*one.structure, true, rows);
}

}  // namespace mesh
