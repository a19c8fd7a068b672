#include "common/client/cached_session.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/binding/sealed_text.h"
#include "common/binding/wire_envelope.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh::client {
namespace {

// A ticket is not begun to be used when it ends within this time, milliseconds: the
// request must still reach the service.
constexpr WallMillis kTicketMargin = 5'000;

void ReadMember(json::Reader& reader, std::string_view name, CachedSession* out) {
  if (name == "ServiceUDF") {
    reader.String(&out->service_udf);
  } else if (name == "Ticket") {
    reader.Binary(&out->ticket);
  } else if (name == "MasterKey") {
    reader.Binary(&out->master_key);
  } else if (name == "NotOnOrAfter") {
    reader.DateTime(&out->not_on_or_after);
  } else if (name == "ClockOffset") {
    reader.Int(&out->clock_offset);
  } else if (name == "DirectHost") {
    reader.String(&out->direct_host);
  } else {
    reader.Skip();
  }
}

}  // namespace

CachedSession& CachedSession::operator=(CachedSession&& other) noexcept {
  Drop();
  service_udf = std::move(other.service_udf);
  ticket = std::move(other.ticket);
  master_key = std::move(other.master_key);
  not_on_or_after = other.not_on_or_after;
  clock_offset = other.clock_offset;
  direct_host = std::move(other.direct_host);
  return *this;
}

bool CachedSession::Good(std::string_view service, WallMillis now) const {
  return !ticket.empty() && service_udf == service &&
         now + clock_offset + kTicketMargin < not_on_or_after;
}

void CachedSession::Drop() {
  Wipe(ticket);
  Wipe(master_key);
  not_on_or_after = 0;
}

std::string WriteSession(const CachedSession& session) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Member("Session").BeginObject();
  writer.Member("ServiceUDF").String(session.service_udf);
  writer.Member("Ticket").Binary(session.ticket);
  writer.Member("MasterKey").Binary(session.master_key);
  writer.Member("NotOnOrAfter").DateTime(session.not_on_or_after);
  writer.Member("ClockOffset").Int(session.clock_offset);
  if (!session.direct_host.empty()) writer.Member("DirectHost").String(session.direct_host);
  writer.EndObject().EndObject();
  text += '\n';
  return text;
}

CachedSession ReadSession(std::string_view text) {
  CachedSession session;
  json::Reader reader(text);
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name != "Session") reader.Fail("expected Session");
    reader.BeginObject();
    while (reader.NextMember(&name)) ReadMember(reader, name, &session);
  }
  const bool whole = reader.Finish() && !session.service_udf.empty() &&
                     session.ticket.size() <= binding::kTicketBytesMax &&
                     session.master_key.size() == binding::kMasterKeyBytes;
  return whole ? std::move(session) : CachedSession();
}

}  // namespace mesh::client
