#include "backend/model/container.h"

#include <algorithm>

#include "backend/model/correspondents.h"
#include "backend/model/members.h"
#include "common/crypto/digest.h"
#include "common/mesh/container_name.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// What a container says of itself when no client has: the content type that the
// reference gives to all of its containers. Base64url of {"cty":"application/mmm-catalog"}.
constexpr std::string_view kFrameZeroHeader =
    R"({"ContentMetaData":"eyJjdHkiOiJhcHBsaWNhdGlvbi9tbW0tY2F0YWxvZyJ9"})";

proto::Envelope ServiceFrameZero() {
  proto::Envelope envelope;
  envelope.set_header(std::string(kFrameZeroHeader));
  envelope.set_client_index(0);
  envelope.set_payload_digest(std::string(crypto::Sha512("").view()));
  return envelope;
}

uint64_t BytesOf(const proto::Envelope& envelope) {
  return envelope.header().size() + envelope.payload().size() + envelope.trailer().size();
}

Entry EntryOf(const proto::Envelope& envelope, bool spool) {
  Entry entry;
  entry.event = spool ? proto::EVENT_NONE : envelope.event();
  entry.payload_bytes = static_cast<uint32_t>(envelope.payload().size());
  entry.payload_digest = envelope.payload_digest();
  entry.envelope_id = envelope.envelope_id();
  entry.unique_id = envelope.unique_id();
  entry.message_type = envelope.message_type();
  entry.connection_digests.assign(envelope.connection_digests().begin(),
                                  envelope.connection_digests().end());
  entry.profile_device_udf = envelope.profile_device_udf();
  if (envelope.has_publication()) entry.publication = Publication::Of(envelope.publication());
  entry.authentication_id = envelope.authentication_id();
  return entry;
}

std::string EncodePayload(const proto::Envelope& envelope) {
  proto::PayloadRecord record;
  record.set_header(envelope.header());
  record.set_payload(envelope.payload());
  record.set_trailer(envelope.trailer());
  record.set_sealed(envelope.payload_sealed());
  return record.SerializeAsString();
}

}  // namespace

bool IsFrameZero(const proto::Envelope& envelope) {
  return envelope.has_client_index() && envelope.client_index() == 0 &&
         envelope.event() == proto::EVENT_NONE && envelope.unique_id().empty() &&
         envelope.payload().empty() && !envelope.redacted();
}

Container::Container(const Account& account, std::string_view name)
    : name_(name), spool_(IsSpool(name)), keys_(account.keys()) {}

Result<Container> Container::Open(const Reader& reader, const Account& account,
                                  std::string_view name) {
  Container container(account, name);
  MESH_ASSIGN(const std::optional<std::string> head,
              reader.Get(ColumnFamily::kIndex, container.keys_.Container(name)));
  if (head) {
    MESH_ASSIGN(container.head_, ContainerHead::Decode(*head));
  }
  return container;
}

Status Container::Make(const AccountPolicy& policy, Account& account, WallMillis now,
                       WriteView& view) {
  MESH_CHECK(!exists());
  MESH_RETURN_IF_ERROR(PrepareFrameZero(policy, account, view));
  const proto::Envelope zero = ServiceFrameZero();
  MESH_RETURN_IF_ERROR(AppendFrame(EntryOf(zero, spool_), zero, policy, account, now, view));
  head_->service_made = true;
  return Status();
}

Result<uint64_t> Container::Append(const proto::Envelope& envelope, const AccountPolicy& policy,
                                   Account& account, WallMillis now, WriteView& view) {
  Entry entry = EntryOf(envelope, spool_);
  if (IsFrameZero(envelope)) {
    MESH_RETURN_IF_ERROR(PrepareFrameZero(policy, account, view));
    MESH_RETURN_IF_ERROR(AppendFrame(std::move(entry), envelope, policy, account, now, view));
    return uint64_t{0};
  }
  if (!exists()) MESH_RETURN_IF_ERROR(Make(policy, account, now, view));
  const uint64_t index = head_->next_index();
  if (spool_) {
    MESH_RETURN_IF_ERROR(ApplyReferences(envelope, view));
  } else {
    MESH_ASSIGN(const std::optional<Entry> superseded, Supersede(envelope, index, view));
    if (name_ == kDeviceCatalog) {
      MESH_ASSIGN(entry.members, ReplaceMembers(envelope, superseded, account, view));
    }
    if (name_ == kContactCatalog) {
      MESH_ASSIGN(entry.contact_addresses, ReplaceContacts(envelope, superseded, keys_, view));
    }
  }
  MESH_RETURN_IF_ERROR(AppendFrame(std::move(entry), envelope, policy, account, now, view));
  return index;
}

// Leaves a container without frames: a new one, or ours whose frame zero a client
// replaces with its own.
Status Container::PrepareFrameZero(const AccountPolicy& policy, Account& account, WriteView& view) {
  if (!exists()) {
    MESH_ASSIGN(const uint32_t number, account.AddContainer(policy, name_, view));
    head_.emplace();
    head_->number = number;
    return Status();
  }
  if (!head_->service_made || head_->next_index() != 1) {
    return Status(Code::kFailedPrecondition,
                  "the container exists: only a new one takes a frame zero");
  }
  account.Refund(1, head_->bytes);
  view.Delete(ColumnFamily::kIndex, keys_.Time(head_->number, head_->last_received, 0));
  ContainerHead head;
  head.number = head_->number;
  head_ = std::move(head);
  return Status();
}

Status Container::AppendFrame(Entry entry, const proto::Envelope& envelope,
                              const AccountPolicy& policy, Account& account, WallMillis now,
                              WriteView& view) {
  const uint64_t bytes = BytesOf(envelope);
  MESH_RETURN_IF_ERROR(account.Charge(policy, 1, bytes));
  const uint64_t index = head_->next_index();
  entry.received = std::max(now, head_->last_received);
  entry.tree_digest = head_->frontier.Append(envelope.payload_digest());
  Index(entry, index, index == 0 || entry.received > head_->last_received, view);
  view.Put(ColumnFamily::kIndex, keys_.Entry(head_->number, index), entry.Encode());
  view.Put(ColumnFamily::kPayload, keys_.Payload(head_->number, index), EncodePayload(envelope));
  head_->bytes += bytes;
  head_->last_received = entry.received;
  return Status();
}

void Container::Save(WriteView& view) const {
  view.Put(ColumnFamily::kIndex, keys_.Container(name_), head_->Encode());
}

Result<ContainerListing> ReadListing(std::string_view value) {
  proto::ContainerRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return Status(Code::kDataLoss, "a stored container head cannot be read");
  }
  ContainerListing listing;
  listing.frames = record.next_index();
  listing.tree_digest = std::move(*record.mutable_tree_digest());
  return listing;
}

}  // namespace mesh::backend
