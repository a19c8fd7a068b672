// What is sealed, and what stands before the message.

#include "common/binding/sealed_text.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/signature.h"
#include "common/dare/seal.h"

namespace mesh::binding {
namespace {

constexpr std::string_view kId = "0123456789abcdef";

std::string Text(std::string_view extra, std::string_view message) {
  std::string octets;
  AppendSealedText({kId, 1'767'225'600'000, extra, message}, octets);
  return octets;
}

TEST(SealedText, ComesBackInItsParts) {
  const std::string octets = Text("{\"Account\":\"a@b.c\"}", "{\"Status\":{}}");
  const auto text = ParseSealedText(octets);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text->request_id, kId);
  EXPECT_EQ(text->time, 1'767'225'600'000);
  EXPECT_EQ(text->extra, "{\"Account\":\"a@b.c\"}");
  EXPECT_EQ(text->message, "{\"Status\":{}}");
}

TEST(SealedText, HasItsDocumentedOctets) {
  EXPECT_EQ(ToHex(Text("{}", "m")),
            "30313233343536373839616263646566"
            "0000019b76daa800"
            "00000002"
            "7b7d"
            "6d");
}

TEST(SealedText, ThatIsShortIsRefused) {
  const std::string octets = Text("", "");
  EXPECT_TRUE(ParseSealedText(octets).ok());
  for (size_t length = 0; length < octets.size(); ++length) {
    EXPECT_FALSE(ParseSealedText(std::string_view(octets).substr(0, length)).ok()) << length;
  }
}

TEST(SealedText, ExtraThatIsLongerThanWhatIsThereIsRefused) {
  std::string octets = Text("{}", "");
  octets.pop_back();
  EXPECT_EQ(ParseSealedText(octets).status().code(), Code::kInvalidArgument);
}

TEST(SealedText, ExtraBeyondItsBoundIsRefused) {
  EXPECT_FALSE(ParseSealedText(Text(std::string(kExtraBytesMax + 1, ' '), "")).ok());
}

// --- Extra ------------------------------------------------------------------------------

class ExtraTest : public testing::TestWithParam<Encoding> {};

dare::Envelope SomeEnvelope(std::string payload) {
  dare::Envelope envelope;
  envelope.header = "{\"dig\":\"S512\"}";
  envelope.payload = std::move(payload);
  return envelope;
}

TEST_P(ExtraTest, OfARequestComesBack) {
  RequestExtra extra;
  extra.account = "alice@example.com";
  extra.profile_account = SomeEnvelope("profile");
  extra.connection_account = SomeEnvelope("connection");
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  extra.administrator = AdministratorSignature{key.public_key(), "signature"};

  const auto read = ParseRequestExtra(GetParam(), WriteRequestExtra(GetParam(), extra));

  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->account, extra.account);
  EXPECT_EQ(read->profile_account, extra.profile_account);
  EXPECT_EQ(read->connection_account, extra.connection_account);
  EXPECT_FALSE(read->profile_device.has_value());
  EXPECT_EQ(read->administrator->key, key.public_key());
  EXPECT_EQ(read->administrator->signature, "signature");
}

TEST_P(ExtraTest, OfAReplyComesBack) {
  const ReplyExtra extra{"ticket", std::string(kMasterKeyBytes, 'k'), 1'767'225'600'000};
  const auto read = ParseReplyExtra(GetParam(), WriteReplyExtra(GetParam(), extra));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->ticket, extra.ticket);
  EXPECT_EQ(read->master_key, extra.master_key);
  EXPECT_EQ(read->not_on_or_after, extra.not_on_or_after);
}

INSTANTIATE_TEST_SUITE_P(Json, ExtraTest, testing::Values(Encoding::kJson));

TEST(Extra, NothingIsAnEmptyObject) {
  EXPECT_TRUE(ParseRequestExtra(Encoding::kJson, "").ok());
  EXPECT_EQ(WriteRequestExtra(Encoding::kJson, {}), "");
  EXPECT_EQ(WriteReplyExtra(Encoding::kJson, {}), "");
}

TEST(Extra, MembersThatAreNotKnownAreIgnored) {
  EXPECT_TRUE(ParseRequestExtra(Encoding::kJson, R"({"Weather":["fine"]})").ok());
}

TEST(Extra, AnArrayIsRefused) { EXPECT_FALSE(ParseRequestExtra(Encoding::kJson, "[]").ok()); }

TEST(Extra, AdministratorWithoutAKeyIsRefused) {
  EXPECT_FALSE(
      ParseRequestExtra(Encoding::kJson, R"({"Administrator":{"Signature":"AAAA"}})").ok());
}

TEST(Extra, TicketWithoutMasterKeyIsRefused) {
  EXPECT_FALSE(ParseReplyExtra(Encoding::kJson, R"({"Ticket":"AAAA"})").ok());
}

TEST(Extra, MasterKeyOfAnotherLengthIsRefused) {
  EXPECT_FALSE(ParseReplyExtra(Encoding::kJson, R"({"Ticket":"AAAA","MasterKey":"AAAA"})").ok());
}

// --- Administrators -----------------------------------------------------------------------

const SealedText kRequest{kId, 1000, "", "{}"};

class AdministratorTest : public testing::TestWithParam<crypto::Curve> {
 protected:
  AdministratorSignature Sign() const {
    return {key_.public_key(), *crypto::Sign(key_, AdministratorDigest("MSRV", "a@b.c", kRequest))};
  }
  const crypto::PrivateKey key_ = crypto::PrivateKey::Generate(GetParam());
};

TEST_P(AdministratorTest, SignatureHolds) {
  EXPECT_TRUE(VerifyAdministrator(Sign(), "MSRV", "a@b.c", kRequest).ok());
}

TEST_P(AdministratorTest, SignatureIsForOneRequestOfOneAccountAtOneService) {
  const AdministratorSignature signature = Sign();
  EXPECT_FALSE(VerifyAdministrator(signature, "MOTH", "a@b.c", kRequest).ok());
  EXPECT_FALSE(VerifyAdministrator(signature, "MSRV", "b@b.c", kRequest).ok());
  const SealedText others[] = {
      {"fedcba9876543210", 1000, "", "{}"}, {kId, 1001, "", "{}"}, {kId, 1000, "", "{ }"}};
  for (const SealedText& other : others) {
    EXPECT_FALSE(VerifyAdministrator(signature, "MSRV", "a@b.c", other).ok());
  }
}

TEST_P(AdministratorTest, AnotherKeyDoesNotHold) {
  AdministratorSignature signature = Sign();
  signature.key = crypto::PrivateKey::Generate(GetParam()).public_key();
  EXPECT_FALSE(VerifyAdministrator(signature, "MSRV", "a@b.c", kRequest).ok());
}

INSTANTIATE_TEST_SUITE_P(Curves, AdministratorTest,
                         testing::Values(crypto::Curve::kEd448, crypto::Curve::kEd25519));

TEST(Administrator, AnAgreementKeySignsNothing) {
  const AdministratorSignature signature{
      crypto::PrivateKey::Generate(crypto::Curve::kX448).public_key(), std::string(114, 'x')};
  EXPECT_FALSE(VerifyAdministrator(signature, "MSRV", "a@b.c", kRequest).ok());
}

}  // namespace
}  // namespace mesh::binding
