// The JSON form of the Mesh transactions (draft -06 §10): octets in, proto
// messages out, and back. No I/O, no clock.
//
// Members are decoded by tables, one row per field of the draft; docs/PROTOCOL.md
// has the same rows and a test compares the two. The payload of a request is the
// object {"<Transaction>": {...}} whatever binding carried it, so the enveloped
// binding decodes its payload with the same functions.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/result_code.h"

namespace mesh {

namespace proto {
class PartitionRequest;
class PartitionReply;
}  // namespace proto
class AssertionCache;

// The fourteen transactions of the draft, in the order of its chapter 10.
enum class Transaction {
  kHello,
  kCreateAccount,
  kDeleteAccount,
  kComplete,
  kStatus,
  kDownload,
  kUpload,
  kPublish,
  kPost,
  kConnect,
  kClaim,
  kPollClaim,
  kCreateGroup,
  kOperate,
};
inline constexpr size_t kTransactionCount = 14;

// "Upload" for kUpload: the tag of a request.
std::string_view RequestTag(Transaction transaction);
// "UploadResponse" for kUpload: the tag of its response.
std::string_view ResponseTag(Transaction transaction);

struct DecodeOptions {
  // Refuse what only the reference client's own dialect allows (everything but
  // line breaks inside strings), and treat ContainerUpdate.Index and Digest as
  // preconditions. False in reference compatibility.
  bool strict = true;
  size_t message_bytes_max = 0;  // Of one payload; 0: kMessageBytesMax.
  // Null authentication: of any transaction but Hello only the tag is read, and it
  // is refused with kUnauthenticated, so that strangers cost nothing.
  bool only_hello = false;
  // The request is in JSON-B. Texts of the message are JSON all the same: headers,
  // trailers and profiles are stored and sent on as JSON.
  bool json_b = false;
  // Where assertions that held are remembered, on the thread that decodes; null: each is
  // verified anew.
  AssertionCache* assertions = nullptr;
};

// One operation of an Operate. The owner is told which key it is about; the rest is for the
// edge.
struct CryptographicOperation {
  enum class Kind { kKeyAgreement, kSign, kGenerate, kShare };
  Kind kind = Kind::kKeyAgreement;
  std::string coefficient;  // Little-endian; empty: one.
  // Of a key agreement: the point as written. Empty curve: a key of another kind.
  std::string curve;
  std::string point;
};

// What a request asks, before anyone has established who asks it.
struct DecodedRequest {
  Transaction transaction = Transaction::kHello;
  // MeshRequestUser.Account, or AccountAddress where the transaction names one;
  // as written, empty when absent.
  std::string account;
  // The transaction's own fields, in the oneof of PartitionRequest; not set for Hello.
  std::unique_ptr<proto::PartitionRequest> request;
  std::vector<CryptographicOperation> operations;  // Of Operate: one for each of its key_ids.

  DecodedRequest();
  DecodedRequest(DecodedRequest&&) noexcept;
  DecodedRequest& operator=(DecodedRequest&&) noexcept;
  ~DecodedRequest();
};

// Why decoding failed, with the transaction when it could be told, so that the
// answer has the right response class.
struct DecodeFailure {
  Status status;
  bool transaction_known = false;
  Transaction transaction = Transaction::kHello;
};

// Decodes `{"<Transaction>": {...}}`. Reads each octet once, allocates what the
// message holds. Digests that envelopes claim are verified here. For CreateAccount and
// CreateGroup the profiles are verified here too (design: authenticate at the edge).
// On failure returns false and fills `failure`:
//   kInvalidArgument   malformed JSON, an unknown transaction, a wrong type, a
//                      duplicate member, a bad digest, container name or address
//   kResourceExhausted a limit of common/base/limits.h (answered with 413)
//   kPermissionDenied  the profiles of a CreateAccount do not vouch for each other, or that of a
//                      CreateGroup not for itself
//   kUnauthenticated   see DecodeOptions::only_hello
bool DecodeRequest(std::string_view json, const DecodeOptions& options, DecodedRequest* request,
                   DecodeFailure* failure);

// How a response is written.
struct EncodeOptions {
  bool reference = false;  // Nothing that the reference client does not know.
  json::Form form = json::Form::kText;
  // Where the account's back end can be reached directly, host or host:port; CreateAccount and
  // Status say it. Empty: nowhere.
  std::string_view direct_host = {};
};

// Appends `{"<Response>": {...}}` for the reply of `transaction`, whose code is OK
// and which is of that transaction.
void EncodeReply(Transaction transaction, const proto::PartitionReply& reply,
                 const EncodeOptions& options, std::string* out);

// What Hello answers (§10.5.1). Owned by the service; made at start.
struct HelloResponse {
  std::vector<std::string> encodings;     // Media types.
  std::string enveloped_profile_service;  // JSON text.
  std::string enveloped_profile_host;     // JSON text.
  // JSON text: which key of the host to make exchanges with (docs/AUTHENTICATION.md).
  // Only envelopes carry it.
  std::string enveloped_connection_host;
  int64_t entries_max = 0;        // Of one Upload.
  int64_t messages_max = 0;       // Of one Post.
  int64_t message_bytes_max = 0;  // Of one payload.
};

// Appends `{"MeshHelloResponse": {...}}`, always in JSON text (draft -06 §4.4). The
// reference client knows all of it but what `enveloped` adds.
void EncodeHello(const HelloResponse& hello, bool enveloped, std::string* out);

// Appends a response that carries only a result: an error, or a bare success.
// `detail` says what was wrong; it follows the description, and for CreateAccount and
// CreateGroup it is the Reason too. Octets beyond printable ASCII are replaced: it may quote what
// was received. With an unknown transaction the class is MeshResponse.
void EncodeResult(const Transaction* transaction, const ResultCode& code, std::string_view detail,
                  const EncodeOptions& options, std::string* out);

// One row of the member tables: for the test that compares docs/PROTOCOL.md.
struct MemberRow {
  std::string structure;  // "StatusRequest"
  std::string member;     // "DeviceUDF"
  bool request;           // Read by the decoder; otherwise written by the encoder.
};
std::vector<MemberRow> MemberRows();

}  // namespace mesh
