#include "common/mesh/transaction_codec.h"

#include <array>

#include "common/base/check.h"
#include "common/mesh/member_table.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

struct Tags {
  Transaction transaction;
  std::string_view request;
  std::string_view response;
};

constexpr std::array<Tags, kTransactionCount> kTags = {{
    {Transaction::kHello, "Hello", "MeshHelloResponse"},
    {Transaction::kCreateAccount, "CreateAccount", "CreateResponse"},
    {Transaction::kDeleteAccount, "DeleteAccount", "DeleteResponse"},
    {Transaction::kComplete, "Complete", "CompleteResponse"},
    {Transaction::kStatus, "Status", "StatusResponse"},
    {Transaction::kDownload, "Download", "DownloadResponse"},
    {Transaction::kUpload, "Upload", "UploadResponse"},
    {Transaction::kPublish, "Publish", "PublishResponse"},
    {Transaction::kPost, "Post", "PostResponse"},
    {Transaction::kConnect, "Connect", "ConnectResponse"},
    {Transaction::kClaim, "Claim", "ClaimResponse"},
    {Transaction::kPollClaim, "PollClaim", "PollClaimResponse"},
    {Transaction::kCreateGroup, "CreateGroup", "CreateGroupResponse"},
    {Transaction::kOperate, "Operate", "OperateResponse"},
}};

const Tags& TagsOf(Transaction transaction) {
  const auto index = static_cast<size_t>(transaction);
  MESH_CHECK(index < kTags.size() && kTags[index].transaction == transaction);
  return kTags[index];
}

}  // namespace

DecodedRequest::DecodedRequest() = default;
DecodedRequest::DecodedRequest(DecodedRequest&&) noexcept = default;
DecodedRequest& DecodedRequest::operator=(DecodedRequest&&) noexcept = default;
DecodedRequest::~DecodedRequest() = default;

std::string_view RequestTag(Transaction transaction) { return TagsOf(transaction).request; }
std::string_view ResponseTag(Transaction transaction) { return TagsOf(transaction).response; }

std::vector<MemberRow> MemberRows() {
  std::vector<MemberRow> rows;
  AppendRequestRows(&rows);
  AppendReplyRows(&rows);
  AppendHelloRows(&rows);
  return rows;
}

}  // namespace mesh
