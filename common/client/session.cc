#include "common/client/session.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "common/base/limits.h"
#include "common/dare/container_file.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/mesh/container_name.h"

namespace mesh::client {
namespace {

constexpr std::string_view kCatalogCty = "application/mmm-catalog";

// The catalogs that a new account has from the start, besides mmm_Device.
constexpr std::array<std::string_view, 5> kFirstCatalogs = {
    "mmm_Contact", "mmm_Credential", "mmm_Application", "mmm_Bookmark", "mmm_Calendar"};

// Bounds of one Upload: well below the service's own (limits.h), so that headers and
// base64 fit, and small enough that progress shows.
constexpr size_t kBatchEntriesMax = 256;
constexpr size_t kBatchBytesMax = kRequestBytesMax / 4;
// How often an Upload is tried again because another device was faster.
constexpr int kConflictsMax = 5;

Status InContainer(std::string_view container, const Status& status) {
  return Status(status.code(), std::string(container) + ": " + status.message());
}

Result<ContainerState> FindState(const StatusReply& status, std::string_view container) {
  for (const ContainerState& state : status.containers) {
    if (state.container == container) return state;
  }
  return Status(Code::kNotFound,
                "the service has no container " + std::string(container) + " in this account");
}

void Tell(const Progress& progress, int64_t done, int64_t total) {
  if (progress) progress(static_cast<uint64_t>(done), static_cast<uint64_t>(total));
}

// The event that makes `entry` the newest of the catalog; empty if it is already.
std::string_view EventFor(const NewEntry& entry, const Replica& replica) {
  const auto it = replica.entries().find(entry.unique_id);
  const bool there = it != replica.entries().end() && !it->second.deleted;
  if (entry.removed) return there ? "Delete" : "";
  if (!there) return "New";
  return replica.frame(it->second.index).payload == entry.payload ? "" : "Update";
}

// Where a batch that begins at `begin` ends.
size_t BatchEnd(const std::vector<NewEntry>& entries, size_t begin) {
  size_t octets = 0;
  size_t end = begin;
  while (end < entries.size() && end - begin < kBatchEntriesMax) {
    octets += entries[end].payload.size();
    if (octets > kBatchBytesMax && end > begin) break;
    ++end;
  }
  return end;
}

Status CheckEntries(const std::vector<NewEntry>& entries) {
  std::set<std::string_view> names;
  for (const NewEntry& entry : entries) {
    if (entry.unique_id.empty() || entry.unique_id.size() > kIdentifierBytesMax) {
      return InvalidArgument("an entry needs a name of 1 to " +
                             std::to_string(kIdentifierBytesMax) + " octets");
    }
    if (entry.payload.size() > kMessageBytesMax) {
      return InvalidArgument("the entry " + entry.unique_id + " has " +
                             std::to_string(entry.payload.size()) + " octets; at most " +
                             std::to_string(kMessageBytesMax) + " are allowed");
    }
    if (!names.insert(entry.unique_id).second) {
      return InvalidArgument("the entry " + entry.unique_id + " is given twice");
    }
  }
  return {};
}

// True when every entry was accepted, false when another device was faster.
Result<bool> Accepted(const UploadReply& reply) {
  for (const EntryResponse& entry : reply.entries) {
    if (entry.result == "Conflict") return false;
    if (entry.result.empty() || entry.result == "Accept") continue;
    return Status(Code::kPermissionDenied, "the service did not take entry " +
                                               std::to_string(entry.index_request) + ": " +
                                               entry.result);
  }
  return true;
}

}  // namespace

Session::Session(const Home& home, const Device& device, const Account& account,
                 ServiceClient& client, const Clock& clock, crypto::RandomSource& random)
    : home_(home),
      device_(device),
      account_(account),
      client_(client),
      clock_(clock),
      random_(random) {
  keys_.Add(account.mesh);
  keys_.Add(account.profile);
  keys_.Add(account.connected);
  keys_.Add(device.profile);
}

// --- Synchronizing ---------------------------------------------------------------

// A service that shows another person's Mesh than the one this account belongs to is
// not the account's service.
Status Session::CheckProfile(const StatusReply& status) const {
  if (!status.profile_master) return {};
  if (status.profile_master->payload == account_.profile_mesh.payload) return {};
  return Status(Code::kDataLoss,
                "the service shows another ProfileMesh for this account than this device knows");
}

// Of devices that were removed too: what they signed while they were in the account is still there.
void Session::LearnDevices() {
  const Result<Replica*> replica = Open(kDeviceCatalog);
  if (!replica.ok()) return;
  devices_known_ = true;
  for (int64_t i = 1; i < (*replica)->frames(); ++i) {
    const Result<CatalogedDevice> device = ParseCatalogedDevice((*replica)->frame(i).payload);
    if (!device.ok()) continue;
    const Result<std::vector<Connection>> connections =
        VerifyCatalogedDevice(*device, account_.profile);
    if (!connections.ok()) continue;
    for (const Connection& connection : *connections) keys_.Add(connection);
  }
}

// Downloads page by page until the replica has as many frames as the service says.
Status Session::Fetch(const ContainerState& remote, Replica& replica, ContainerVerifier& verifier,
                      ContainerState* newest, const Progress& progress) {
  const int64_t first = replica.frames();
  std::string page_key;
  *newest = remote;
  while (replica.frames() < newest->frames) {
    Selection select;
    select.container = remote.container;
    select.index_min = replica.frames();
    select.index_max = newest->frames;
    select.page_key = page_key;
    DownloadRequest request;
    request.select.push_back(std::move(select));
    MESH_ASSIGN(const DownloadReply reply, client_.Download(request));
    if (reply.updates.size() != 1 || reply.updates[0].envelopes.empty()) {
      return Status(Code::kDataLoss, "the service promised frame " +
                                         std::to_string(replica.frames()) + " and sent none");
    }
    const DownloadedContainer& page = reply.updates[0];
    for (const dare::Envelope& envelope : page.envelopes) {
      MESH_RETURN_IF_ERROR(verifier.Add(envelope));
      MESH_RETURN_IF_ERROR(replica.Append(envelope));
    }
    // The container may have grown since Status; the page's own state is then newer.
    if (page.state.frames >= newest->frames && !page.state.digest.empty()) {
      newest->frames = page.state.frames;
      newest->digest = page.state.digest;
    } else if (replica.frames() > newest->frames) {
      newest->frames = replica.frames();
      newest->digest.clear();
    }
    page_key = page.page_key;
    Tell(progress, replica.frames() - first, newest->frames - first);
  }
  return {};
}

Result<Replica*> Session::Open(std::string_view container) {
  const auto it = replicas_.find(container);
  if (it != replicas_.end()) return &it->second;
  MESH_ASSIGN(Replica replica, home_.LoadReplica(account_.address, container));
  return &replicas_.emplace(container, std::move(replica)).first->second;
}

Status Session::SaveChanged() {
  for (const std::string& container : changed_) {
    const auto it = replicas_.find(container);
    if (it == replicas_.end()) continue;
    MESH_RETURN_IF_ERROR(home_.SaveReplica(account_.address, container, it->second));
  }
  changed_.clear();
  return {};
}

Result<SyncReport> Session::SyncContainer(const ContainerState& remote, bool verify_all,
                                          const Progress& progress) {
  MESH_ASSIGN(Replica* const replica, Open(remote.container));
  ContainerVerifier verifier(keys_, verify_all ? dare::MerkleFrontier() : replica->frontier());
  for (int64_t i = 0; verify_all && i < replica->frames(); ++i) {
    MESH_RETURN_IF_ERROR(verifier.Add(replica->frame(i)));
  }
  const int64_t before = replica->frames();
  ContainerState newest;
  MESH_RETURN_IF_ERROR(Fetch(remote, *replica, verifier, &newest, progress));
  MESH_RETURN_IF_ERROR(verifier.Finish(newest.frames, newest.digest));
  if (replica->frames() > before) changed_.insert(remote.container);
  SyncReport report;
  report.container = remote.container;
  report.frames = replica->frames();
  report.new_frames = replica->frames() - before;
  report.checks = verifier.checks();
  report.digest = verifier.frontier().digest();
  report.compared = !newest.digest.empty();
  return report;
}

Result<std::vector<SyncReport>> Session::Sync(const SyncOptions& options,
                                              const Progress& progress) {
  Result<std::vector<SyncReport>> reports = SyncUnsaved(options, progress);
  const Status saved = SaveChanged();
  return reports.ok() && !saved.ok() ? saved : reports;
}

Result<std::vector<SyncReport>> Session::SyncUnsaved(const SyncOptions& options,
                                                     const Progress& progress) {
  MESH_ASSIGN(StatusReply status, client_.AccountStatus());
  MESH_RETURN_IF_ERROR(CheckProfile(status));
  std::set<std::string_view> wanted(options.containers.begin(), options.containers.end());
  for (const std::string_view container : wanted) {
    MESH_RETURN_IF_ERROR(FindState(status, container).status());
  }
  wanted.insert(options.if_listed.begin(), options.if_listed.end());
  // The devices first: their keys verify what stands in the other containers.
  std::stable_partition(status.containers.begin(), status.containers.end(),
                        [](const ContainerState& s) { return s.container == kDeviceCatalog; });
  std::vector<SyncReport> reports;
  for (const ContainerState& remote : status.containers) {
    const bool listed = wanted.empty() || wanted.count(remote.container) != 0;
    if (!listed && remote.container != kDeviceCatalog) continue;
    MESH_RETURN_IF_ERROR(CheckContainerName(remote.container));
    Result<SyncReport> report = SyncContainer(remote, options.verify_all, progress);
    if (!report.ok()) {
      replicas_.erase(remote.container);
      changed_.erase(remote.container);
      return InContainer(remote.container, report.status());
    }
    const bool news = report->new_frames > 0 || !devices_known_;
    if (remote.container == kDeviceCatalog && news) LearnDevices();
    if (listed) reports.push_back(*std::move(report));
  }
  return reports;
}

Result<SyncReport> Session::SyncOne(std::string_view container) {
  MESH_ASSIGN(std::vector<SyncReport> reports, SyncUnsaved({{std::string(container)}, false}, {}));
  return std::move(reports[0]);
}

// --- Uploading -------------------------------------------------------------------

Result<const crypto::PrivateKey*> Session::Signer() {
  if (!private_keys_) {
    MESH_ASSIGN(private_keys_, ActivatePrivate(device_, account_.activation));
  }
  return &private_keys_->signature;
}

Result<dare::Envelope> Session::MakeEntry(const NewEntry& entry, std::string_view event,
                                          bool sign) {
  dare::SealOptions options;
  dare::ContentMeta& meta = options.content_meta.emplace();
  meta.unique_id = entry.unique_id;
  meta.event = event;
  meta.cty = entry.cty;
  meta.filename = entry.filename;
  options.digest = true;
  if (!sign) return dare::Seal(entry.payload, options, random_);
  MESH_ASSIGN(options.signer, Signer());
  return dare::Seal(entry.payload, options, random_);
}

// Uploads entries [begin, end) on top of what the replica has. False when another
// device was faster: nothing was written, and the caller synchronizes and tries again.
Result<bool> Session::UploadBatch(std::string_view catalog, const std::vector<NewEntry>& entries,
                                  size_t begin, size_t end,
                                  const std::vector<ContainerUpdate>& beside,
                                  UploadReport* report) {
  MESH_ASSIGN(const Replica* const opened, Open(catalog));
  const Replica& replica = *opened;
  ContainerUpdate update;
  update.container = catalog;
  update.index = replica.frames();
  update.digest = replica.frontier().digest();
  if (replica.frames() == 0) update.envelopes.push_back(dare::FrameZero(kCatalogCty));
  UploadReport counts;
  for (size_t i = begin; i < end; ++i) {
    const std::string_view event = EventFor(entries[i], replica);
    if (event.empty()) {
      ++counts.unchanged;
      continue;
    }
    const bool sign = catalog != kDeviceCatalog;  // Its entries are signed inside.
    MESH_ASSIGN(dare::Envelope envelope, MakeEntry(entries[i], event, sign));
    const auto index = replica.frames() == 0
                           ? static_cast<int64_t>(update.envelopes.size())
                           : replica.frames() + static_cast<int64_t>(update.envelopes.size());
    envelope.header = dare::InsertServiceMembers(envelope.header, index, std::nullopt);
    update.envelopes.push_back(std::move(envelope));
    ++(event == "New" ? counts.added : event == "Update" ? counts.updated : counts.removed);
  }
  if (counts.added + counts.updated + counts.removed > 0) {
    UploadRequest request;
    request.updates.push_back(std::move(update));
    request.updates.insert(request.updates.end(), beside.begin(), beside.end());
    MESH_ASSIGN(const UploadReply reply, client_.Upload(request));
    MESH_ASSIGN(const bool accepted, Accepted(reply));
    if (!accepted) return false;
  }
  report->added += counts.added;
  report->updated += counts.updated;
  report->removed += counts.removed;
  report->unchanged += counts.unchanged;
  return true;
}

Result<UploadReport> Session::Upload(std::string_view catalog, const std::vector<NewEntry>& entries,
                                     const Progress& progress) {
  MESH_RETURN_IF_ERROR(CheckContainerName(catalog));
  if (IsSpool(catalog)) {
    return InvalidArgument(std::string(catalog) +
                           " is a spool, which takes messages; entries go to a catalog");
  }
  MESH_RETURN_IF_ERROR(CheckEntries(entries));
  Result<UploadReport> report = UploadBatches(catalog, entries, progress);
  const Status saved = SaveChanged();
  return report.ok() && !saved.ok() ? saved : report;
}

Result<UploadReport> Session::UploadBatches(std::string_view catalog,
                                            const std::vector<NewEntry>& entries,
                                            const Progress& progress,
                                            std::vector<ContainerUpdate> beside) {
  UploadReport report;
  int conflicts = 0;
  size_t begin = 0;
  Result<SyncReport> synchronized = SyncOne(catalog);
  const bool absent = !synchronized.ok() && synchronized.status().code() == Code::kNotFound;
  if (!synchronized.ok() && !absent) return synchronized.status();
  while (begin < entries.size()) {
    const size_t end = BatchEnd(entries, begin);
    const Result<bool> done = UploadBatch(catalog, entries, begin, end, beside, &report);
    if (!done.ok() && done.status().code() != Code::kAborted) return done.status();
    if ((!done.ok() || !*done) && ++conflicts > kConflictsMax) {
      return Status(Code::kAborted, "other devices kept changing " + std::string(catalog) +
                                        "; nothing of this batch was written, try again");
    }
    if (done.ok() && *done) {
      begin = end;
      beside.clear();
    }
    synchronized = SyncOne(catalog);
    if (!synchronized.ok()) return synchronized.status();
    Tell(progress, static_cast<int64_t>(begin), static_cast<int64_t>(entries.size()));
  }
  if (!synchronized.ok()) return synchronized.status();
  report.container = *std::move(synchronized);
  return report;
}

// --- A new account ---------------------------------------------------------------

Status Session::Initialize() {
  MESH_ASSIGN(
      const CatalogedDevice device,
      ConnectDevice(account_, device_.envelope, account_.activation, Reading::kAllowed, random_));
  NewEntry entry;
  entry.unique_id = device.device_udf;
  WriteCatalogedDevice(device, entry.payload);
  client_.set_bootstrap(true);
  const Status uploaded = Upload(kDeviceCatalog, {entry}, {}).status();
  client_.set_bootstrap(false);
  MESH_RETURN_IF_ERROR(uploaded);

  MESH_ASSIGN(const StatusReply status, client_.AccountStatus());
  UploadRequest request;
  for (const std::string_view catalog : kFirstCatalogs) {
    const Result<ContainerState> state = FindState(status, catalog);
    if (state.ok() && state->frames > 0) continue;
    ContainerUpdate update;
    update.container = catalog;
    update.envelopes.push_back(dare::FrameZero(kCatalogCty));
    request.updates.push_back(std::move(update));
  }
  if (request.updates.empty()) return {};
  return client_.Upload(request).status();
}

}  // namespace mesh::client
