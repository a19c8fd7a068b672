// The handshake of exchanges: what is bound, which keys are none, which lengths are wrong.

#include "tests/unit/frontend/service/exchange_fixture.h"

namespace mesh::frontend {
namespace {

using ::testing::HasSubstr;

TEST_F(ExchangeTest, TheHeaderIsUnderTheSeal) {
  TestExchange exchange = AsDevice();
  const std::string header = exchange.Header();
  const std::string payload = exchange.First(header);
  std::string edited = header;
  edited.insert(1, R"("x":1,)");
  EXPECT_EQ(RefusalOf(exchange, exchange.BodyOf(edited, payload)).status, 401);
  edited = header;
  edited.replace(edited.find("Device"), 6, "Profile");
  EXPECT_EQ(RefusalOf(exchange, exchange.BodyOf(edited, payload)).status, 401);
  EXPECT_EQ(world_.Refused("handshake"), 2u);
}

TEST_F(ExchangeTest, UnknownMembersOfTheHeaderAreIgnoredButBound) {
  TestExchange exchange = AsDevice();
  exchange.sealed.message = R"({"Hello":{}})";
  std::string header = exchange.Header();
  header.insert(1, R"("x":1,)");
  EXPECT_EQ(RefusalOf(exchange, exchange.BodyOf(header, exchange.First(header))).status, 201);
}

TEST_F(ExchangeTest, TheEncodingIsUnderTheSeal) {
  TestExchange exchange = AsDevice();
  const std::string body = exchange.Body();
  front_.Send(body, "application/json-b");  // JSON may stand in JSON-B.
  EXPECT_EQ(front_.reply()->status, 401);
  EXPECT_EQ(world_.Refused("handshake"), 1u);
}

TEST_F(ExchangeTest, AMessageToAnotherServiceDoesNotOpen) {
  TestExchange exchange = AsDevice();
  exchange.service_udf = "MOTH-ER";
  ExpectUnbelieved(std::move(exchange), "handshake");
  exchange = AsDevice();
  exchange.host = TestDevice().key.public_key();  // Under our key's name.
  ExpectUnbelieved(std::move(exchange), "handshake");
}

TEST_F(ExchangeTest, AnUnknownHostKeyIsSaid) {
  TestExchange exchange = AsDevice();
  exchange.kid = "MUNK-NOWN";
  const SealedReply reply = Refusal(exchange);
  EXPECT_EQ(reply.status, 401);
  EXPECT_THAT(reply.message, HasSubstr("MeshHostKeyUnknown"));
  EXPECT_EQ(world_.Refused("host_key"), 1u);
}

TEST_F(ExchangeTest, AnOldHostKeyIsServedForAsLongAsItIsThere) {
  TestExchange before = AsMember(), after = AsMember();
  world_.RotateHostKey();
  EXPECT_NE(Served(before, InAccount()).extra.ticket, "");
  world_.RotateHostKey(0);
  EXPECT_THAT(Refusal(after).message, HasSubstr("MeshHostKeyUnknown"));
  TestExchange with_new = AsMember();
  EXPECT_NE(Served(with_new, InAccount()).extra.ticket, "");
}

// u of small order: 0, 1, p - 1; and not below p: p, p + 1, 2^448 - 1.
std::vector<std::string> NoKeys() {
  std::string p_minus_1(56, '\xff');
  p_minus_1[0] = p_minus_1[28] = '\xfe';
  std::string p = p_minus_1;
  p[0] = '\xff';
  std::string p_plus_1(56, '\0');
  std::fill(p_plus_1.begin() + 28, p_plus_1.end(), '\xff');
  std::string one(56, '\0');
  one[0] = 1;
  return {std::string(56, '\0'), one, p_minus_1, p, p_plus_1, std::string(56, '\xff')};
}

TEST_F(ExchangeTest, AnEphemeralKeyOfSmallOrderOrNotBelowPIsRefused) {
  for (const std::string& u : NoKeys()) {
    TestExchange exchange = AsDevice();
    const std::string header = exchange.Header();
    const std::string payload = u + exchange.First(header).substr(56);
    const SealedReply reply = RefusalOf(exchange, exchange.BodyOf(header, payload));
    EXPECT_EQ(reply.status, 401);
    EXPECT_FALSE(reply.sealed());
  }
  EXPECT_EQ(world_.Refused("key"), 6u);
}

// Whoever sends such a key knows what it agrees to: zero. So all that is sealed opens.
TEST_F(ExchangeTest, AStaticKeyOfSmallOrderOrNotBelowPIsRefused) {
  for (const std::string& u : NoKeys()) {
    TestExchange exchange = AsDevice();
    const std::string header = exchange.Header();
    const auto ephemeral = crypto::PrivateKey::Generate(crypto::Curve::kX448);
    const std::string_view host = exchange.host.coordinate();
    binding::NoiseState state(
        binding::BindingOctets(exchange.mode, exchange.service_udf, exchange.encoding, header));
    std::string first(ephemeral.public_key().coordinate());
    state.MixHash(host);
    state.MixHash(first);
    ASSERT_TRUE(state.MixAgreement(ephemeral, host).ok());
    first += state.EncryptAndHash(u);
    state.MixKey(std::string(56, '\0'));
    first += state.EncryptAndHash(exchange.sealed.Text());
    const SealedReply reply = RefusalOf(exchange, exchange.BodyOf(header, first));
    EXPECT_EQ(reply.status, 401);
    EXPECT_FALSE(reply.sealed());
  }
  EXPECT_EQ(world_.Refused("key"), 6u);
}

TEST_F(ExchangeTest, NoOctetOfMessage1CanBeMissing) {
  TestExchange exchange = AsDevice();
  const std::string header = exchange.Header();
  const std::string first = exchange.First(header);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{55}, size_t{56}, size_t{128}, size_t{143},
                            size_t{144}, first.size() - 1}) {
    EXPECT_EQ(RefusalOf(exchange, exchange.BodyOf(header, first.substr(0, size))).status, 401)
        << size;
  }
  EXPECT_EQ(RefusalOf(exchange, exchange.BodyOf(header, first + first)).status, 401);
  EXPECT_EQ(world_.Refused("handshake"), 9u);
}

TEST_F(ExchangeTest, AMessageThatIsTooLongIsRefused) {
  TestExchange exchange = AsDevice();
  const SealedReply reply =
      RefusalOf(exchange, exchange.BodyOf(exchange.Header(), std::string(65536, 'x')));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(world_.Refused("size"), 1u);
}

TEST_F(ExchangeTest, AMessageOfTheFullLengthIsServed) {
  TestExchange exchange = AsMember();
  exchange.sealed.extra = binding::WriteRequestExtra(exchange.encoding, exchange.extra);
  const size_t room = binding::kNoiseMessageBytesMax - binding::kNoiseFirstOverhead;
  exchange.sealed.message.insert(1, room - exchange.sealed.Text().size(), ' ');
  EXPECT_EQ(Served(exchange, InAccount()).status, 201);
}

TEST_F(ExchangeTest, ASealWithNothingReadableInItIsMalformed) {
  for (const std::string& text :
       {std::string("x"), std::string(27, '\0'), std::string(24, '\0') + "\xff\xff\xff\xff",
        std::string(24, '\0') + std::string("\0\0\0\2", 4) + "[]"}) {
    TestExchange exchange = AsDevice();
    exchange.text = text;
    EXPECT_EQ(Refusal(exchange).status, 400);
  }
  EXPECT_EQ(world_.Refused("envelope"), 4u);
}

TEST_F(ExchangeTest, EmptyPartsAreNoRequest) {
  TestExchange exchange = AsDevice();
  exchange.sealed.message = "";
  const SealedReply reply = Refusal(exchange);
  EXPECT_EQ(reply.status, 400);
  EXPECT_TRUE(reply.sealed());
}

}  // namespace
}  // namespace mesh::frontend
