// The envelope of a request or a reply: encoding, mode, header, payload, and the octets
// that bind every seal to where it stands (docs/AUTHENTICATION.md, "The envelope of a
// request", "Binding"; draft -06 §4.3).
//
// Values and pure functions; any thread.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh::binding {

enum class Encoding { kJson, kJsonB };
// "application/json", "application/json-b".
std::string_view MediaType(Encoding encoding);
// The encoding of a media type without parameters, in any case; nullopt for others.
std::optional<Encoding> EncodingOf(std::string_view media_type);
// How values in that encoding are read and written.
json::Options ReaderOptions(Encoding encoding);
json::Form WriterForm(Encoding encoding);

enum class Mode { kNull, kDevice, kProfile, kService, kTicket };
// "Null", "Device", ...: the header's Mode.
std::string_view ModeName(Mode mode);

inline constexpr int64_t kBindingVersion = 1;
inline constexpr size_t kSaltBytes = 32;
// Octets of a ticket as it may come back: far more than ours have.
inline constexpr size_t kTicketBytesMax = 2048;

struct WireHeader {
  Mode mode = Mode::kNull;
  std::string host_key;  // kid: UDF of the host's KeyAuthentication. Exchanges, requests only.
  std::string ticket;    // Octets. Mode kTicket, requests only.
  std::string salt;      // kSaltBytes. Mode kTicket.
};

// The octets of a header element in `encoding`.
std::string WriteWireHeader(Encoding encoding, const WireHeader& header);

struct WireEnvelope {
  WireHeader header;
  std::string_view header_octets;  // As received; a view into the body.
  std::string payload;
};

// Reads a whole body, which must outlive the result. kInvalidArgument, saying what was
// expected, for anything that is not one envelope of Version 1 with the members that its
// mode needs, each of its length, and at most an empty trailer.
Result<WireEnvelope> ParseWireEnvelope(Encoding encoding, std::string_view body);

// Appends `[header, payload]`; `header_octets` from WriteWireHeader.
void AppendWireEnvelope(Encoding encoding, std::string_view header_octets, std::string_view payload,
                        std::string& out);

// The associated data of seals and the prologue of exchanges.
std::string BindingOctets(Mode mode, std::string_view service_udf, Encoding encoding,
                          std::string_view header_octets);

// The headers of the replies under tickets and their BindingOctets: all but salt and header is
// made once. For one thread.
class TicketReplies {
 public:
  explicit TicketReplies(Encoding encoding);

  // WriteWireHeader of mode Ticket with that salt. Both are valid until the next call.
  std::string_view Header(std::string_view salt);
  // BindingOctets of mode Ticket; of requests as well.
  std::string_view Binding(std::string_view service_udf, std::string_view header_octets);

 private:
  const Encoding encoding_;
  std::string header_;
  size_t salt_at_;  // In header_.
  std::string service_udf_;
  std::string binding_;
  size_t common_ = 0;  // Octets of binding_ that all headers share; 0: none yet.
};

// Appends B(octets): the length, 4 octets big-endian, and the octets.
void AppendCounted(std::string_view octets, std::string& out);

}  // namespace mesh::binding
