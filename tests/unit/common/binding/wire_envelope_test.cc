// The envelope around a request, in JSON, and the octets it is bound by.

#include "common/binding/wire_envelope.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/encoding/base64url.h"

namespace mesh::binding {
namespace {

Result<WireEnvelope> Parse(std::string_view body) {
  return ParseWireEnvelope(Encoding::kJson, body);
}

std::string SaltText(size_t octets = kSaltBytes) {
  return Base64UrlEncode(std::string(octets, 's'));
}

std::string TicketHeader(const std::string& salt) {
  return R"({"Version":1,"Mode":"Ticket","Ticket":"AAAA","Salt":")" + salt + "\"}";
}

TEST(WireEnvelope, OfATicketComesBack) {
  WireHeader header;
  header.mode = Mode::kTicket;
  header.ticket = "a ticket";
  header.salt = std::string(kSaltBytes, 's');
  const std::string octets = WriteWireHeader(Encoding::kJson, header);
  std::string body;
  AppendWireEnvelope(Encoding::kJson, octets, "sealed", body);

  const auto envelope = Parse(body);

  ASSERT_TRUE(envelope.ok()) << envelope.status().message();
  EXPECT_EQ(envelope->header.mode, Mode::kTicket);
  EXPECT_EQ(envelope->header.ticket, "a ticket");
  EXPECT_EQ(envelope->header.salt, header.salt);
  EXPECT_EQ(envelope->header_octets, octets);
  EXPECT_EQ(envelope->payload, "sealed");
}

TEST(WireEnvelope, HeaderOctetsAreThoseReceived) {
  const auto envelope = Parse("[ {\"Mode\" : \"Profile\",\n \"Version\":1, \"x\":[]} , \"AAAA\" ]");
  ASSERT_TRUE(envelope.ok()) << envelope.status().message();
  EXPECT_EQ(envelope->header_octets, "{\"Mode\" : \"Profile\",\n \"Version\":1, \"x\":[]}");
}

TEST(WireEnvelope, WithoutModeProvesNothing) {
  const auto envelope = Parse(R"([{}, "e30"])");
  ASSERT_TRUE(envelope.ok());
  EXPECT_EQ(envelope->header.mode, Mode::kNull);
  EXPECT_EQ(envelope->payload, "{}");
}

TEST(WireEnvelope, MayHaveAnEmptyTrailer) { EXPECT_TRUE(Parse(R"([{}, "e30", {}])").ok()); }

TEST(WireEnvelope, IsRefused) {
  const std::string cases[] = {
      "",
      "{}",
      "[]",
      "[{}]",
      R"(["AAAA"])",
      R"([[], "AAAA"])",
      R"([{}, null])",
      R"([{}, "AAAA", {"signatures":[]}])",
      R"([{}, "AAAA", {}, {}])",
      R"([{}, "AAAA"] [{}, "AAAA"])",
      R"([{}, "AAAA")",
      R"([{"Version":2}, "AAAA"])",
      R"([{"Version":1,"Mode":"Trust"}, "AAAA"])",
      R"([{"Mode":"Device","kid":"M"}, "AAAA"])",
      R"([{"Version":1,"Mode":"Null","Mode":"Null"}, "AAAA"])",
      "[" + TicketHeader(SaltText(0)) + ", \"AAAA\"]",
      "[" + TicketHeader(SaltText(31)) + ", \"AAAA\"]",
      "[" + TicketHeader(SaltText(33)) + ", \"AAAA\"]",
      R"([{"Version":1,"Mode":"Ticket","Ticket":"AAAA"}, "AAAA"])",
  };
  for (const std::string& body : cases) {
    EXPECT_EQ(Parse(body).status().code(), Code::kInvalidArgument) << body;
  }
}

TEST(WireEnvelope, TicketLongerThanAnyIsRefused) {
  const std::string ticket = Base64UrlEncode(std::string(kTicketBytesMax + 1, 't'));
  EXPECT_FALSE(Parse(R"([{"Version":1,"Mode":"Ticket","Salt":")" + SaltText() + R"(","Ticket":")" +
                     ticket + R"("}, "AAAA"])")
                   .ok());
}

TEST(TicketReplies, AreWhatIsWrittenOneByOne) {
  for (const Encoding encoding : {Encoding::kJson, Encoding::kJsonB}) {
    TicketReplies replies(encoding);
    for (const char octet : {'\0', '\x7f', '\xff', 's'}) {
      WireHeader header;
      header.mode = Mode::kTicket;
      header.salt = std::string(kSaltBytes, octet);
      header.salt.back() = '\x01';
      const std::string octets = WriteWireHeader(encoding, header);
      EXPECT_EQ(replies.Header(header.salt), octets);
      for (const std::string udf : {"MSER-VICE", "MOTH-ER"}) {
        EXPECT_EQ(replies.Binding(udf, octets),
                  BindingOctets(Mode::kTicket, udf, encoding, octets));
        EXPECT_EQ(replies.Binding(udf, "{}"), BindingOctets(Mode::kTicket, udf, encoding, "{}"));
      }
    }
  }
}

TEST(Binding, HasItsDocumentedOctets) {
  EXPECT_EQ(ToHex(BindingOctets(Mode::kNull, "M", Encoding::kJsonB, "{}")),
            "0000000b"
            "4d65736853657276696365"
            "00000001"
            "31"
            "00000004"
            "4e756c6c"
            "00000001"
            "4d"
            "00000012"
            "6170706c69636174696f6e2f6a736f6e2d62"
            "00000002"
            "7b7d");
}

TEST(Encoding, IsThatOfItsMediaTypeInAnyCase) {
  EXPECT_EQ(EncodingOf("Application/JSON"), Encoding::kJson);
  EXPECT_EQ(EncodingOf("application/json-b"), Encoding::kJsonB);
  EXPECT_EQ(EncodingOf("application/json-c"), std::nullopt);
  EXPECT_EQ(EncodingOf(""), std::nullopt);
}

}  // namespace
}  // namespace mesh::binding
