// Mesh messages: each class comes back as it was written, and says what it lacks.

#include "common/mesh/message.h"

#include <gtest/gtest.h>

#include "common/crypto/udf.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/dare/signature.h"
#include "tests/support/hex.h"

namespace mesh {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

template <typename Message>
std::string Text(const Message& message) {
  std::string text;
  WriteMessage(message, text);
  return text;
}

dare::Envelope Signed(std::string_view payload) {
  const PrivateKey key = PrivateKey::Generate(Curve::kEd448);
  dare::SealOptions options;
  options.signer = &key;
  return *dare::Seal(payload, options);
}

RequestConnection SomeRequest() {
  RequestConnection request;
  request.head.message_id = "NAOF-V5BY-NWN7-45UL-YH4L-TYP5-DDJI";
  request.account = "alice@example.com";
  request.profile_device = Signed("{\"ProfileDevice\":{}}");
  request.client_nonce = std::string(kConnectionNonceBytes, 'c');
  return request;
}

TEST(Message, RequestConnectionComesBack) {
  RequestConnection request = SomeRequest();
  request.pin_udf = "AAAA-BBBB";
  request.pin_witness = "proof";
  const auto read = ParseRequestConnection(Text(request));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->head.message_id, request.head.message_id);
  EXPECT_EQ(read->account, request.account);
  EXPECT_EQ(read->profile_device, request.profile_device);
  EXPECT_EQ(read->client_nonce, request.client_nonce);
  EXPECT_EQ(read->pin_udf, "AAAA-BBBB");
  EXPECT_EQ(read->pin_witness, "proof");
}

TEST(Message, AcknowledgeConnectionHoldsTheRequestAsItCame) {
  AcknowledgeConnection acknowledge;
  acknowledge.request = Signed(Text(SomeRequest()));
  acknowledge.server_nonce = "nonce";
  acknowledge.witness = acknowledge.head.message_id = "CIGO-WAFU";
  const auto read = ParseAcknowledgeConnection(Text(acknowledge));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->request, acknowledge.request);
  EXPECT_EQ(read->server_nonce, "nonce");
  EXPECT_EQ(read->witness, "CIGO-WAFU");
}

TEST(Message, RespondConnectionComesBackWithAndWithoutADevice) {
  RespondConnection respond;
  respond.result = "Reject";
  const auto rejected = ParseRespondConnection(Text(respond));
  ASSERT_TRUE(rejected.ok());
  EXPECT_EQ(rejected->result, "Reject");
  EXPECT_FALSE(rejected->device.has_value());

  respond.result = "Accept";
  respond.device.emplace().device_udf = "MDEV";
  const auto accepted = ParseRespondConnection(Text(respond));
  ASSERT_TRUE(accepted.ok()) << accepted.status().message();
  EXPECT_EQ(accepted->device->device_udf, "MDEV");
}

TEST(Message, ClaimComesBack) {
  MessageClaim claim;
  claim.head.sender = "alice@example.com";
  claim.head.recipient = "maker@example.net";
  claim.publication_id = "EBQM";
  claim.service_authenticate = "AAMK";
  claim.device_authenticate = "ABCD";
  claim.expires = 1'767'225'600'000;
  const auto read = ParseMessageClaim(Text(claim));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->head.recipient, "maker@example.net");
  EXPECT_EQ(read->publication_id, "EBQM");
  EXPECT_EQ(read->service_authenticate, "AAMK");
  EXPECT_EQ(read->device_authenticate, "ABCD");
  EXPECT_EQ(read->expires, claim.expires);
}

TEST(Message, PinComesBack) {
  MessagePin pin;
  pin.head.message_id = "AAPI";
  pin.account = "alice@example.com";
  pin.salted_pin = "AASA";
  pin.action = "Device";
  pin.automatic = true;
  const auto read = ParseMessagePin(Text(pin));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->salted_pin, "AASA");
  EXPECT_EQ(read->action, "Device");
  EXPECT_TRUE(read->automatic);
}

TEST(Message, ErrorNamesWhatCouldNotBeDelivered) {
  MessageError error;
  error.error = "MeshRecipientBlockedSender";
  error.head.references.push_back({"NAOF", "", "Error"});
  const auto read = ParseMessageError(Text(error));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->error, "MeshRecipientBlockedSender");
  EXPECT_EQ(read->head.references, error.head.references);
}

TEST(Message, HeadIsReadWhateverTheClass) {
  const auto head = ParseMessageHead(
      R"({"RequestConfirmation":{"MessageID":"N","Sender":"a@b.c","Text":{"x":[1]}}})");
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->type, kRequestConfirmation);
  EXPECT_EQ(head->sender, "a@b.c");
}

// --- What is refused -----------------------------------------------------------------------

TEST(Message, WithoutWhatItNeedsIsRefused) {
  RequestConnection request = SomeRequest();
  request.client_nonce.clear();
  EXPECT_EQ(ParseRequestConnection(Text(request)).status().code(), Code::kInvalidArgument);
  request = SomeRequest();
  request.account.clear();
  EXPECT_FALSE(ParseRequestConnection(Text(request)).ok());
  EXPECT_FALSE(ParseRequestConnection(R"({"RequestConnection":{"AccountAddress":"a@b.c"}})").ok());
  EXPECT_FALSE(ParseAcknowledgeConnection(R"({"AcknowledgeConnection":{}})").ok());
  EXPECT_FALSE(ParseRespondConnection(R"({"RespondConnection":{}})").ok());
  EXPECT_FALSE(ParseMessageClaim(R"({"MessageClaim":{"Sender":"a@b.c"}})").ok());
  EXPECT_FALSE(ParseMessagePin(R"({"MessagePIN":{}})").ok());
}

TEST(Message, OfAnotherClassIsRefused) {
  EXPECT_FALSE(ParseMessageClaim(Text(SomeRequest())).ok());
}

TEST(Message, ThatIsNoMessageIsRefused) {
  for (const std::string_view payload :
       {"", "{}", "[]", "{\"A\":1}", "{\"A\":{},\"B\":{}}", "{\"A\":{}} {}"}) {
    EXPECT_FALSE(ParseMessageHead(payload).ok()) << payload;
  }
}

// --- Envelopes ---------------------------------------------------------------------------

TEST(WrapMessage, LabelsTheEnvelopeAsASpoolWantsIt) {
  const PrivateKey key = PrivateKey::Generate(Curve::kEd448);
  const RequestConnection request = SomeRequest();
  const auto envelope = WrapMessage(request.head, Text(request), 1'767'225'600'000, &key);
  ASSERT_TRUE(envelope.ok());
  const auto header = dare::ParseHeader(envelope->header);
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->envelope_id, crypto::EnvelopeId(request.head.message_id));
  EXPECT_EQ(header->content_meta.unique_id, request.head.message_id);
  EXPECT_EQ(header->content_meta.message_type, kRequestConnection);
  EXPECT_EQ(header->content_meta.cty, "application/mmm/message");
  EXPECT_TRUE(dare::VerifySignature(*envelope, key.public_key()).ok());
}

// --- Witnesses and PINs ----------------------------------------------------------------------

TEST(ConnectionWitness, DependsOnBothKeysAndBothNonces) {
  const auto a = PrivateKey::Generate(Curve::kEd448).public_key();
  const auto b = PrivateKey::Generate(Curve::kEd448).public_key();
  const std::string witness = ConnectionWitness(a, "server", b, "client");
  EXPECT_EQ(witness.size(), 34u);
  EXPECT_EQ(witness, ConnectionWitness(a, "server", b, "client"));
  EXPECT_NE(witness, ConnectionWitness(b, "server", a, "client"));
  EXPECT_NE(witness, ConnectionWitness(a, "Server", b, "client"));
  EXPECT_NE(witness, ConnectionWitness(a, "server", b, "Client"));
}

// With the keys of the draft's Hello response.
TEST(ConnectionWitness, IsTheRecordedOne) {
  const crypto::PublicKey mesh{
      Curve::kEd448,
      Unhex("6dc8d9883dc180fabc34703c4d0b25250a34b3c331199e1474e43fde97c05e17d118ab7cc225"
            "de7bdcf7eb1581a937891476b03a731c3ab880")};
  const crypto::PublicKey device{
      Curve::kEd448,
      Unhex("8238a85b351b623e8b2c26f8e1d91a2fc239a7dd62a4d1e1acd310b5540894fea2c7bd9f519a"
            "970d900d8092b78bdbbc0dc1ccc62587963400")};
  EXPECT_EQ(ConnectionWitness(mesh, Unhex("000102030405060708090a0b0c0d0e0f"), device,
                              Unhex("101112131415161718191a1b1c1d1e1f")),
            "7TY4-WEQV-2JNW-MAFS-2GEM-YAYF-H5UQ");
}

TEST(Pin, ProvesItselfWithoutBeingShown) {
  const std::string pin = crypto::NewSecretUdf(crypto::SystemRandom());
  const auto salted = SaltedPin(pin, "Device");
  ASSERT_TRUE(salted.ok());
  const dare::Envelope profile = Signed("profile");
  EXPECT_EQ(PinWitness(*salted, "alice@example.com", "nonce", profile).size(), 64u);
  EXPECT_NE(*salted, *SaltedPin(pin, "Contact"));
  EXPECT_NE(PinUdf(*salted, "alice@example.com"), PinUdf(*salted, "bob@example.com"));
  EXPECT_NE(PinWitness(*salted, "alice@example.com", "nonce", profile),
            PinWitness(*salted, "alice@example.com", "other", profile));
}

TEST(Pin, ThatIsNoSecretIsRefused) {
  EXPECT_FALSE(SaltedPin(crypto::NewNonceUdf(crypto::SystemRandom()), "Device").ok());
  EXPECT_FALSE(SaltedPin("1234", "Device").ok());
}

}  // namespace
}  // namespace mesh
