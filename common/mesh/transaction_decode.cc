#include <array>
#include <memory>

#include "common/base/check.h"
#include "common/base/limits.h"
#include "common/encoding/date_time.h"
#include "common/mesh/account_address.h"
#include "common/mesh/container_name.h"
#include "common/mesh/create_check.h"
#include "common/mesh/entry_description.h"
#include "common/mesh/envelope_decode.h"
#include "common/mesh/request_table.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

// --- Values --------------------------------------------------------------------

bool ReadContainerName(DecodeContext& context, std::string* name) {
  return context.reader.String(name) && context.Check(CheckContainerName(*name));
}

bool ReadDateTime(DecodeContext& context, int64_t* millis) {
  std::string text;
  if (!context.reader.String(&text)) return false;
  const Result<WallMillis> time = ParseDateTime(text);
  if (!time.ok()) return context.Refuse(time.status());
  *millis = *time;
  return true;
}

// A count, an offset or a size.
bool ReadCount(DecodeContext& context, int64_t* count) {
  return context.reader.Int(count) &&
         (*count >= 0 || context.reader.Fail("expected a number that is not negative"));
}

// Readers of one member each, by the accessor of the field that takes it.
template <auto kSet, typename T>
bool Int(DecodeContext& context, T& target) {
  int64_t value;
  if (!context.reader.Int(&value)) return false;
  (target.*kSet)(value);
  return true;
}
template <auto kSet, typename T>
bool Count(DecodeContext& context, T& target) {
  int64_t value;
  if (!ReadCount(context, &value)) return false;
  (target.*kSet)(value);
  return true;
}
template <auto kSet, typename T>
bool Time(DecodeContext& context, T& target) {
  int64_t value;
  if (!ReadDateTime(context, &value)) return false;
  (target.*kSet)(value);
  return true;
}
template <auto kSet, typename T>
bool Bool(DecodeContext& context, T& target) {
  bool value;
  if (!context.reader.Bool(&value)) return false;
  (target.*kSet)(value);
  return true;
}
template <auto kMutable, typename T>
bool Binary(DecodeContext& context, T& target) {
  return context.reader.Binary((target.*kMutable)());
}
template <auto kMutable, typename T>
bool Container(DecodeContext& context, T& target) {
  return ReadContainerName(context, (target.*kMutable)());
}

// --- Common structures (§10.4) -----------------------------------------------------

constexpr Member<proto::ConstraintsSelect> kSelectMembers[] = {
    {"Container", Container<&proto::ConstraintsSelect::mutable_container>},
    {"IndexMin", Int<&proto::ConstraintsSelect::set_index_min>},
    {"IndexMax", Int<&proto::ConstraintsSelect::set_index_max>},
    {"NotBefore", Time<&proto::ConstraintsSelect::set_not_before>},
    {"Before", Time<&proto::ConstraintsSelect::set_before>},
    {"PageKey", Binary<&proto::ConstraintsSelect::mutable_page_key>},
    {"ExcludeUpdated", Bool<&proto::ConstraintsSelect::set_exclude_updated>},
    {"ExcludeDeleted", Bool<&proto::ConstraintsSelect::set_exclude_deleted>},
    {"ExcludeRead", Bool<&proto::ConstraintsSelect::set_exclude_read>},
};
constexpr Structure<proto::ConstraintsSelect> kSelect{"ConstraintsSelect", kSelectMembers};

constexpr Member<proto::ConstraintsData> kDataMembers[] = {
    {"MaxEntries", Count<&proto::ConstraintsData::set_max_entries>},
    {"BytesOffset", Count<&proto::ConstraintsData::set_bytes_offset>},
    {"BytesMax", Count<&proto::ConstraintsData::set_bytes_max>},
    {"Header", Bool<&proto::ConstraintsData::set_header>},
    {"Payload", Bool<&proto::ConstraintsData::set_payload>},
    {"Trailer", Bool<&proto::ConstraintsData::set_trailer>},
};
constexpr Structure<proto::ConstraintsData> kData{"ConstraintsData", kDataMembers};

bool ReadEnvelopes(DecodeContext& context, proto::ContainerUpdate& update) {
  return ReadArray(context, "Envelopes", kEntriesPerRequestMax,
                   [&] { return ReadEntry(context, update.add_envelopes()); });
}

constexpr Member<proto::ContainerUpdate> kContainerStatusMembers[] = {
    {"Container", Container<&proto::ContainerUpdate::mutable_container>},
    {"Index", Count<&proto::ContainerUpdate::set_index>},
    {"Digest", Binary<&proto::ContainerUpdate::mutable_digest>},
};
constexpr Structure<proto::ContainerUpdate> kContainerStatus{"ContainerStatus",
                                                             kContainerStatusMembers};
constexpr Member<proto::ContainerUpdate> kUpdateMembers[] = {{"Envelopes", ReadEnvelopes}};
constexpr Structure<proto::ContainerUpdate> kUpdate{"ContainerUpdate", kUpdateMembers,
                                                    &kContainerStatus};

// --- Requests ----------------------------------------------------------------------

// The caller is established by authentication; what it says of itself is checked
// for form only.
bool ReadDeviceProfile(DecodeContext& context, Target&) {
  std::string text;
  return ReadEnvelopeText(context, &text);
}

constexpr Member<Target> kUserMembers[] = {{"Account", ReadAccount},
                                           {"DeviceProfile", ReadDeviceProfile}};
constexpr Structure<Target> kUser{"MeshRequestUser", kUserMembers};

constexpr Structure<Target> kHello{"HelloRequest", {}};

constexpr Member<Target> kCreateMembers[] = {
    {"AccountAddress", ReadAccount},
    {"SignedProfileMesh",
     [](DecodeContext& context, Target& target) {
       return ReadEnvelopeText(context,
                               target.request.mutable_create()->mutable_signed_profile_mesh());
     }},
    {"SignedAssertionAccount",
     [](DecodeContext& context, Target& target) {
       return ReadEnvelopeText(context,
                               target.request.mutable_create()->mutable_signed_assertion_account());
     }},
};
constexpr Structure<Target> kCreate{"CreateRequest", kCreateMembers};

constexpr Structure<Target> kDelete{"DeleteRequest", {}, &kUser};

template <typename Add>
bool ReadNames(DecodeContext& context, std::string_view member, Add add) {
  return ReadArray(context, member, kUpdatesPerRequestMax,
                   [&] { return ReadContainerName(context, add()); });
}

constexpr Member<Target> kStatusMembers[] = {
    {"DeviceUDF",
     [](DecodeContext& context, Target& target) {
       return context.reader.String(target.request.mutable_status()->mutable_device_udf());
     }},
    {"ProfileMasterDigest",
     [](DecodeContext& context, Target& target) {
       return context.reader.Binary(
           target.request.mutable_status()->mutable_profile_master_digest());
     }},
    {"Catalogs",
     [](DecodeContext& context, Target& target) {
       return ReadNames(context, "Catalogs",
                        [&] { return target.request.mutable_status()->add_catalogs(); });
     }},
    {"Spools",
     [](DecodeContext& context, Target& target) {
       return ReadNames(context, "Spools",
                        [&] { return target.request.mutable_status()->add_spools(); });
     }},
};
constexpr Structure<Target> kStatus{"StatusRequest", kStatusMembers, &kUser};

bool ReadSelect(DecodeContext& context, proto::ConstraintsSelect* select) {
  if (!ReadObject(context, kSelect, *select)) return false;
  if (!select->page_key().empty()) return true;  // It says which container.
  return context.Check(CheckContainerName(select->container()));
}

constexpr Member<Target> kDownloadMembers[] = {
    {"Select",
     [](DecodeContext& context, Target& target) {
       return ReadArray(context, "Select", kUpdatesPerRequestMax, [&] {
         return ReadSelect(context, target.request.mutable_download()->add_select());
       });
     }},
    {"ConstraintsPost",
     [](DecodeContext& context, Target& target) {
       return ReadObject(context, kData, *target.request.mutable_download()->mutable_constraints());
     }},
};
constexpr Structure<Target> kDownload{"DownloadRequest", kDownloadMembers, &kUser};

bool ReadUpdate(DecodeContext& context, proto::ContainerUpdate* update) {
  if (!ReadObject(context, kUpdate, *update)) return false;
  if (!context.Check(CheckContainerName(update->container()))) return false;
  for (proto::Envelope& entry : *update->mutable_envelopes()) {
    if (!DescribeEntry(context, update->container(), &entry)) return false;
  }
  return true;
}

constexpr Member<Target> kUploadMembers[] = {
    {"Updates",
     [](DecodeContext& context, Target& target) {
       return ReadArray(context, "Updates", kUpdatesPerRequestMax, [&] {
         return ReadUpdate(context, target.request.mutable_upload()->add_updates());
       });
     }},
    {"Self",
     [](DecodeContext& context, Target& target) {
       return ReadArray(context, "Self", kEntriesPerRequestMax, [&] {
         return ReadEntry(context, target.request.mutable_upload()->add_self());
       });
     }},
};
constexpr Structure<Target> kUpload{"UploadRequest", kUploadMembers, &kUser};

constexpr Member<Target> kCreateGroupMembers[] = {
    {"AccountAddress", ReadAccount},
    {"SignedProfileGroup",
     [](DecodeContext& context, Target& target) {
       return ReadEnvelopeText(
           context, target.request.mutable_create_group()->mutable_signed_profile_group());
     }},
};
constexpr Structure<Target> kCreateGroup{"CreateGroupRequest", kCreateGroupMembers};

// --- Transactions --------------------------------------------------------------------

constexpr Served kServed[] = {
    {Transaction::kHello, &kHello, [](proto::PartitionRequest&) {}, NothingToCheck},
    {Transaction::kCreateAccount, &kCreate,
     [](proto::PartitionRequest& request) { request.mutable_create(); },
     [](const Target& target) {
       return CheckCreate(target.decoded.account, target.request.mutable_create());
     }},
    {Transaction::kDeleteAccount, &kDelete,
     [](proto::PartitionRequest& request) { request.mutable_delete_(); }, NothingToCheck},
    {Transaction::kStatus, &kStatus,
     [](proto::PartitionRequest& request) { request.mutable_status(); }, NothingToCheck},
    {Transaction::kDownload, &kDownload,
     [](proto::PartitionRequest& request) { request.mutable_download(); },
     [](const Target& target) {
       return target.request.download().select_size() > 0
                  ? Status()
                  : InvalidArgument("Select: missing; expected at least one selection");
     }},
    {Transaction::kUpload, &kUpload,
     [](proto::PartitionRequest& request) { request.mutable_upload(); }, NothingToCheck},
    {Transaction::kCreateGroup, &kCreateGroup,
     [](proto::PartitionRequest& request) { request.mutable_create_group(); },
     [](const Target& target) {
       return CheckCreateGroup(target.decoded.account, target.request.mutable_create_group());
     }},
};

std::array<std::span<const Served>, 4> Groups() {
  return {AccountRequests(), ConnectRequests(), PostRequests(), OperateRequests()};
}

// Every transaction has its row.
const Served& RowOf(Transaction transaction) {
  const Served* row = nullptr;
  for (const std::span<const Served> group : Groups()) {
    for (const Served& served : group) {
      if (served.transaction == transaction) row = &served;
    }
  }
  MESH_CHECK(row != nullptr);
  return *row;
}

bool FindTransaction(std::string_view tag, Transaction* transaction) {
  for (size_t i = 0; i < kTransactionCount; ++i) {
    *transaction = static_cast<Transaction>(i);
    if (RequestTag(*transaction) == tag) return true;
  }
  return false;
}

Status CheckAccount(const std::string& account) {
  if (account.empty()) return Status();
  const Result<AccountAddress> address = AccountAddress::Parse(account);
  return address.ok() ? Status() : address.status();
}

bool ReadRequest(DecodeContext& context, DecodedRequest* decoded) {
  const Served& served = RowOf(decoded->transaction);
  auto request = std::make_unique<proto::PartitionRequest>();
  served.begin(*request);
  Target target{*decoded, *request};
  if (!ReadObject(context, *served.structure, target)) return false;
  if (!context.Check(CheckAccount(decoded->account))) return false;
  if (!context.Check(served.check(target))) return false;
  request->set_lenient_index(!context.options.strict);
  if (decoded->transaction != Transaction::kHello) decoded->request = std::move(request);
  return true;
}

// Reads the tag and fills the transaction of `failure`, so that it is there
// whatever is wrong after it.
bool ReadTag(DecodeContext& context, DecodedRequest* decoded, DecodeFailure* failure) {
  std::string_view tag;
  if (!context.reader.BeginObject()) return false;
  if (!context.reader.NextMember(&tag)) {
    return context.reader.Fail("expected one member, named after a transaction");
  }
  if (!FindTransaction(tag, &decoded->transaction)) {
    return context.reader.Fail(
        "unknown transaction; expected Hello, CreateAccount, DeleteAccount, Complete, Status, "
        "Download, Upload, Publish, Post, Connect, Claim, PollClaim, CreateGroup or Operate");
  }
  failure->transaction_known = true;
  failure->transaction = decoded->transaction;
  if (context.options.only_hello && decoded->transaction != Transaction::kHello) {
    return context.Refuse(
        Status(Code::kUnauthenticated, "only Hello is served to a caller who is not known"));
  }
  return true;
}

bool ReadEnd(DecodeContext& context) {
  std::string_view name;
  if (context.reader.NextMember(&name)) {
    return context.reader.Fail("expected one transaction in a request");
  }
  return context.reader.Finish();
}

}  // namespace

std::span<const Served> AccountRequests() { return kServed; }

bool DecodeRequest(std::string_view json, const DecodeOptions& options, DecodedRequest* request,
                   DecodeFailure* failure) {
  json::Options json_options;
  json_options.tolerant_base64 = !options.strict;
  json_options.json_b = options.json_b;
  json::Reader reader(json, json_options);
  DecodeContext context{
      reader, options,
      options.message_bytes_max == 0 ? kMessageBytesMax : options.message_bytes_max};
  *request = DecodedRequest();
  *failure = DecodeFailure();
  if (ReadTag(context, request, failure) && ReadRequest(context, request) && ReadEnd(context)) {
    return true;
  }
  failure->status = context.status();
  return false;
}

void AppendRequestRows(std::vector<MemberRow>* rows) {
  AppendRows(kSelect, true, rows);
  AppendRows(kData, true, rows);
  AppendRows(kContainerStatus, true, rows);
  AppendRows(kUpdate, true, rows);
  AppendRows(kUser, true, rows);
  for (const std::span<const Served> group : Groups()) {
    for (const Served& served : group) AppendRows(*served.structure, true, rows);
  }
  AppendOperationRows(rows);
}

}  // namespace mesh
