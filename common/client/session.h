// Session is a device at work in one account: it brings local copies up to date and
// verifies them, adds entries to catalogs, and connects further devices.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/client/account.h"
#include "common/client/connecting.h"
#include "common/client/group.h"
#include "common/client/home.h"
#include "common/client/mail.h"
#include "common/client/publishing.h"
#include "common/client/service_client.h"
#include "common/client/verifier.h"

namespace mesh::client {

// Told as a transfer goes on: entries done, of so many.
using Progress = std::function<void(uint64_t done, uint64_t total)>;

// One container after a synchronization.
struct SyncReport {
  std::string container;
  int64_t frames = 0;      // All.
  int64_t new_frames = 0;  // Downloaded now.
  Checks checks;           // Of the frames downloaded now, or of all with verify_all.
  std::string digest;      // Tree digest over all frames, recomputed.
  bool compared = false;   // The service named its tree digest, and it is the same.
};

struct SyncOptions {
  std::vector<std::string> containers;  // These and `if_listed` empty: all that the service lists.
  bool verify_all = false;              // Check every frame again, not only the new ones.
  std::vector<std::string> if_listed = {};  // These too, unless the service does not list them.
};

// An entry to be written to a catalog.
struct NewEntry {
  std::string unique_id;
  std::string payload;
  std::string cty;       // Media type; may be empty.
  std::string filename;  // May be empty.
  bool removed = false;  // The entry of that name is to go; the rest is not used.
};
struct UploadReport {
  uint64_t added = 0;
  uint64_t updated = 0;
  uint64_t removed = 0;
  uint64_t unchanged = 0;
  SyncReport container;  // As it is now.
};

// A message that was posted.
struct Sent {
  std::string message_id;  // Made, if the letter had none.
  bool encrypted = false;
};

// A claim that has arrived.
struct ClaimSeen {
  std::string sender;
  WallMillis sent = 0;  // As the sender says; 0: it does not.
};

// Whom one message is encrypted to: each takes 300 octets of a header, which has 16 KiB.
inline constexpr size_t kReadersMax = 32;

// Borrows everything it is given. For one thread.
class Session {
 public:
  Session(const Home& home, const Device& device, const Account& account, ServiceClient& client,
          const Clock& clock, crypto::RandomSource& random);

  // Downloads what is new, verifies it against the service's digests and saves it.
  // kDataLoss, naming the container, when anything does not verify; then the copy of that
  // container is as before. kNotFound for a container that the service does not list.
  Result<std::vector<SyncReport>> Sync(const SyncOptions& options, const Progress& progress);

  // Makes `entries` the newest of the catalog: unknown ones are added, different
  // ones updated, equal ones left, and those to go removed. Signed by this device. Entries go in
  // requests of bounded size; each request is all or nothing, and is tried again when another
  // device was faster. kInvalidArgument for an entry over 64 KiB; kAborted when
  // other devices were faster every time.
  Result<UploadReport> Upload(std::string_view catalog, const std::vector<NewEntry>& entries,
                              const Progress& progress);

  // Writes the device's entry of mmm_Device and the empty catalogs of a new account.
  Status Initialize();

  // Connects the device of `profile_device` to the account: writes its entry to
  // mmm_Device and returns the hand-over. kFailedPrecondition if this device is no
  // administrator.
  Result<std::string> AddDevice(const dare::Envelope& profile_device, Reading reading);

  // Devices that asked for this account and were not answered: in mmm_Inbound, verified. Those
  // that do not verify are left out.
  Result<std::vector<ConnectionRequest>> ConnectionRequests();
  // Accepts or refuses one, in one request: its entry in mmm_Device, the answer, and that the
  // request and the PIN are done with. kFailedPrecondition as AddDevice.
  Status AcceptConnection(const ConnectionRequest& request, Reading reading);
  Status RefuseConnection(const ConnectionRequest& request);
  // Connects a device that was published, and answers its claim.
  Status AnswerClaim(const dare::Envelope& profile_device, std::string_view claim_id,
                     Reading reading);
  // Makes a PIN for a device; returns what people carry. kFailedPrecondition as AddDevice.
  Result<std::string> AddPin(WallMillis expires);

  // Messages of mmm_Inbound, the oldest first, but for what is between devices; decrypted, if
  // this device can.
  Result<std::vector<Mail>> Inbox();
  // Encrypts `letter` to the recipients whose contacts have a profile, and to this account, signs
  // and posts it. In clear when no recipient has one. kInvalidArgument when some have one and
  // some have not, or more than kReadersMax have; kPermissionDenied: nobody was sent it.
  Result<Sent> Send(Letter letter, const std::vector<std::string>& recipients);
  // Signs and posts a message that is wrapped already. kPermissionDenied: nobody was sent it.
  Status Post(dare::Envelope message, const std::vector<std::string>& recipients);
  // A contact as one who can be made a member of a group. kNotFound, with the next step, if its
  // profile is not known.
  Result<Candidate> ContactAsCandidate(std::string_view address);
  // Says in mmm_Local what became of messages, for all devices of the account.
  Status Mark(const std::vector<std::string>& message_ids, Mail::State state);
  // Claims of what this account has published under `earl`, the oldest first; verified: from who
  // knows the secret.
  Result<std::vector<ClaimSeen>> Claims(const Earl& earl);
  // The contact that this account gives to others, signed by this device.
  Result<dare::Envelope> OwnContact(std::string_view name);

  // Takes the device of that name out of the account: the service refuses it from then
  // on. kNotFound if it is not there; kFailedPrecondition as AddDevice.
  Status RemoveDevice(std::string_view device_udf);

  // All devices in this device's copy of mmm_Device: their verified connections.
  // Devices whose entry does not verify are left out and counted in `*refused`.
  Result<std::vector<CatalogedDevice>> Devices(uint64_t* refused);

 private:
  Result<std::vector<SyncReport>> SyncUnsaved(const SyncOptions& options, const Progress& progress);
  // The key with which this device signs in the account.
  Result<const crypto::PrivateKey*> Signer();
  // The copy of a container: from the disk when it is first asked for.
  Result<Replica*> Open(std::string_view container);
  Result<SyncReport> SyncContainer(const ContainerState& remote, bool verify_all,
                                   const Progress& progress);
  Status Fetch(const ContainerState& remote, Replica& replica, ContainerVerifier& verifier,
               ContainerState* newest, const Progress& progress);
  Status CheckProfile(const StatusReply& status) const;
  void LearnDevices();
  Result<bool> UploadBatch(std::string_view catalog, const std::vector<NewEntry>& entries,
                           size_t begin, size_t end, const std::vector<ContainerUpdate>& beside,
                           UploadReport* report);
  Result<dare::Envelope> MakeEntry(const NewEntry& entry, std::string_view event, bool sign);
  // `beside`: updates of other containers that go with the first batch.
  Result<UploadReport> UploadBatches(std::string_view catalog, const std::vector<NewEntry>& entries,
                                     const Progress& progress,
                                     std::vector<ContainerUpdate> beside = {});
  Status PutDevice(const dare::Envelope& profile_device, Reading reading, std::string_view answered,
                   std::vector<ContainerUpdate> beside);
  Result<std::vector<ContainerUpdate>> Finished(const ConnectionRequest& request);
  // Brings this device's copy of mmm_Contact up to date.
  Result<AddressBook> Contacts();
  Result<std::vector<crypto::PublicKey>> KeysOf(const std::vector<std::string>& recipients);
  Result<std::vector<MessagePin>> UnusedPins(std::set<std::string>* answered);
  Result<SyncReport> SyncOne(std::string_view container);
  Status SaveChanged();

  const Home& home_;
  const Device& device_;
  const Account& account_;
  ServiceClient& client_;
  const Clock& clock_;
  crypto::RandomSource& random_;
  KeyRing keys_;
  bool devices_known_ = false;                  // Their keys are in keys_.
  std::optional<ConnectionKeys> private_keys_;  // Of this device in the account, once needed.
  // Copies in use. One that failed to verify is dropped, so that the disk's counts.
  std::map<std::string, Replica, std::less<>> replicas_;
  std::set<std::string, std::less<>> changed_;  // Names of copies that the disk lacks frames of.
};

}  // namespace mesh::client
