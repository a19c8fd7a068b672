// A device asks, an administrator looks and answers, and the device believes what is proved to
// it; and a published device and who claims it. What is wrong at any step is found at the next.

#include "common/client/connecting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/client/publishing.h"
#include "common/crypto/udf.h"
#include "common/dare/seal.h"

namespace mesh::client {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kAlice = "alice@example.com";
constexpr WallMillis kNow = 1767225600000;
const ServiceAddress kService{"https://mesh.example.com", "", ""};

Account AccountOf(std::string_view address, const Device& device) {
  const MeshAdministrator mesh = *MakeMesh(crypto::SystemRandom());
  return *MakeAccount(address, kService, std::nullopt, mesh, device, crypto::SystemRandom());
}

class ConnectingTest : public ::testing::Test {
 protected:
  // What a service answers to `asking`.
  static ConnectReply Acknowledge(const Account& account, const Device& device,
                                  const Asking& asking) {
    AcknowledgeConnection message;
    message.request = asking.envelope;
    message.server_nonce = std::string(kConnectionNonceBytes, 's');
    message.witness =
        ConnectionWitness(account.mesh.key_offline_signature.key, message.server_nonce,
                          device.profile.key_offline_signature.key, asking.nonce);
    message.head.message_id = message.witness;
    return {Wrap(message), account.profile_mesh, account.profile_account};
  }
  template <typename Message>
  static dare::Envelope Wrap(const Message& message) {
    std::string payload;
    WriteMessage(message, payload);
    return *WrapMessage(message.head, payload, kNow, nullptr);
  }
  Asking Ask(std::string_view pin = {}) const {
    return *MakeConnectionRequest(phone_, kAlice, pin, kNow, crypto::SystemRandom());
  }
  Result<AskedAccount> Take(const Asking& asking, const ConnectReply& reply) const {
    return TakeAcknowledgement(phone_, asking, kAlice, kService, reply);
  }
  ConnectionRequest Read(const Asking& asking, const std::vector<MessagePin>& pins,
                         WallMillis now = kNow) const {
    return *ReadConnectionRequest(*Acknowledge(alice_, phone_, asking).acknowledge, alice_, pins,
                                  now);
  }
  CatalogedDevice Entry(const Device& device) const {
    return *ConnectDevice(alice_, device.envelope, NewActivation(crypto::SystemRandom()),
                          Reading::kAllowed, crypto::SystemRandom());
  }

  const Device desk_ = *MakeDevice("desk", crypto::SystemRandom());
  const Device phone_ = *MakeDevice("phone", crypto::SystemRandom());
  const Account alice_ = AccountOf(kAlice, desk_);
};

TEST_F(ConnectingTest, BothSidesComeToTheSameCode) {
  const Asking asking = Ask();
  const auto asked = Take(asking, Acknowledge(alice_, phone_, asking));
  ASSERT_TRUE(asked.ok()) << asked.status().message();
  EXPECT_EQ(asked->witness, Read(asking, {}).witness);
  const auto again = ReadAsked(WriteAsked(*asked));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->witness, asked->witness);
  EXPECT_EQ(again->service.url, kService.url);
}

TEST_F(ConnectingTest, AServiceThatMakesUpTheCodeIsNotBelieved) {
  const Asking asking = Ask();
  ConnectReply reply = Acknowledge(alice_, phone_, asking);
  auto message = *ParseAcknowledgeConnection(reply.acknowledge->payload);
  message.server_nonce = std::string(kConnectionNonceBytes, 't');
  reply.acknowledge = Wrap(message);
  EXPECT_EQ(Take(asking, reply).status().code(), Code::kDataLoss);
  EXPECT_EQ(ReadConnectionRequest(*reply.acknowledge, alice_, {}, kNow).status().code(),
            Code::kPermissionDenied);
}

TEST_F(ConnectingTest, AServiceThatShowsAnotherAccountIsNotBelieved) {
  const Account bob = AccountOf("bob@example.com", desk_);
  const Asking asking = Ask();
  EXPECT_EQ(Take(asking, Acknowledge(bob, phone_, asking)).status().code(), Code::kDataLoss);
  EXPECT_EQ(Take(asking, Acknowledge(alice_, phone_, Ask())).status().code(), Code::kDataLoss);
  EXPECT_EQ(Take(asking, {}).status().code(), Code::kDataLoss);
}

TEST_F(ConnectingTest, AnAcceptedDeviceJoinsWithItsOwnKeys) {
  const CatalogedDevice entry = Entry(phone_);
  const auto response = *MakeResponse(alice_, "MESSAGE", &entry, kNow);
  const auto account = TakeResponse(response, phone_, kAlice, kService, &alice_.profile_account);
  ASSERT_TRUE(account.ok()) << account.status().message();
  EXPECT_EQ(account->address, kAlice);
  EXPECT_FALSE(account->administrator());
  EXPECT_EQ(account->profile.udf(), alice_.profile.udf());
  EXPECT_EQ(ParseRespondConnection(response.payload)->head.message_id,
            crypto::ResponseId("MESSAGE"));
}

TEST_F(ConnectingTest, ARefusalIsBelievedFromTheAdministratorOnly) {
  const auto take = [&](const dare::Envelope& response) {
    return TakeResponse(response, phone_, kAlice, kService, &alice_.profile_account).status();
  };
  EXPECT_THAT(take(*MakeResponse(alice_, "M", nullptr, kNow)).message(), HasSubstr("refused"));
  const Account bob = AccountOf("bob@example.com", desk_);
  EXPECT_EQ(take(*MakeResponse(bob, "M", nullptr, kNow)).code(), Code::kDataLoss);
}

TEST_F(ConnectingTest, AnAnswerForAnotherDeviceOrAnotherAccountIsRefused) {
  const CatalogedDevice desk = Entry(desk_);
  EXPECT_FALSE(TakeResponse(*MakeResponse(alice_, "M", &desk, kNow), phone_, kAlice, kService,
                            &alice_.profile_account)
                   .ok());
  const Account bob = AccountOf("bob@example.com", desk_);
  const CatalogedDevice phone = Entry(phone_);
  EXPECT_EQ(TakeResponse(*MakeResponse(bob, "M", &phone, kNow), phone_, kAlice, kService,
                         &alice_.profile_account)
                .status()
                .code(),
            Code::kDataLoss);
}

// --- PINs ------------------------------------------------------------------------------------

TEST_F(ConnectingTest, APinProvesTheDeviceThatKnowsIt) {
  const NewPin pin = *MakePin(alice_, kNow, kNow + 1000, crypto::SystemRandom());
  const std::vector<MessagePin> pins = {*ParseMessagePin(pin.message.payload)};
  const ConnectionRequest good = Read(Ask(pin.pin), pins);
  EXPECT_EQ(good.pin, ConnectionRequest::Pin::kGood);
  EXPECT_EQ(good.pin_id, pins[0].head.message_id);
  EXPECT_EQ(Read(Ask(), pins).pin, ConnectionRequest::Pin::kNone);
  EXPECT_EQ(Read(Ask(pin.pin), {}).pin, ConnectionRequest::Pin::kWrong);
  EXPECT_EQ(Read(Ask(pin.pin), pins, kNow + 1000).pin, ConnectionRequest::Pin::kWrong);
  const std::string other = crypto::NewSecretUdf(crypto::SystemRandom());
  EXPECT_EQ(Read(Ask(other), pins).pin, ConnectionRequest::Pin::kWrong);
}

TEST_F(ConnectingTest, APinOfAnotherUseIsNone) {
  const NewPin pin = *MakePin(alice_, kNow, kNow + 1000, crypto::SystemRandom());
  MessagePin contact = *ParseMessagePin(pin.message.payload);
  contact.action = "Contact";
  EXPECT_EQ(Read(Ask(pin.pin), {contact}).pin, ConnectionRequest::Pin::kWrong);
  EXPECT_EQ(
      MakeConnectionRequest(phone_, kAlice, "1234", kNow, crypto::SystemRandom()).status().code(),
      Code::kInvalidArgument);
}

// --- Publications ------------------------------------------------------------------------------

class PublishingTest : public ConnectingTest {
 protected:
  const NewPublication made_ =
      *PublishDevice("maker@example.com", phone_.envelope, kNow, crypto::SystemRandom());
};

TEST_F(PublishingTest, WhoHasTheSecretOpensThePublication) {
  const Earl earl = *ParseEarl(made_.earl.Uri());
  EXPECT_EQ(earl.address, "maker@example.com");
  EXPECT_EQ(earl.PublicationId(), made_.publication.id);
  EXPECT_EQ(OpenPublication(made_.publication, earl)->payload, phone_.envelope.payload);
  const Earl other{"maker@example.com", crypto::NewSecretUdf(crypto::SystemRandom())};
  EXPECT_EQ(OpenPublication(made_.publication, other).status().code(), Code::kDataLoss);
}

TEST_F(PublishingTest, AClaimIsBelievedFromWhoKnowsTheSecret) {
  const NewClaim claim = *MakeClaim(made_.earl, kAlice, kNow, crypto::SystemRandom());
  EXPECT_EQ(ReadClaim(claim.envelope, made_.earl)->head.sender, kAlice);
  const auto parsed = *ParseMessageClaim(claim.envelope.payload);
  EXPECT_TRUE(
      crypto::VerifyClaim(parsed.service_authenticate, made_.publication.authenticator, kAlice));
  MessageClaim stolen = parsed;
  stolen.head.sender = "eve@example.com";
  EXPECT_FALSE(ReadClaim(Wrap(stolen), made_.earl).ok());
  const Earl other{"maker@example.com", crypto::NewSecretUdf(crypto::SystemRandom())};
  EXPECT_FALSE(ReadClaim(claim.envelope, other).ok());
}

class CardTest : public ConnectingTest {
 protected:
  static dare::Envelope ContactOf(const Account& account) {
    Person person;
    person.full_name = "Alice";
    person.mesh_addresses = {account.address};
    person.profile_account = account.profile_account;
    person.profile_mesh = account.profile_mesh;
    return *dare::Seal(WriteContact(person), {});
  }
  static NewPublication Publish(std::string_view address, const dare::Envelope& contact) {
    return *PublishContact(address, contact, kNow, crypto::SystemRandom());
  }
};

TEST_F(CardTest, WhoHasTheCodeHasTheContactAndItsKey) {
  const NewPublication card = Publish(kAlice, ContactOf(alice_));
  EXPECT_EQ(card.publication.data->payload.find("Alice"), std::string::npos);

  const auto person = OpenContact(card.publication, *ParseEarl(card.earl.Uri()));

  ASSERT_TRUE(person.ok()) << person.status().message();
  EXPECT_EQ(person->full_name, "Alice");
  EXPECT_EQ(ProfilesOf(*person)->account.udf(), alice_.profile.udf());
}

TEST_F(CardTest, AContactOfSomebodyElseIsNotTaken) {
  const NewPublication card = Publish("eve@example.com", ContactOf(alice_));
  EXPECT_EQ(OpenContact(card.publication, card.earl).status().code(), Code::kDataLoss);
}

TEST_F(CardTest, NorIsADeviceOrWhatAnotherSecretOpens) {
  const auto device = *PublishDevice(kAlice, phone_.envelope, kNow, crypto::SystemRandom());
  EXPECT_EQ(OpenContact(device.publication, device.earl).status().code(), Code::kDataLoss);
  const NewPublication card = Publish(kAlice, ContactOf(alice_));
  EXPECT_FALSE(OpenContact(card.publication, device.earl).ok());
  EXPECT_FALSE(OpenPublication(card.publication, card.earl).ok());
}

TEST_F(CardTest, WhatWasPublishedIsReadBack) {
  const NewPublication card = Publish(kAlice, ContactOf(alice_));
  const auto read = *ReadPublished(WritePublished({{card.earl, kNow}}));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].earl.Uri(), card.earl.Uri());
  EXPECT_EQ(read[0].until, kNow);
  for (const char* text : {"", "{}", "[]", R"({"PublishedContacts":[{"URI":"mcu://x"}]})"}) {
    EXPECT_EQ(ReadPublished(text).status().code(), Code::kDataLoss) << text;
  }
}

TEST_F(PublishingTest, AUriOfAnotherFormSaysWhatIsExpected) {
  for (const char* uri : {"", "mcu://", "mcu://maker@example.com", "mcu://maker@example.com/",
                          "mcu://maker@example.com/MAAA-AAAA",
                          "https://maker@example.com/EAAA-AAAA", "mcu:///EBQK-2345"}) {
    EXPECT_THAT(ParseEarl(uri).status().message(), HasSubstr("mcu://")) << uri;
  }
}

}  // namespace
}  // namespace mesh::client
