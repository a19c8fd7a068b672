#include "common/client/connecting.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/client/key_file.h"
#include "common/crypto/udf.h"
#include "common/dare/signature.h"

namespace mesh::client {
namespace {

constexpr std::string_view kDeviceAction = "Device";
constexpr std::string_view kAccept = "Accept";
constexpr std::string_view kReject = "Reject";

template <typename Message>
Result<dare::Envelope> Wrapped(const Message& message, WallMillis now,
                               const crypto::PrivateKey* signer) {
  std::string payload;
  WriteMessage(message, payload);
  return WrapMessage(message.head, payload, now, signer);
}

Status Lies(const std::string& what) {
  return Status(Code::kDataLoss, "the service's answer does not verify: " + what);
}

Status AddPin(std::string_view pin, std::string_view address, RequestConnection* request) {
  MESH_ASSIGN(const std::string salted, SaltedPin(pin, kDeviceAction));
  request->pin_udf = PinUdf(salted, address);
  request->pin_witness =
      PinWitness(salted, address, request->client_nonce, request->profile_device);
  return {};
}

bool IsOf(const Profile& account, std::string_view address) {
  const auto& addresses = account.account_addresses;
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

// Whether `envelope` is signed by an administrator of `account`.
bool SignedBy(const dare::Envelope& envelope, const Profile& account) {
  const auto& keys = account.keys_online_signature;
  return std::any_of(keys.begin(), keys.end(), [&](const KeyData& key) {
    return dare::VerifySignature(envelope, key.key).ok();
  });
}

// The PIN that `request` knows; null: none of these.
const MessagePin* FindPin(const RequestConnection& request, const std::vector<MessagePin>& pins,
                          std::string_view address, WallMillis now) {
  for (const MessagePin& pin : pins) {
    const bool usable = pin.action == kDeviceAction && (!pin.expires || *pin.expires > now);
    if (!usable || PinUdf(pin.salted_pin, address) != request.pin_udf) continue;
    const std::string proof =
        PinWitness(pin.salted_pin, address, request.client_nonce, request.profile_device);
    if (ConstantTimeEquals(proof, request.pin_witness)) return &pin;
  }
  return nullptr;
}

}  // namespace

// --- The device that asks ----------------------------------------------------------------

Result<Asking> MakeConnectionRequest(const Device& device, std::string_view address,
                                     std::string_view pin, WallMillis now,
                                     crypto::RandomSource& random) {
  RequestConnection request;
  request.head.message_id = crypto::NewNonceUdf(random);
  request.account = address;
  request.profile_device = device.envelope;
  request.client_nonce = crypto::RandomBytes(kConnectionNonceBytes, random);
  if (!pin.empty()) MESH_RETURN_IF_ERROR(AddPin(pin, address, &request));
  MESH_ASSIGN(dare::Envelope envelope, Wrapped(request, now, nullptr));
  return Asking{std::move(envelope), std::move(request.client_nonce)};
}

Result<AskedAccount> TakeAcknowledgement(const Device& device, const Asking& asking,
                                         std::string_view address, const ServiceAddress& service,
                                         const ConnectReply& reply) {
  if (!reply.acknowledge || !reply.profile_mesh || !reply.profile_account) {
    return Lies("it lacks the acknowledgement or a profile");
  }
  const Result<AccountChain> chain =
      VerifyAccountChain(*reply.profile_mesh, *reply.profile_account);
  if (!chain.ok()) return Lies(chain.status().message());
  if (!IsOf(chain->account, address)) return Lies("its ProfileAccount is another account's");
  const auto message = ParseAcknowledgeConnection(reply.acknowledge->payload);
  if (!message.ok()) return Lies(message.status().message());
  if (message->request.payload != asking.envelope.payload) return Lies("another request is in it");
  const std::string witness =
      ConnectionWitness(chain->mesh.key_offline_signature.key, message->server_nonce,
                        device.profile.key_offline_signature.key, asking.nonce);
  if (witness != message->witness) return Lies("the witness is not that of both keys and nonces");
  return AskedAccount{std::string(address), service, witness, *reply.profile_mesh,
                      *reply.profile_account};
}

std::string WriteAsked(const AskedAccount& asked) {
  KeyFileWriter file("AskedAccount");
  file.Text("AccountAddress", asked.address);
  file.Text("ServiceURL", asked.service.url);
  file.Text("ServiceConnect", asked.service.connect);
  file.Text("ServiceCAFile", asked.service.ca_file);
  file.Text("Witness", asked.witness);
  file.Envelope("EnvelopedProfileMesh", asked.profile_mesh);
  file.Envelope("EnvelopedProfileAccount", asked.profile_account);
  return file.Finish();
}

Result<AskedAccount> ReadAsked(std::string_view text) {
  MESH_ASSIGN(const KeyFile file, KeyFile::Read(text, "AskedAccount"));
  AskedAccount asked;
  MESH_ASSIGN(asked.address, file.Text("AccountAddress"));
  MESH_ASSIGN(asked.service.url, file.Text("ServiceURL"));
  MESH_ASSIGN(asked.service.connect, file.Text("ServiceConnect"));
  MESH_ASSIGN(asked.service.ca_file, file.Text("ServiceCAFile"));
  MESH_ASSIGN(asked.witness, file.Text("Witness"));
  MESH_ASSIGN(asked.profile_mesh, file.Envelope("EnvelopedProfileMesh"));
  MESH_ASSIGN(asked.profile_account, file.Envelope("EnvelopedProfileAccount"));
  return asked;
}

Result<Account> TakeResponse(const dare::Envelope& response, const Device& device,
                             std::string_view address, const ServiceAddress& service,
                             const dare::Envelope* profile_account) {
  MESH_ASSIGN(const RespondConnection message, ParseRespondConnection(response.payload));
  const bool accepted = message.result == kAccept && message.device;
  Profile shown;
  if (profile_account != nullptr) {
    MESH_ASSIGN(shown, ParseProfile(profile_account->payload, ProfileKind::kAccount));
  }
  Result<Account> account =
      accepted ? JoinAccount(*message.device, address, service, device)
               : Status(Code::kPermissionDenied, "the administrator refused this device");
  if (profile_account == nullptr && account.ok()) shown = account->profile;
  if (!SignedBy(response, shown)) return Lies("it is not signed by the account's administrator");
  if (account.ok() && account->profile.udf() != shown.udf()) return Lies("it is another account's");
  return account;
}

// --- The administrator -------------------------------------------------------------------

Result<ConnectionRequest> ReadConnectionRequest(const dare::Envelope& acknowledge,
                                                const Account& account,
                                                const std::vector<MessagePin>& pins,
                                                WallMillis now) {
  MESH_ASSIGN(const AcknowledgeConnection message, ParseAcknowledgeConnection(acknowledge.payload));
  MESH_ASSIGN(RequestConnection request, ParseRequestConnection(message.request.payload));
  MESH_ASSIGN(Profile device, VerifySelfSigned(request.profile_device, ProfileKind::kDevice));
  const std::string witness =
      ConnectionWitness(account.mesh.key_offline_signature.key, message.server_nonce,
                        device.key_offline_signature.key, request.client_nonce);
  if (witness != message.witness || witness != message.head.message_id) {
    return Status(Code::kPermissionDenied, "the witness is not that of both keys and nonces");
  }
  ConnectionRequest out;
  out.witness = witness;
  if (!request.pin_udf.empty()) {
    const MessagePin* const pin = FindPin(request, pins, account.address, now);
    out.pin = pin == nullptr ? ConnectionRequest::Pin::kWrong : ConnectionRequest::Pin::kGood;
    if (pin != nullptr) out.pin_id = pin->head.message_id;
  }
  out.profile_device = std::move(request.profile_device);
  out.device = std::move(device);
  return out;
}

Result<dare::Envelope> MakeResponse(const Account& account, std::string_view request_id,
                                    const CatalogedDevice* device, WallMillis now) {
  MESH_RETURN_IF_ERROR(CheckAdministrator(account, "answer devices"));
  RespondConnection response;
  response.head.message_id = crypto::ResponseId(request_id);
  response.head.sender = account.address;
  response.result = device == nullptr ? kReject : kAccept;
  if (device != nullptr) response.device = *device;
  return Wrapped(response, now, &account.keys->online);
}

Result<NewPin> MakePin(const Account& account, WallMillis now, WallMillis expires,
                       crypto::RandomSource& random) {
  NewPin out;
  out.pin = crypto::NewSecretUdf(random);
  MessagePin message;
  MESH_ASSIGN(message.salted_pin, SaltedPin(out.pin, kDeviceAction));
  message.head.message_id = PinUdf(message.salted_pin, account.address);
  message.account = account.address;
  message.expires = expires;
  message.action = kDeviceAction;
  MESH_ASSIGN(out.message, Wrapped(message, now, nullptr));
  return out;
}

Result<dare::Envelope> MakeCompletion(const std::vector<std::string>& message_ids,
                                      std::string_view relationship, WallMillis now,
                                      crypto::RandomSource& random) {
  MessageHead head{kMessageComplete};
  head.message_id = crypto::NewNonceUdf(random);
  for (const std::string& id : message_ids)
    head.references.push_back({id, "", std::string(relationship)});
  std::string payload;
  WriteMessage(head, payload);
  return WrapMessage(head, payload, now, nullptr);
}

}  // namespace mesh::client
