// The requests and replies of the transactions as a client sees them (draft -06
// §10). Values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"

namespace mesh::client {

// ConstraintsData (§10.4.3): what the service accepts, or what a client wants.
struct DataConstraints {
  std::optional<int64_t> max_entries;
  std::optional<int64_t> bytes_offset;
  std::optional<int64_t> bytes_max;
  std::optional<bool> header;
  std::optional<bool> payload;
  std::optional<bool> trailer;
};

// --- Hello (§10.5) ------------------------------------------------------------

struct HelloReply {
  int64_t major = 0;
  int64_t minor = 0;
  std::vector<std::string> encodings;
  DataConstraints constraints_update;
  DataConstraints constraints_post;
  std::optional<int64_t> account_minimum;  // PolicyAccount: characters of a local part.
  std::optional<int64_t> account_maximum;
  std::string account_invalid_characters;
  std::optional<dare::Envelope> profile_service;
  std::optional<dare::Envelope> profile_host;
  std::optional<dare::Envelope> connection_host;  // In an enveloped Hello.
};

// --- CreateAccount (§10.6) ------------------------------------------------------

struct CreateRequest {
  std::string account_address;
  dare::Envelope profile_mesh;
  dare::Envelope profile_account;
};
struct CreateReply {
  std::string reason;
  std::string url;
  std::string direct_host;  // As in StatusReply.
};

// --- Status (§10.9) -------------------------------------------------------------

// A container as the service has it. `frames` is what the wire calls Index: a count.
struct ContainerState {
  std::string container;
  int64_t frames = 0;
  std::string digest;  // Tree digest, 64 octets; empty when the service sent none.
};

struct StatusRequest {
  std::string device_udf;
  std::string profile_master_digest;
  std::vector<std::string> catalogs;
  std::vector<std::string> spools;
  std::string account = {};  // The one acted on; empty: the caller's own.
};
struct StatusReply {
  std::optional<dare::Envelope> profile_master;
  std::optional<dare::Envelope> device_entry;
  std::vector<ContainerState> containers;
  // Where the host of the account can be reached without a front end, host or host:port; empty:
  // nowhere.
  std::string direct_host;
};

// --- Download (§10.10) ------------------------------------------------------------

// ConstraintsSelect (§10.4.2).
struct Selection {
  std::string container;
  std::optional<int64_t> index_min;
  std::optional<int64_t> index_max;
  std::optional<WallMillis> not_before;
  std::optional<WallMillis> before;
  std::string page_key;  // Octets, as the service gave them.
};
struct DownloadRequest {
  std::vector<Selection> select;
  std::optional<DataConstraints> constraints;
  std::string account = {};  // As in StatusRequest.
};
struct DownloadedContainer {
  ContainerState state;
  std::vector<dare::Envelope> envelopes;
  std::string page_key;  // Octets. Not empty: more follows.
};
struct DownloadReply {
  std::vector<DownloadedContainer> updates;
};

// --- Upload (§10.11) ----------------------------------------------------------------

// ContainerUpdate (§10.4.6).
struct ContainerUpdate {
  std::string container;
  std::optional<int64_t> index;  // The next index, when that is a condition.
  std::string digest;            // The tree digest before it; empty: no condition.
  std::vector<dare::Envelope> envelopes;
};
struct UploadRequest {
  std::vector<ContainerUpdate> updates;
  std::vector<dare::Envelope> self;
  std::string account = {};  // As in StatusRequest.
};
struct EntryResponse {
  int64_t index_request = 0;
  std::optional<int64_t> index_container;
  std::string result;  // "Accept", "Reject" or "Conflict".
  std::string error;   // Of a Post: why it was rejected.
};
struct UploadReply {
  std::vector<EntryResponse> entries;
  std::optional<DataConstraints> constraints;
};

// --- CreateGroup (§10.17) -----------------------------------------------------------

struct CreateGroupRequest {
  std::string account_address;
  dare::Envelope profile_group;
};

// --- Operate (§10.18) ---------------------------------------------------------------

// CryptographicOperationKeyAgreement.
struct KeyAgreementOperation {
  std::string key_id;
  crypto::PublicKey point;
  std::string coefficient;  // A little-endian number; empty: one.
};
struct OperateRequest {
  std::string account_address;  // Whose capabilities are used.
  std::vector<KeyAgreementOperation> operations;
};
struct OperateResult {
  std::string error;  // Empty: `point` is there.
  std::optional<crypto::PublicKey> point;
};
struct OperateReply {
  std::vector<OperateResult> results;  // One for each operation.
};

// --- Connect, Complete (§10.14, §10.8) ------------------------------------------------

struct ConnectReply {
  std::optional<dare::Envelope> acknowledge;
  std::optional<dare::Envelope> profile_mesh;
  std::optional<dare::Envelope> profile_account;
};

// --- Post (§10.13) ----------------------------------------------------------------------

struct PostRequest {
  std::vector<std::string> accounts;  // None: to the caller's own mmm_Local.
  std::vector<dare::Envelope> messages;
  std::vector<dare::Envelope> self;
};

}  // namespace mesh::client
