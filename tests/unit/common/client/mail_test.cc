// Alice writes to Bob: what his device makes of it, with the key and without, and of what somebody
// has had a hand in.

#include "common/client/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/client/contacts.h"
#include "common/crypto/udf.h"
#include "common/dare/container_file.h"
#include "common/dare/seal.h"
#include "common/dare/signature.h"
#include "common/mesh/message_signature.h"

namespace mesh::client {
namespace {

constexpr WallMillis kNow = 1767225600000;

struct Somebody {
  explicit Somebody(std::string_view address)
      : device(*MakeDevice("desk", crypto::SystemRandom())),
        mesh(*MakeMesh(crypto::SystemRandom())),
        account(*MakeAccount(address, {"https://example.com", "", ""}, std::nullopt, mesh, device,
                             crypto::SystemRandom())),
        keys(*ActivatePrivate(device, account.activation)) {}

  Person Contact() const {
    Person person;
    person.full_name = "Somebody";
    person.mesh_addresses = {account.address};
    person.profile_account = account.profile_account;
    person.profile_mesh = account.profile_mesh;
    return person;
  }
  const crypto::PublicKey& key() const { return account.profile.key_encryption->key; }

  Device device;
  MeshAdministrator mesh;
  Account account;
  ConnectionKeys keys;
};

class MailTest : public testing::Test {
 protected:
  MailTest() {
    ring_.Add(bob_.account.connected);
    EXPECT_TRUE(contacts_.Append(dare::FrameZero("application/mmm-catalog")).ok());
  }

  // `person` becomes an entry of Bob's contacts that `signer` has signed.
  void Know(const Person& person, const crypto::PrivateKey& signer) {
    dare::SealOptions options;
    options.signer = &signer;
    options.content_meta.emplace();
    options.content_meta->unique_id = ContactKey(person) + std::to_string(contacts_.frames());
    options.content_meta->event = "New";
    options.digest = true;
    ASSERT_TRUE(contacts_.Append(*dare::Seal(WriteContact(person), options)).ok());
  }

  // As Alice's device makes it, with `label` outside instead of its class.
  dare::Envelope Write(std::vector<crypto::PublicKey> readers, const Somebody& signer,
                       std::string_view label = kRequestTask) const {
    Letter letter;
    letter.head = MessageHead(kRequestTask);
    letter.head.message_id = crypto::NewNonceUdf(crypto::SystemRandom());
    letter.head.sender = alice_.account.address;
    letter.text = "hello";
    std::string payload;
    WriteMessage(letter, payload);
    letter.head.type = label;
    dare::Envelope envelope = *WrapMessage(letter.head, payload, kNow, nullptr, std::move(readers));
    EXPECT_TRUE(SignMessage(signer.keys.signature, signer.account.connection,
                            signer.account.profile_account, &envelope)
                    .ok());
    return envelope;
  }
  Mail Read(const dare::Envelope& envelope) {
    AddressBook book(contacts_, ring_);
    return ReadMail(envelope, bob_.account, book).value_or(Mail());
  }

  Somebody alice_{"alice@example.com"};
  Somebody bob_{"bob@example.com"};
  Somebody eve_{"eve@example.com"};
  KeyRing ring_;
  Replica contacts_;
};

TEST_F(MailTest, WhatIsEncryptedToTheAccountIsRead) {
  Know(alice_.Contact(), bob_.keys.signature);
  const dare::Envelope envelope = Write({bob_.key(), alice_.key()}, alice_);
  EXPECT_THAT(envelope.payload, testing::Not(testing::HasSubstr("hello")));

  const Mail mail = Read(envelope);

  EXPECT_EQ(mail.secrecy, Mail::Secrecy::kOpened);
  EXPECT_EQ(mail.letter.text, "hello");
  EXPECT_EQ(mail.signer, Mail::Signer::kContact);
  EXPECT_EQ(mail.signed_by, alice_.account.profile.udf());
}

TEST_F(MailTest, WithoutAKeyOnlyWhatIsOutsideIsKnown) {
  bob_.account.encryption.reset();

  const Mail mail = Read(Write({bob_.key()}, alice_));

  EXPECT_EQ(mail.secrecy, Mail::Secrecy::kNoKey);
  EXPECT_EQ(mail.letter.text, "");
  EXPECT_EQ(mail.letter.head.type, kRequestTask);
  EXPECT_EQ(mail.letter.head.sender, "alice@example.com");
  EXPECT_EQ(mail.signer, Mail::Signer::kStranger);
}

TEST_F(MailTest, WhatIsEncryptedToOthersIsNotRead) {
  EXPECT_EQ(Read(Write({eve_.key()}, alice_)).secrecy, Mail::Secrecy::kUnreadable);
}

TEST_F(MailTest, AnotherLabelOutsideThanInsideIsNotBelieved) {
  const Mail mail = Read(Write({bob_.key()}, alice_, kRequestContact));

  EXPECT_EQ(mail.secrecy, Mail::Secrecy::kUnreadable);
  EXPECT_EQ(mail.letter.text, "");
}

TEST_F(MailTest, WhatIsInClearSaysSo) {
  const Mail mail = Read(Write({}, alice_));

  EXPECT_EQ(mail.secrecy, Mail::Secrecy::kClear);
  EXPECT_EQ(mail.letter.text, "hello");
  EXPECT_EQ(mail.signer, Mail::Signer::kStranger);
}

TEST_F(MailTest, WhoSignsWhatAnotherHasEncryptedIsNotItsSender) {
  dare::Envelope stolen = Write({bob_.key()}, alice_);
  ASSERT_TRUE(SignMessage(eve_.keys.signature, eve_.account.connection,
                          eve_.account.profile_account, &stolen)
                  .ok());

  const Mail mail = Read(stolen);

  EXPECT_EQ(mail.signer, Mail::Signer::kNobody);
  EXPECT_EQ(mail.signed_by, "");
}

TEST_F(MailTest, AnotherProfileThanInTheContactIsNoticed) {
  Know(alice_.Contact(), bob_.keys.signature);
  const Somebody impostor("alice@example.com");

  EXPECT_EQ(Read(Write({bob_.key()}, impostor)).signer, Mail::Signer::kOther);
}

// The service keeps the contacts, and could add one.
TEST_F(MailTest, AContactThatNoDeviceSignedDoesNotCount) {
  Person forged = Somebody("alice@example.com").Contact();
  Know(alice_.Contact(), bob_.keys.signature);
  Know(forged, eve_.keys.signature);

  AddressBook book(contacts_, ring_);

  ASSERT_NE(book.Find("alice@example.com"), nullptr);
  EXPECT_EQ(book.Find("alice@example.com")->profile.udf(), alice_.account.profile.udf());
  EXPECT_EQ(book.Find("eve@example.com"), nullptr);
}

TEST_F(MailTest, TheNewestContactCounts) {
  const Somebody anew("alice@example.com");
  Know(alice_.Contact(), bob_.keys.signature);
  Know(anew.Contact(), bob_.keys.signature);

  AddressBook book(contacts_, ring_);

  EXPECT_EQ(book.Find("alice@example.com")->profile.udf(), anew.account.profile.udf());
}

TEST_F(MailTest, AProfileOfAnotherAddressIsNoProfile) {
  Person wrong = eve_.Contact();
  wrong.mesh_addresses = {"alice@example.com"};

  EXPECT_EQ(ProfilesOf(wrong).status().code(), Code::kPermissionDenied);
  wrong.profile_mesh = alice_.account.profile_mesh;
  EXPECT_FALSE(ProfilesOf(wrong).ok());
  wrong.profile_mesh.reset();
  EXPECT_EQ(ProfilesOf(wrong).status().code(), Code::kNotFound);
}

TEST_F(MailTest, AFileWithTheSamePersonDoesNotTakeTheProfilesPlace) {
  Person person = alice_.Contact();
  const std::string key = ContactKey(person);
  person.full_name = "Another name";
  EXPECT_EQ(ContactKey(person), key);
  person.profile_account.reset();
  EXPECT_NE(ContactKey(person), key);
}

TEST_F(MailTest, AContactKeepsItsProfile) {
  const Person read = *ParseContact(WriteContact(alice_.Contact()));

  EXPECT_EQ(read.profile_account, alice_.account.profile_account);
  EXPECT_EQ(read.profile_mesh, alice_.account.profile_mesh);
  EXPECT_TRUE(ProfilesOf(read).ok());
}

}  // namespace
}  // namespace mesh::client
