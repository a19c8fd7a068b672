// What must hold for any envelope and any sealed text.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/binding/sealed_text.h"
#include "common/binding/ticket_seal.h"
#include "common/binding/wire_envelope.h"

namespace mesh::binding {
namespace {

std::string AnyOctets() { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }
std::string AnyOctets(size_t count) {
  return *rc::gen::container<std::string>(count, rc::gen::arbitrary<char>());
}

RC_GTEST_PROP(SealedTextLaw, ParsingGivesBackWhatWasWritten, ()) {
  const std::string id = AnyOctets(kRequestIdBytes);
  const std::string extra = AnyOctets();
  const std::string message = AnyOctets();
  const auto time = *rc::gen::arbitrary<WallMillis>();
  std::string octets;
  AppendSealedText({id, time, extra, message}, octets);
  const auto text = ParseSealedText(octets);
  RC_ASSERT(text.ok());
  RC_ASSERT(text->request_id == id);
  RC_ASSERT(text->time == time);
  RC_ASSERT(text->extra == extra);
  RC_ASSERT(text->message == message);
}

RC_GTEST_PROP(WireEnvelopeLaw, ParsingGivesBackWhatWasWritten, ()) {
  WireHeader header;
  header.mode = Mode::kTicket;
  header.ticket = AnyOctets();
  header.salt = AnyOctets(kSaltBytes);
  const std::string payload = AnyOctets();
  std::string body;
  AppendWireEnvelope(Encoding::kJson, WriteWireHeader(Encoding::kJson, header), payload, body);
  const auto envelope = ParseWireEnvelope(Encoding::kJson, body);
  RC_ASSERT(envelope.ok());
  RC_ASSERT(envelope->header.ticket == header.ticket);
  RC_ASSERT(envelope->header.salt == header.salt);
  RC_ASSERT(envelope->payload == payload);
}

RC_GTEST_PROP(BindingLaw, DifferentPlacesHaveDifferentBindings, ()) {
  const std::string a = AnyOctets(), b = AnyOctets(), c = AnyOctets(), d = AnyOctets();
  const bool same = BindingOctets(Mode::kTicket, a, Encoding::kJson, b) ==
                    BindingOctets(Mode::kTicket, c, Encoding::kJson, d);
  RC_ASSERT(same == (a == c && b == d));
}

RC_GTEST_PROP(TicketSealLaw, OpeningGivesBackWhatWasSealed, ()) {
  const std::string key = AnyOctets(kMasterKeyBytes);
  const std::string salt = AnyOctets(kSaltBytes);
  const std::string binding = AnyOctets();
  const std::string text = AnyOctets();
  const auto opened = OpenRequest(key, salt, binding, SealRequest(key, salt, binding, text));
  RC_ASSERT(opened.ok());
  RC_ASSERT(*opened == text);
}

}  // namespace
}  // namespace mesh::binding
