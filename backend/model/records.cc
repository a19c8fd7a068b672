#include "backend/model/records.h"

#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

Status Damaged(std::string_view what) {
  return Status(Code::kDataLoss, "a stored " + std::string(what) + " cannot be read");
}

}  // namespace

std::string Usage::Encode() const {
  proto::UsageRecord record;
  record.set_bytes(bytes);
  record.set_entries(entries);
  record.set_containers(containers);
  record.set_next_container(next_container);
  record.set_pending_uploads(pending_uploads);
  record.set_incarnation(incarnation);
  record.set_members(members);
  record.set_connect_hour(connect_hour);
  record.set_connect_requests(connect_requests);
  record.set_outbox_entries(outbox_entries);
  record.set_stranger_hour(stranger_hour);
  record.set_stranger_messages(stranger_messages);
  return record.SerializeAsString();
}

Result<Usage> Usage::Decode(std::string_view octets) {
  proto::UsageRecord record;
  if (!record.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) {
    return Damaged("account usage");
  }
  Usage usage;
  usage.bytes = record.bytes();
  usage.entries = record.entries();
  usage.containers = record.containers();
  usage.next_container = record.next_container();
  usage.pending_uploads = record.pending_uploads();
  usage.incarnation = record.incarnation();
  usage.members = record.members();
  usage.connect_hour = record.connect_hour();
  usage.connect_requests = record.connect_requests();
  usage.outbox_entries = record.outbox_entries();
  usage.stranger_hour = record.stranger_hour();
  usage.stranger_messages = record.stranger_messages();
  return usage;
}

std::string Member::Encode() const {
  proto::MemberRecord record;
  record.set_unique_id(unique_id);
  record.set_connection_digest(connection_digest);
  record.set_profile_account_digest(profile_account_digest);
  record.set_limited(limited);
  for (const Permission& permission : permissions) {
    proto::Permission* stored = record.add_permissions();
    stored->set_container(permission.container);
    stored->set_write(permission.write);
  }
  return record.SerializeAsString();
}

Result<Member> Member::Decode(std::string_view octets) {
  proto::MemberRecord record;
  if (!record.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) {
    return Damaged("member");
  }
  Member member;
  member.unique_id = std::move(*record.mutable_unique_id());
  member.connection_digest = std::move(*record.mutable_connection_digest());
  member.profile_account_digest = std::move(*record.mutable_profile_account_digest());
  member.limited = record.limited();
  for (const proto::Permission& stored : record.permissions()) {
    member.permissions.push_back({stored.container(), stored.write()});
  }
  return member;
}

std::string ContainerHead::Encode() const {
  proto::ContainerRecord record;
  record.set_number(number);
  record.set_next_index(next_index());
  record.set_frontier(frontier.Serialize());
  record.set_tree_digest(std::string(frontier.digest()));
  record.set_service_made(service_made);
  record.set_bytes(bytes);
  record.set_last_received(last_received);
  return record.SerializeAsString();
}

Result<ContainerHead> ContainerHead::Decode(std::string_view octets) {
  proto::ContainerRecord record;
  if (!record.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) {
    return Damaged("container head");
  }
  ContainerHead head;
  MESH_ASSIGN(head.frontier, dare::MerkleFrontier::Restore(record.frontier()));
  if (head.frontier.frames() != record.next_index() ||
      head.frontier.digest() != record.tree_digest()) {
    return Damaged("container head");
  }
  head.number = record.number();
  head.service_made = record.service_made();
  head.bytes = record.bytes();
  head.last_received = record.last_received();
  return head;
}

Publication Publication::Of(const proto::Publication& record) {
  Publication publication;
  publication.authenticator = record.authenticator();
  if (record.has_not_on_or_after()) publication.not_on_or_after = record.not_on_or_after();
  return publication;
}

Entry::Entry()
    : event(proto::EVENT_NONE),
      superseded_by(proto::EVENT_NONE),
      spool_state(proto::SPOOL_STATE_UNREAD) {}

EntryState Entry::state() const {
  if (superseded_by == proto::EVENT_DELETE || spool_state == proto::SPOOL_STATE_CLOSED) {
    return EntryState::kGone;
  }
  if (superseded_by == proto::EVENT_UPDATE || spool_state == proto::SPOOL_STATE_READ) {
    return EntryState::kPassed;
  }
  return EntryState::kCurrent;
}

std::string Entry::Encode() const {
  proto::EntryRecord record;
  record.set_received(received);
  record.set_event(event);
  record.set_tree_digest(tree_digest);
  record.set_payload_digest(payload_digest);
  record.set_payload_bytes(payload_bytes);
  record.set_envelope_id(envelope_id);
  record.set_unique_id(unique_id);
  record.set_message_type(message_type);
  record.set_superseded_by(superseded_by);
  record.set_state(spool_state);
  for (const std::string& digest : connection_digests) record.add_connection_digests(digest);
  for (const std::string& member : members) record.add_members(member);
  record.set_profile_device_udf(profile_device_udf);
  for (const std::string& address : contact_addresses) record.add_contact_addresses(address);
  if (publication) {
    record.mutable_publication()->set_authenticator(publication->authenticator);
    if (const auto& end = publication->not_on_or_after) {
      record.mutable_publication()->set_not_on_or_after(*end);
    }
  }
  record.set_authentication_id(authentication_id);
  return record.SerializeAsString();
}

Result<Entry> Entry::Decode(std::string_view octets) {
  proto::EntryRecord record;
  if (!record.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) {
    return Damaged("entry");
  }
  Entry entry;
  entry.received = record.received();
  entry.event = record.event();
  entry.superseded_by = record.superseded_by();
  entry.spool_state = record.state();
  entry.payload_bytes = record.payload_bytes();
  entry.tree_digest = std::move(*record.mutable_tree_digest());
  entry.payload_digest = std::move(*record.mutable_payload_digest());
  entry.envelope_id = std::move(*record.mutable_envelope_id());
  entry.unique_id = std::move(*record.mutable_unique_id());
  entry.message_type = std::move(*record.mutable_message_type());
  entry.connection_digests.assign(record.connection_digests().begin(),
                                  record.connection_digests().end());
  entry.members.assign(record.members().begin(), record.members().end());
  entry.profile_device_udf = std::move(*record.mutable_profile_device_udf());
  entry.contact_addresses.assign(record.contact_addresses().begin(),
                                 record.contact_addresses().end());
  if (record.has_publication()) entry.publication = Publication::Of(record.publication());
  entry.authentication_id = std::move(*record.mutable_authentication_id());
  return entry;
}

}  // namespace mesh::backend
