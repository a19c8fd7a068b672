// A partition of one, for stories about transactions: requests go in, replies come
// out, and what was kept is committed to a MemoryStore.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backend/storage/memory_store.h"
#include "backend/transactions/transaction.h"
#include "common/base/bytes.h"
#include "common/base/limits.h"
#include "common/crypto/digest.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "tests/support/fake_clock.h"

namespace mesh::backend {

inline constexpr std::string_view kAlice = "alice@example.com";
inline constexpr std::string_view kBob = "bob@example.com";
inline constexpr std::string_view kContacts = "mmm_Contact";

// --- Entries -----------------------------------------------------------------

inline std::string DigestOf(std::string_view payload) {
  return std::string(crypto::Sha512(payload).view());
}

inline proto::Envelope Plain(std::string_view payload) {
  proto::Envelope envelope;
  envelope.set_header(R"({"ContentMetaData":"e30"})");
  envelope.set_payload(std::string(payload));
  envelope.set_payload_digest(DigestOf(payload));
  return envelope;
}

inline proto::Envelope FrameZero() {
  proto::Envelope envelope = Plain("");
  envelope.set_header(R"({"ContentMetaData":"eyJvdXJzIjoxfQ"})");
  envelope.set_client_index(0);
  return envelope;
}

inline proto::Envelope EventEntry(proto::Event event, std::string_view unique_id,
                                  std::string_view payload) {
  proto::Envelope envelope = Plain(payload);
  envelope.set_event(event);
  envelope.set_unique_id(std::string(unique_id));
  return envelope;
}
inline proto::Envelope New(std::string_view unique_id, std::string_view payload) {
  return EventEntry(proto::EVENT_NEW, unique_id, payload);
}
inline proto::Envelope Update(std::string_view unique_id, std::string_view payload) {
  return EventEntry(proto::EVENT_UPDATE, unique_id, payload);
}
inline proto::Envelope Delete(std::string_view unique_id) {
  return EventEntry(proto::EVENT_DELETE, unique_id, "");
}

inline proto::Envelope Message(std::string_view envelope_id, std::string_view payload) {
  proto::Envelope envelope = Plain(payload);
  envelope.set_envelope_id(std::string(envelope_id));
  envelope.set_trailer("{}");
  return envelope;
}
// A message that says that the message `envelope_id` is now in `state`.
inline proto::Envelope Marks(std::string_view envelope_id, proto::SpoolState state) {
  proto::Envelope envelope = Message("completion", "done");
  proto::Reference* reference = envelope.add_references();
  reference->set_envelope_id(std::string(envelope_id));
  reference->set_state(state);
  return envelope;
}

inline proto::Envelope Redacted(proto::Envelope envelope) {
  envelope.clear_payload();
  envelope.set_redacted(true);
  return envelope;
}

// --- Requests -----------------------------------------------------------------

class UploadBuilder {
 public:
  UploadBuilder& To(std::string_view container, const std::vector<proto::Envelope>& entries) {
    proto::ContainerUpdate* update = upload_.add_updates();
    update->set_container(std::string(container));
    for (const proto::Envelope& entry : entries) *update->add_envelopes() = entry;
    return *this;
  }
  // Of the last container named.
  UploadBuilder& If(int64_t index, std::string_view digest = {}) {
    proto::ContainerUpdate& update = *upload_.mutable_updates(upload_.updates_size() - 1);
    update.set_index(index);
    update.set_digest(std::string(digest));
    return *this;
  }
  UploadBuilder& Self(const proto::Envelope& entry) {
    *upload_.add_self() = entry;
    return *this;
  }
  operator const proto::UploadRequest&() const { return upload_; }  // NOLINT

 private:
  proto::UploadRequest upload_;
};

inline UploadBuilder To(std::string_view container, const std::vector<proto::Envelope>& entries) {
  return UploadBuilder().To(container, entries);
}

inline proto::DownloadRequest Ask(std::string_view container) {
  proto::DownloadRequest download;
  download.add_select()->set_container(std::string(container));
  return download;
}

// --- Callers whose requests are sealed, as the front end describes them ------------

// Of the ProfileAccount that `account` is made with.
inline std::string ProfileDigestOf(std::string_view account) {
  return DigestOf("ProfileAccount of " + std::string(account));
}
// The name of the key that administrators of `account` sign with.
inline std::string AdministratorOf(std::string_view account) {
  return "ADMINISTRATOR-" + std::string(account);
}

inline proto::Caller CallerOf(proto::Caller::Mode mode, std::string_view device_udf) {
  proto::Caller caller;
  caller.set_mode(mode);
  caller.set_device_udf(std::string(device_udf));
  return caller;
}
// A device in an exchange about `account`.
inline proto::Caller ByExchange(std::string_view account, std::string_view device_udf) {
  proto::Caller caller = CallerOf(proto::Caller::PROFILE, device_udf);
  caller.set_account(std::string(account));
  caller.set_profile_account_digest(ProfileDigestOf(account));
  return caller;
}
inline proto::Caller ByTicket(std::string_view account, std::string_view device_udf,
                              uint64_t incarnation) {
  proto::Caller caller = CallerOf(proto::Caller::PROFILE, device_udf);
  caller.set_account(std::string(account));
  caller.set_incarnation(incarnation);
  return caller;
}
inline proto::Caller Administering(proto::Caller caller) {
  caller.set_administrator_udf(AdministratorOf(caller.account()));
  return caller;
}

inline proto::Member& Connect(proto::Envelope& entry, std::string_view account,
                              std::string_view device_udf) {
  proto::Member* member = entry.add_members();
  member->set_device_udf(std::string(device_udf));
  member->set_connection_digest(DigestOf(device_udf));
  member->set_profile_account_digest(ProfileDigestOf(account));
  entry.add_connection_digests(member->connection_digest());
  return *member;
}
// An entry of mmm_Device that connects the device to `account`, as the edge verified it.
inline proto::Envelope DeviceEntry(proto::Event event, std::string_view account,
                                   std::string_view device_udf) {
  const std::string device(device_udf);
  proto::Envelope entry = EventEntry(event, "PROFILE-" + device, "entry of " + device);
  Connect(entry, account, device_udf);
  return entry;
}

// --- The partition ----------------------------------------------------------------

// Octets that anyone can predict, each different from the last.
class CountingRandom final : public crypto::RandomSource {
 public:
  void Fill(std::span<uint8_t> out) override {
    for (uint8_t& octet : out) octet = ++next_;
  }

 private:
  uint8_t next_ = 0;
};

class Bench {
 public:
  // Requests that only the reference's rules would let pass.
  bool lenient = false;
  // Of the caller; by default the account acted on.
  proto::Caller::Mode mode = proto::Caller::REFERENCE;
  std::string device_udf = "MDEV";
  std::string connection_digest;

  proto::PartitionReply Create(std::string_view account) {
    proto::PartitionRequest request = RequestOf(account);
    proto::CreateRequest* create = request.mutable_create();
    create->set_account_address(std::string(account));
    create->set_signed_profile_mesh("[profile of " + std::string(account) + "]");
    create->set_signed_assertion_account("[assertion]");
    create->set_profile_mesh_digest(DigestOf(account));
    create->set_profile_account_digest(ProfileDigestOf(account));
    create->add_administrator_udfs(AdministratorOf(account));
    return Run(request);
  }
  proto::PartitionReply Remove(std::string_view account) {
    proto::PartitionRequest request = RequestOf(account);
    request.mutable_delete_();
    return Run(request);
  }
  proto::PartitionReply Status(std::string_view account, const proto::StatusRequest& status = {}) {
    proto::PartitionRequest request = RequestOf(account);
    *request.mutable_status() = status;
    return Run(request);
  }
  proto::PartitionReply Download(std::string_view account, const proto::DownloadRequest& download) {
    proto::PartitionRequest request = RequestOf(account);
    *request.mutable_download() = download;
    return Run(request);
  }
  proto::PartitionReply Upload(std::string_view account, const proto::UploadRequest& upload) {
    proto::PartitionRequest request = RequestOf(account);
    *request.mutable_upload() = upload;
    return Run(request);
  }

  proto::PartitionRequest RequestOf(std::string_view account) const {
    proto::PartitionRequest request;
    request.set_account(std::string(account));
    request.mutable_caller()->set_mode(mode);
    request.mutable_caller()->set_account(std::string(account));
    request.mutable_caller()->set_device_udf(device_udf);
    request.mutable_caller()->set_connection_digest(connection_digest);
    request.set_lenient_index(lenient);
    return request;
  }

  // The same, from that caller, with a new RequestID and the time.
  proto::PartitionRequest Sealed(const proto::Caller& caller, proto::PartitionRequest request) {
    *request.mutable_caller() = caller;
    std::string id(kRequestIdBytes, '\0');
    AppendBigEndian64(id, ++requests_);
    request.mutable_caller()->set_request_id(id.substr(id.size() - kRequestIdBytes));
    request.mutable_caller()->set_request_time(clock.WallNow());
    return request;
  }
  proto::PartitionReply As(const proto::Caller& caller, const proto::PartitionRequest& request) {
    return Run(Sealed(caller, request));
  }

  // One request, one commit.
  proto::PartitionReply Run(const proto::PartitionRequest& request) {
    const std::unique_ptr<Reader> snapshot = store.NewSnapshot();
    proto::PartitionReply reply;
    const TransactionRow* row = FindTransaction(request);
    if (row == nullptr || !row->writes) {
      TransactionContext context{*snapshot, nullptr, clock.WallNow(), slot_key,
                                 policy,    random,  messaging,       incidents};
      Execute(request, context, &reply);
      return reply;
    }
    WriteView view(*snapshot);
    TransactionContext context{view,   &view,  clock.WallNow(), slot_key,
                               policy, random, messaging,       incidents};
    view.Begin();
    Execute(request, context, &reply) == Outcome::kKeep ? view.Keep() : view.Drop();
    MESH_CHECK(store.Commit(view.Take(), true).ok());
    return reply;
  }

  size_t Sweep(size_t limit = 100) {
    const std::unique_ptr<Reader> snapshot = store.NewSnapshot();
    WriteView view(*snapshot);
    TransactionContext context{view,   &view,  clock.WallNow(), slot_key,
                               policy, random, messaging,       incidents};
    view.Begin();
    const Result<size_t> swept = SweepPendingUploads(context, limit);
    MESH_CHECK(swept.ok());
    view.Keep();
    MESH_CHECK(store.Commit(view.Take(), true).ok());
    return *swept;
  }

  // As at the beginning.
  void Forget() {
    Writes writes;
    for (const ColumnFamily family : {ColumnFamily::kIndex, ColumnFamily::kPayload}) {
      writes.push_back({Write::Kind::kDeleteRange, family, "", std::string(64, '\xff')});
    }
    MESH_CHECK(store.Commit(writes, true).ok());
  }

  // Everything on disk, by family and key.
  std::map<std::string, std::string> Everything() const {
    std::map<std::string, std::string> all;
    const std::unique_ptr<Reader> snapshot = store.NewSnapshot();
    for (const ColumnFamily family : {ColumnFamily::kIndex, ColumnFamily::kPayload}) {
      const auto cursor = snapshot->Scan(family, "", std::string(64, '\xff'));
      for (; cursor->Valid(); cursor->Next()) {
        all[(family == ColumnFamily::kIndex ? "I" : "P") + std::string(cursor->key())] =
            cursor->value();
      }
    }
    return all;
  }

  mutable MemoryStore store;
  FakeClock clock;
  AccountPolicy policy;
  CountingRandom random;
  SlotKey slot_key{};
  const Messaging* messaging = nullptr;  // See TransactionContext; likewise:
  const IncidentContext* incidents = nullptr;

 private:
  uint64_t requests_ = 0;
};

// --- Replies ---------------------------------------------------------------------

// The payloads of an update, in order.
inline std::vector<std::string> PayloadsOf(const proto::PartitionReply& reply, int update = 0) {
  std::vector<std::string> payloads;
  for (const auto& envelope : reply.download().updates(update).envelopes()) {
    payloads.push_back(envelope.payload());
  }
  return payloads;
}
inline std::vector<int64_t> IndicesOf(const proto::PartitionReply& reply, int update = 0) {
  std::vector<int64_t> indices;
  for (const auto& envelope : reply.download().updates(update).envelopes()) {
    indices.push_back(envelope.index());
  }
  return indices;
}
inline std::vector<proto::Result> ResultsOf(const proto::PartitionReply& reply) {
  std::vector<proto::Result> results;
  for (const auto& entry : reply.upload().entries()) results.push_back(entry.result());
  return results;
}
inline std::vector<int64_t> IndicesGiven(const proto::PartitionReply& reply) {
  std::vector<int64_t> indices;
  for (const auto& entry : reply.upload().entries()) indices.push_back(entry.index_container());
  return indices;
}

}  // namespace mesh::backend
