#include "common/client/group_members.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/dare/header.h"
#include "common/dare/signature.h"
#include "common/mesh/container_name.h"

namespace mesh::client {
namespace {

using Members = std::map<std::string, CatalogedMember>;

Status Unverified(const std::string& what) {
  return Status(Code::kDataLoss, std::string(kMemberCatalog) + ": " + what);
}

// Takes the next frame into account. Frame zero and its like name nobody.
Status Apply(const dare::Envelope& frame, const Group& group, Members* members) {
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(frame.header));
  const std::string& address = header.content_meta.unique_id;
  if (address.empty()) return {};
  if (!dare::VerifySignature(frame, group.signature.public_key()).ok()) {
    return Unverified("the entry of " + address + " is not signed by the group");
  }
  if (header.content_meta.event == "Delete") {
    members->erase(address);
    return {};
  }
  MESH_ASSIGN(CatalogedMember member, ParseCatalogedMember(frame.payload));
  if (member.address != address) return Unverified("an entry is of another address than it says");
  members->insert_or_assign(address, std::move(member));
  return {};
}

// One page of the catalog. Its `page_key` is empty at the end.
Result<DownloadedContainer> ReadPage(ServiceClient& service, const Group& group,
                                     const std::string& page_key) {
  DownloadRequest request;
  request.account = group.address;
  Selection& select = request.select.emplace_back();
  select.container = kMemberCatalog;
  select.index_min = 0;
  select.page_key = page_key;
  MESH_ASSIGN(DownloadReply reply, service.Download(request));
  if (reply.updates.size() == 1) return std::move(reply.updates[0]);
  return Unverified("the service's reply has not one container");
}

UploadRequest To(const Group& group, dare::Envelope capability, dare::Envelope member) {
  UploadRequest upload;
  upload.account = group.address;
  upload.updates.push_back({std::string(kCapabilityCatalog), {}, "", {std::move(capability)}});
  upload.updates.push_back({std::string(kMemberCatalog), {}, "", {std::move(member)}});
  return upload;
}

}  // namespace

Result<std::vector<CatalogedMember>> MembersOf(ServiceClient& service, const Group& group) {
  Members members;
  std::string page_key;
  int64_t frames = 0;
  do {
    MESH_ASSIGN(const DownloadedContainer page, ReadPage(service, group, page_key));
    for (const dare::Envelope& frame : page.envelopes) {
      MESH_RETURN_IF_ERROR(Apply(frame, group, &members));
    }
    frames += static_cast<int64_t>(page.envelopes.size());
    page_key = page.page_key;
  } while (!page_key.empty() && frames < kMemberFramesMax);
  if (!page_key.empty()) return Unverified("it has too many entries to be read");
  std::vector<CatalogedMember> sorted;
  for (auto& [address, member] : members) sorted.push_back(std::move(member));
  return sorted;
}

Status AddMember(ServiceClient& service, const Group& group, const NewMember& member) {
  const Status uploaded = service.Upload(To(group, member.capability, member.member)).status();
  if (uploaded.code() != Code::kAborted) return uploaded;
  return Status(Code::kAlreadyExists,
                "this account is in " + group.address +
                    " already; if it has lost its share: `mesh group remove`, and add it again");
}

Status RemoveMember(ServiceClient& service, const Group& group, std::string_view address) {
  MESH_ASSIGN(const std::vector<CatalogedMember> members, MembersOf(service, group));
  const auto found =
      std::find_if(members.begin(), members.end(),
                   [&](const CatalogedMember& member) { return member.address == address; });
  if (found == members.end()) {
    return Status(Code::kNotFound, std::string(address) + " is not in " + group.address +
                                       "; `mesh group list " + group.address + "` shows who is");
  }
  MESH_ASSIGN(dare::Envelope capability, MakeDeletion(found->service_capability_id, group));
  MESH_ASSIGN(dare::Envelope member, MakeDeletion(address, group));
  return service.Upload(To(group, std::move(capability), std::move(member))).status();
}

}  // namespace mesh::client
