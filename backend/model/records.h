// The persisted records as the model handles them: plain values in place of the
// messages of proto/record.proto, and the octets they stand for.
//
// PERSISTENT: what Encode writes is on disk; records_test.cc pins it. Every
// Decode answers kDataLoss for octets that Encode cannot have written.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/dare/merkle_tree.h"
#include "common/mesh/profile.h"

namespace mesh::proto {
class Publication;
enum Event : int;
enum SpoolState : int;
}  // namespace mesh::proto

namespace mesh::backend {

// What an account uses of its quotas. Every account has one; it is read by every
// transaction, so it is small.
struct Usage {
  uint64_t bytes = 0;
  uint64_t entries = 0;
  uint32_t containers = 0;
  uint32_t next_container = 1;
  uint32_t pending_uploads = 0;
  uint64_t incarnation = 0;
  uint32_t members = 0;  // Devices in the account.
  // Connections asked for within the hour, counted from 1970, that is named.
  uint32_t connect_hour = 0;
  uint32_t connect_requests = 0;
  uint32_t outbox_entries = 0;
  // Messages from strangers within the hour, counted from 1970, that is named.
  uint32_t stranger_hour = 0;
  uint32_t stranger_messages = 0;

  bool operator==(const Usage&) const = default;

  std::string Encode() const;
  static Result<Usage> Decode(std::string_view octets);
};

// A device that is in the account.
struct Member {
  std::string unique_id;  // Of its entry in mmm_Device: the UDF of its ProfileDevice.
  std::string connection_digest;
  // That of the account's AccountRecord; empty: the record is older than this member.
  std::string profile_account_digest;
  bool limited = false;  // To `permissions`; else it may use everything.
  std::vector<Permission> permissions;

  std::string Encode() const;
  static Result<Member> Decode(std::string_view octets);
};

// The head of a container.
struct ContainerHead {
  uint32_t number = 0;
  dare::MerkleFrontier frontier;  // Its frames are the container's frames.
  bool service_made = false;
  uint64_t bytes = 0;
  WallMillis last_received = 0;

  uint64_t next_index() const { return frontier.frames(); }
  std::string Encode() const;
  static Result<ContainerHead> Decode(std::string_view octets);
};

// What must be known of a publication when it is claimed.
struct Publication {
  std::string authenticator;
  std::optional<WallMillis> not_on_or_after;

  static Publication Of(const proto::Publication& publication);
};

// What later transactions did to an entry. The numbers are in State keys.
enum class EntryState : uint8_t {
  kCurrent = 0,  // Latest of its UniqueID, without one, or an unread message.
  kPassed = 1,   // Updated by a later entry, or a message that was read.
  kGone = 2,     // Deleted by a later entry, or a message that was closed.
};

struct Entry {
  Entry();

  WallMillis received = 0;
  proto::Event event;          // NONE in spools.
  proto::Event superseded_by;  // NONE, UPDATE or DELETE; NONE in spools.
  proto::SpoolState spool_state;
  uint32_t payload_bytes = 0;
  std::string tree_digest;
  std::string payload_digest;
  std::string envelope_id;
  std::string unique_id;
  std::string message_type;
  std::vector<std::string> connection_digests;
  std::vector<std::string> members;            // Devices that are in the account by this entry.
  std::string profile_device_udf;              // See proto::Envelope.
  std::optional<Publication> publication;      // See proto::Envelope.
  std::vector<std::string> contact_addresses;  // Counted among the account's contacts.
  std::string authentication_id;               // See proto::Envelope.

  EntryState state() const;
  std::string Encode() const;
  static Result<Entry> Decode(std::string_view octets);
};

}  // namespace mesh::backend
