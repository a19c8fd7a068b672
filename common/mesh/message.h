// Mesh messages: what the payload of an envelope in a spool says (schema-06; draft -06 §8,
// §9). The service reads those that it takes part in; the client writes and reads all.
//
// A message is tagged with its class: {"RequestConnection": {...}}. Values; pure functions;
// any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/dare/envelope.h"
#include "common/mesh/message_class.h"
#include "common/mesh/profile.h"

namespace mesh {

// A message refers to others: it answers or completes them.
struct MessageReference {
  std::string message_id;
  std::string response_id;
  std::string relationship;  // "Read", "Unread", "Accept", ...

  bool operator==(const MessageReference&) const = default;
};

// What every message has. `type` is its class.
struct MessageHead {
  MessageHead() = default;
  explicit MessageHead(std::string_view type_in) : type(type_in) {}

  std::string type;
  std::string message_id;
  std::string sender;
  std::string recipient;
  std::vector<MessageReference> references;
};

// A device asks to be connected (§8.1). Normally unsigned: the profile in it is signed.
struct RequestConnection {
  MessageHead head{kRequestConnection};
  std::string account;            // AccountAddress, as written.
  dare::Envelope profile_device;  // AuthenticatedData.
  std::string client_nonce;       // Octets.
  std::string pin_udf;            // With a PIN only, as is the witness.
  std::string pin_witness;        // Octets.
};

// The service adds its nonce, and the witness that both sides show to people. MessageID
// is the witness.
struct AcknowledgeConnection {
  MessageHead head{kAcknowledgeConnection};
  dare::Envelope request;    // As received.
  std::string server_nonce;  // Octets.
  std::string witness;
};

// The administrator's answer. MessageID is the ResponseID of what it answers.
struct RespondConnection {
  MessageHead head{kRespondConnection};
  std::string result;                     // "Accept", "Reject", "Pending".
  std::optional<CatalogedDevice> device;  // With "Accept".
};

// A claim on a publication (§10.14); authenticators prove knowledge of its secret.
struct MessageClaim {
  MessageHead head{kMessageClaim};
  std::string publication_id;
  std::string service_authenticate;
  std::string device_authenticate;
  std::optional<WallMillis> expires;
};

// A PIN that an administrator made, for its own devices to recognise.
struct MessagePin {
  MessageHead head{kMessagePin};
  std::string account;
  std::optional<WallMillis> expires;
  bool automatic = false;
  std::string salted_pin;
  std::string action;  // "Device" or "Contact".
};

// Why a message could not be delivered; references name it.
struct MessageError {
  MessageHead head{kMessageError};
  std::string error;  // A name of result_code.h's kind: "MeshRecipientBlockedSender".
};

// What people write to each other: RequestContact and ReplyContact with the sender's contact,
// RequestConfirmation and RequestTask with a text, ResponseConfirmation with the request and
// whether it is accepted. (schema-06 §11.6; RequestTask has no members there, Text is ours.)
struct Letter {
  MessageHead head;
  std::string text;                       // Text; of RequestContact, Subject.
  std::optional<dare::Envelope> contact;  // Self; of ReplyContact, AuthenticatedData.
  std::optional<dare::Envelope> request;
  std::optional<bool> accept;
};

// The class, and the members that all classes have. kInvalidArgument if it is no message.
Result<MessageHead> ParseMessageHead(std::string_view payload);

// Each reads a message of its class; kInvalidArgument, naming the member, for another class
// or a member of the wrong form or missing. Nothing is verified.
Result<RequestConnection> ParseRequestConnection(std::string_view payload);
Result<AcknowledgeConnection> ParseAcknowledgeConnection(std::string_view payload);
Result<RespondConnection> ParseRespondConnection(std::string_view payload);
Result<MessageClaim> ParseMessageClaim(std::string_view payload);
Result<MessagePin> ParseMessagePin(std::string_view payload);
Result<MessageError> ParseMessageError(std::string_view payload);
// Of any class; members that it does not have stay empty.
Result<Letter> ParseLetter(std::string_view payload);

// Each appends what its Parse reads. Only members are written that the reference knows.
void WriteMessage(const RequestConnection& message, std::string& out);
void WriteMessage(const AcknowledgeConnection& message, std::string& out);
void WriteMessage(const RespondConnection& message, std::string& out);
void WriteMessage(const MessageClaim& message, std::string& out);
void WriteMessage(const MessagePin& message, std::string& out);
void WriteMessage(const MessageError& message, std::string& out);
void WriteMessage(const Letter& message, std::string& out);
// Any class by its head alone (MessageComplete).
void WriteMessage(const MessageHead& message, std::string& out);

// The payload of `head`'s message in an envelope as a spool takes it: EnvelopeID, and
// ContentMetaData with UniqueID, MessageType, cty and Created. Signed by `signer`, unless null;
// encrypted to `recipients`, unless there are none.
Result<dare::Envelope> WrapMessage(const MessageHead& head, std::string_view payload,
                                   WallMillis created, const crypto::PrivateKey* signer,
                                   std::vector<crypto::PublicKey> recipients = {});

// --- Connecting devices -------------------------------------------------------------

inline constexpr size_t kConnectionNonceBytes = 16;

// What both sides show (wire form 28 characters): of the mesh's and the device's signature
// keys and the two nonces.
std::string ConnectionWitness(const crypto::PublicKey& mesh_key, std::string_view server_nonce,
                              const crypto::PublicKey& device_key, std::string_view client_nonce);
// The same, of the keys' fingerprints (KeyFingerprintOctets).
std::string ConnectionWitness(std::string_view mesh_fingerprint, std::string_view server_nonce,
                              std::string_view device_fingerprint, std::string_view client_nonce);

// The PIN's forms, `action` as in MessagePin: what is kept, by which name a request refers
// to it, and the proof that the device knows it. `pin` is an 'E' UDF.
Result<std::string> SaltedPin(std::string_view pin, std::string_view action);
std::string PinUdf(std::string_view salted_pin, std::string_view account);
std::string PinWitness(std::string_view salted_pin, std::string_view account,
                       std::string_view client_nonce, const dare::Envelope& authenticated);

}  // namespace mesh
