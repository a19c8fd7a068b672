// What is sealed: RequestID ‖ Time ‖ B(extra) ‖ message (docs/AUTHENTICATION.md, "What is
// sealed"), and what stands in `extra`.
//
// Values and pure functions; any thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "common/base/status.h"
#include "common/binding/wire_envelope.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"

namespace mesh::binding {

inline constexpr size_t kMasterKeyBytes = 32;
using mesh::kRequestIdBytes;
using mesh::kTimeWindow;
// Octets of `extra`: a few profiles.
inline constexpr size_t kExtraBytesMax = 48 * 1024;

// Views.
struct SealedText {
  std::string_view request_id;  // kRequestIdBytes.
  WallMillis time = 0;
  std::string_view extra;  // Empty, or an object.
  std::string_view message;
};

// Octets before `extra`.
inline constexpr size_t kSealedHeadBytes = kRequestIdBytes + 8 + 4;

// kInvalidArgument when `octets` are short or `extra` is longer than they or the bound.
Result<SealedText> ParseSealedText(std::string_view octets);
void AppendSealedText(const SealedText& text, std::string& out);
// Writes the first kSealedHeadBytes, without extra, over those of `out`, which has a message
// behind them.
void PutSealedHead(std::string_view request_id, WallMillis time, std::string* out);

// Who signed a request besides its device.
struct AdministratorSignature {
  crypto::PublicKey key;
  std::string signature;  // Octets.
};

// Everything that a request's `extra` may say; each mode uses what docs/AUTHENTICATION.md
// names.
struct RequestExtra {
  std::string account;  // As written.
  std::string domain;
  std::optional<dare::Envelope> profile_device;
  std::optional<dare::Envelope> profile_account;
  std::optional<dare::Envelope> connection_account;
  std::optional<dare::Envelope> profile_service;
  std::optional<dare::Envelope> profile_host;
  std::optional<dare::Envelope> connection_host;
  std::optional<AdministratorSignature> administrator;
};
// Empty octets are an empty object. kInvalidArgument for a member of the wrong form.
Result<RequestExtra> ParseRequestExtra(Encoding encoding, std::string_view octets);
std::string WriteRequestExtra(Encoding encoding, const RequestExtra& extra);

// What the reply to an exchange gives. All empty: nothing was given.
struct ReplyExtra {
  std::string ticket;
  std::string master_key;  // kMasterKeyBytes, secret.
  WallMillis not_on_or_after = 0;
};
Result<ReplyExtra> ParseReplyExtra(Encoding encoding, std::string_view octets);
std::string WriteReplyExtra(Encoding encoding, const ReplyExtra& extra);

// The 64 octets that an administrator signs. RequestID, time and message are `text`'s.
std::string AdministratorDigest(std::string_view service_udf, std::string_view account,
                                const SealedText& text);
// kInvalidArgument unless `signature` is its key's over those octets. About 0.2 ms.
Status VerifyAdministrator(const AdministratorSignature& signature, std::string_view service_udf,
                           std::string_view account, const SealedText& text);

}  // namespace mesh::binding
