#include "tests/unit/common/client/fake_service.h"

#include <algorithm>
#include <utility>

#include "common/dare/header.h"
#include "common/dare/merkle_tree.h"
#include "common/dare/signature.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace mesh::client {
namespace {

std::string ErrorText(Transaction transaction, const ResultCode& code, std::string_view detail) {
  std::string out;
  EncodeResult(&transaction, code, detail, {true}, &out);
  return out;
}

dare::Envelope FromProto(const proto::Envelope& in) {
  dare::Envelope out;
  out.header = in.header();
  out.payload = in.payload();
  out.trailer = in.trailer();
  return out;
}

}  // namespace

std::string FakeService::TreeDigest(const std::string& container) const {
  const auto it = containers_.find(container);
  dare::MerkleFrontier frontier;
  if (it == containers_.end() || !digests_) return "";
  for (const dare::Envelope& frame : it->second) {
    frontier.Append(dare::PayloadDigest(frame.payload));
  }
  return std::string(frontier.digest());
}

Result<HttpReply> FakeService::Post(std::string_view, const HttpHeaders& headers,
                                    std::string_view body, Deadline) {
  ++posts_;
  last_headers_ = headers;
  last_body_ = body;
  json_b_ = std::any_of(headers.begin(), headers.end(),
                        [](const auto& header) { return header.second == "application/json-b"; });
  Fault fault = Fault::kNone;
  if (!faults_.empty()) {
    fault = faults_.front();
    faults_.erase(faults_.begin());
  }
  switch (fault) {
    case Fault::kUnreachable:
      return Status(Code::kUnavailable, "cannot reach the service");
    case Fault::kBusy:
      return HttpReply{200, ErrorText(Transaction::kStatus, kBusy, "later")};
    case Fault::kLostReply:
      (void)Answer(body);
      return Status(Code::kDeadlineExceeded, "no answer");
    case Fault::kHttpError:
      return HttpReply{421, "misdirected"};
    case Fault::kNonsense:
      return HttpReply{200, "{\"Something\":{}}"};
    case Fault::kNone:
      break;
  }
  return HttpReply{200, Answer(body)};
}

void FakeService::Create(const proto::CreateRequest& request) {
  account_ = request.account_address();
  profile_mesh_ = request.signed_profile_mesh();
}

void FakeService::FillStatus(proto::StatusResponse* status) const {
  status->set_enveloped_profile_master(profile_mesh_);
  for (const auto& [name, frames] : containers_) {
    proto::ContainerStatus* const container = status->add_container_status();
    container->set_container(name);
    container->set_index(static_cast<int64_t>(frames.size()));
    container->set_digest(TreeDigest(name));
  }
}

void FakeService::FillPage(const proto::ConstraintsSelect& select, proto::DownloadUpdate* update) {
  const std::vector<dare::Envelope>& all = containers_[select.container()];
  update->set_container(select.container());
  update->set_index(static_cast<int64_t>(all.size()));
  update->set_digest(TreeDigest(select.container()));
  std::vector<Frame> page;
  const auto first = static_cast<size_t>(std::max<int64_t>(0, select.index_min()));
  for (size_t i = first; i < all.size() && page.size() < page_; ++i) {
    page.push_back({static_cast<int64_t>(i), all[i]});
  }
  if (tamper_) tamper_(&page);
  for (const Frame& frame : page) {
    proto::StoredEnvelope* const stored = update->add_envelopes();
    stored->set_header(frame.envelope.header);
    stored->set_payload(frame.envelope.payload);
    stored->set_trailer(frame.envelope.trailer);
    stored->set_index(frame.index);
  }
}

bool FakeService::Conflicts(const proto::UploadRequest& upload) {
  for (const proto::ContainerUpdate& update : upload.updates()) {
    const auto have = static_cast<int64_t>(containers_[update.container()].size());
    if (strict_index_ && update.has_index() && update.index() != have) return true;
  }
  return false;
}

void FakeService::Store(const proto::UploadRequest& upload, proto::UploadResponse* response) {
  const bool conflict = Conflicts(upload);
  for (const proto::ContainerUpdate& update : upload.updates()) {
    for (const proto::Envelope& envelope : update.envelopes()) {
      proto::EntryResponse* const entry = response->add_entries();
      entry->set_index_request(response->entries_size() - 1);
      entry->set_result(conflict ? proto::RESULT_CONFLICT : proto::RESULT_ACCEPT);
      if (!conflict) containers_[update.container()].push_back(FromProto(envelope));
    }
  }
}

std::string FakeService::Answer(std::string_view body) {
  DecodedRequest decoded;
  DecodeFailure failure;
  DecodeOptions options;
  options.strict = false;
  options.json_b = json_b_;
  if (!DecodeRequest(body, options, &decoded, &failure)) {
    return ErrorText(failure.transaction, kMalformed, failure.status.message());
  }
  proto::PartitionReply reply;
  reply.set_mesh_status(201);
  switch (decoded.transaction) {
    case Transaction::kHello:
      return "{\"MeshHelloResponse\":{\"Status\":201}}";
    case Transaction::kCreateAccount:
      if (!account_.empty()) return ErrorText(decoded.transaction, kAlreadyRegistered, "");
      Create(decoded.request->create());
      reply.mutable_create();
      break;
    case Transaction::kDeleteAccount:
      account_.clear();
      containers_.clear();
      reply.mutable_delete_();
      break;
    case Transaction::kStatus:
      FillStatus(reply.mutable_status());
      break;
    case Transaction::kDownload:
      for (const proto::ConstraintsSelect& select : decoded.request->download().select()) {
        FillPage(select, reply.mutable_download()->add_updates());
      }
      break;
    case Transaction::kUpload:
      if (before_upload_) before_upload_();
      Store(decoded.request->upload(), reply.mutable_upload());
      break;
    default:
      return ErrorText(decoded.transaction, kUnsupported, "");
  }
  std::string out;
  EncodeReply(decoded.transaction, reply, {true, json_b_ ? json::Form::kJsonB : json::Form::kText},
              &out);
  return out;
}

}  // namespace mesh::client
