// The devices of an account: who is in it, and who asks to be.

#include <algorithm>
#include <utility>

#include "common/client/session.h"
#include "common/crypto/udf.h"
#include "common/dare/header.h"
#include "common/mesh/container_name.h"
#include "common/mesh/message.h"

namespace mesh::client {
namespace {

constexpr std::string_view kClosed = "Closed";

ContainerUpdate To(std::string_view container, dare::Envelope message) {
  ContainerUpdate update;
  update.container = container;
  update.envelopes.push_back(std::move(message));
  return update;
}

std::string MessageTypeOf(const dare::Envelope& envelope) {
  const Result<dare::HeaderFields> header = dare::ParseHeader(envelope.header);
  return header.ok() ? header->content_meta.message_type : std::string();
}

// MessageIDs that a MessageComplete in `replica` closes.
std::set<std::string> ClosedIn(const Replica& replica) {
  std::set<std::string> closed;
  for (int64_t i = 1; i < replica.frames(); ++i) {
    if (MessageTypeOf(replica.frame(i)) != kMessageComplete) continue;
    const Result<MessageHead> head = ParseMessageHead(replica.frame(i).payload);
    if (!head.ok()) continue;
    for (const MessageReference& reference : head->references) closed.insert(reference.message_id);
  }
  return closed;
}

}  // namespace

Status Session::RemoveDevice(std::string_view device_udf) {
  MESH_RETURN_IF_ERROR(CheckAdministrator(account_, "remove devices"));
  NewEntry entry;
  entry.unique_id = device_udf;
  entry.removed = true;
  MESH_ASSIGN(const UploadReport report, Upload(kDeviceCatalog, {entry}, {}));
  if (report.removed > 0) return {};
  return Status(Code::kNotFound, "there is no device " + std::string(device_udf) + " in " +
                                     account_.address +
                                     "; `mesh device list` shows those there are");
}

Result<std::string> Session::AddDevice(const dare::Envelope& profile_device, Reading reading) {
  const std::string activation = NewActivation(random_);
  MESH_ASSIGN(const CatalogedDevice device,
              ConnectDevice(account_, profile_device, activation, reading, random_));
  NewEntry entry;
  entry.unique_id = device.device_udf;
  WriteCatalogedDevice(device, entry.payload);
  MESH_RETURN_IF_ERROR(Upload(kDeviceCatalog, {entry}, {}).status());
  return WriteHandOver(account_, device);
}

// --- Devices that ask ---------------------------------------------------------------

// PINs of mmm_Local that no device has used, and the answers that stand there.
Result<std::vector<MessagePin>> Session::UnusedPins(std::set<std::string>* answered) {
  MESH_ASSIGN(const Replica* const local, Open(kLocal));
  const std::set<std::string> closed = ClosedIn(*local);
  std::vector<MessagePin> pins;
  for (int64_t i = 1; i < local->frames(); ++i) {
    const dare::Envelope& frame = local->frame(i);
    const std::string type = MessageTypeOf(frame);
    if (type == kRespondConnection) {
      const Result<RespondConnection> response = ParseRespondConnection(frame.payload);
      if (response.ok()) answered->insert(response->head.message_id);
    }
    if (type != kMessagePin) continue;
    Result<MessagePin> pin = ParseMessagePin(frame.payload);
    if (pin.ok() && closed.count(pin->head.message_id) == 0) pins.push_back(*std::move(pin));
  }
  return pins;
}

Result<std::vector<ConnectionRequest>> Session::ConnectionRequests() {
  MESH_RETURN_IF_ERROR(Sync({{std::string(kInbound), std::string(kLocal)}, false}, {}).status());
  std::set<std::string> answered;
  MESH_ASSIGN(const std::vector<MessagePin> pins, UnusedPins(&answered));
  MESH_ASSIGN(const Replica* const inbound, Open(kInbound));
  std::vector<ConnectionRequest> requests;
  for (int64_t i = 1; i < inbound->frames(); ++i) {
    if (MessageTypeOf(inbound->frame(i)) != kAcknowledgeConnection) continue;
    Result<ConnectionRequest> request =
        ReadConnectionRequest(inbound->frame(i), account_, pins, clock_.WallNow());
    const bool open = request.ok() && answered.count(crypto::ResponseId(request->witness)) == 0;
    if (open) requests.push_back(*std::move(request));
  }
  return requests;
}

// The device's entry and the answer in one request: a device that is told that it is in
// the account is in it.
Status Session::PutDevice(const dare::Envelope& profile_device, Reading reading,
                          std::string_view answered, std::vector<ContainerUpdate> beside) {
  MESH_ASSIGN(const CatalogedDevice device,
              ConnectDevice(account_, profile_device, NewActivation(random_), reading, random_));
  MESH_ASSIGN(dare::Envelope response, MakeResponse(account_, answered, &device, clock_.WallNow()));
  beside.push_back(To(kLocal, std::move(response)));
  NewEntry entry;
  entry.unique_id = device.device_udf;
  WriteCatalogedDevice(device, entry.payload);
  const Status put = UploadBatches(kDeviceCatalog, {entry}, {}, std::move(beside)).status();
  const Status saved = SaveChanged();
  return put.ok() ? saved : put;
}

// The request is done with, and so is the PIN in it.
Result<std::vector<ContainerUpdate>> Session::Finished(const ConnectionRequest& request) {
  const WallMillis now = clock_.WallNow();
  MESH_ASSIGN(dare::Envelope done, MakeCompletion({request.witness}, kClosed, now, random_));
  std::vector<ContainerUpdate> updates = {To(kInbound, std::move(done))};
  if (request.pin_id.empty()) return updates;
  MESH_ASSIGN(dare::Envelope used, MakeCompletion({request.pin_id}, kClosed, now, random_));
  updates.push_back(To(kLocal, std::move(used)));
  return updates;
}

Status Session::AcceptConnection(const ConnectionRequest& request, Reading reading) {
  MESH_RETURN_IF_ERROR(CheckAdministrator(account_, "answer devices"));
  MESH_ASSIGN(std::vector<ContainerUpdate> beside, Finished(request));
  return PutDevice(request.profile_device, reading, request.witness, std::move(beside));
}

Status Session::RefuseConnection(const ConnectionRequest& request) {
  MESH_ASSIGN(dare::Envelope response,
              MakeResponse(account_, request.witness, nullptr, clock_.WallNow()));
  UploadRequest upload;
  MESH_ASSIGN(upload.updates, Finished(request));
  upload.updates.push_back(To(kLocal, std::move(response)));
  return client_.Upload(upload).status();
}

Status Session::AnswerClaim(const dare::Envelope& profile_device, std::string_view claim_id,
                            Reading reading) {
  MESH_RETURN_IF_ERROR(CheckAdministrator(account_, "claim devices"));
  return PutDevice(profile_device, reading, claim_id, {});
}

Result<std::string> Session::AddPin(WallMillis expires) {
  MESH_RETURN_IF_ERROR(CheckAdministrator(account_, "make PINs"));
  MESH_ASSIGN(NewPin pin, MakePin(account_, clock_.WallNow(), expires, random_));
  UploadRequest upload;
  upload.updates.push_back(To(kLocal, std::move(pin.message)));
  MESH_RETURN_IF_ERROR(client_.Upload(upload).status());
  return pin.pin;
}

Result<std::vector<CatalogedDevice>> Session::Devices(uint64_t* refused) {
  *refused = 0;
  std::vector<CatalogedDevice> devices;
  MESH_ASSIGN(const Replica* const replica, Open(kDeviceCatalog));
  for (const auto& [name, entry] : replica->entries()) {
    if (entry.deleted) continue;
    Result<CatalogedDevice> device = ParseCatalogedDevice(replica->frame(entry.index).payload);
    const bool good = device.ok() && device->device_udf == name &&
                      VerifyCatalogedDevice(*device, account_.profile).ok();
    if (good) {
      devices.push_back(*std::move(device));
    } else {
      ++*refused;
    }
  }
  return devices;
}

}  // namespace mesh::client
