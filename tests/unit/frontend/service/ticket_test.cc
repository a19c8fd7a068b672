#include "frontend/service/ticket.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "frontend/service/ticket_cache.h"
#include "proto/ticket.pb.h"
#include "tests/support/fixed_random.h"

namespace mesh::frontend {
namespace {

constexpr char kService[] = "MSER-VICE";

std::shared_ptr<const TicketKeyring> Keyring(std::initializer_list<char> keys) {
  std::vector<std::string> secrets;
  for (const char key : keys) secrets.emplace_back(TicketKeyring::kKeyBytes, key);
  return TicketKeyring::FromKeys(secrets);
}

proto::Ticket Content() {
  proto::Ticket ticket;
  ticket.set_mode(proto::Caller::PROFILE);
  ticket.set_account("alice@example.com");
  ticket.set_incarnation(7);
  ticket.set_device_udf("MDEV-ICE");
  ticket.set_expires(1767312000000);
  ticket.set_master_key(std::string(32, 'm'));
  return ticket;
}

std::string Sealed(const TicketKeyring& keyring) {
  return SealTicket(keyring, kService, Content(), crypto::SystemRandom());
}

Code Open(const TicketKeyring& keyring, std::string_view octets) {
  return OpenTicket(keyring, kService, octets).status().code();
}

TEST(Ticket, WhatIsSealedIsReadAgain) {
  const auto keyring = Keyring({'a'});
  const auto opened = OpenTicket(*keyring, kService, Sealed(*keyring));
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ((*opened)->get().SerializeAsString(), Content().SerializeAsString());
  EXPECT_EQ((*opened)->master_key(), std::string(32, 'm'));
}

// PERSISTENT: front ends of two versions must read each other's tickets.
TEST(Ticket, ItsOctetsAreThoseOfTheFormat) {
  FixedRandom random(std::string(32, 's'));
  EXPECT_EQ(ToHex(SealTicket(*Keyring({'a'}), kService, Content(), random)),
            "01020089a47cb0761c" + ToHex(std::string(32, 's')) +
                "465a11d47f035a184aae39a04d525bffb639ff513ed45b1b423e3bdcbba9391b1181ea3fce5c3b63"
                "8c8946f9903b41072701b1bf82231644c3fba54e1336f0ae55444a9b3ae4d22eb9aa4f6074644884"
                "42db18fbb0b9d84e1399");
}

TEST(Ticket, AnyKeyOfTheRingOpens) {
  const std::string octets = Sealed(*Keyring({'a'}));
  EXPECT_EQ(Open(*Keyring({'a', 'b'}), octets), Code::kOk);
  EXPECT_EQ(Open(*Keyring({'b', 'a'}), octets), Code::kOk);
}

TEST(Ticket, ARetiredKeyOpensNothing) {
  EXPECT_EQ(Open(*Keyring({'b'}), Sealed(*Keyring({'a'}))), Code::kNotFound);
}

TEST(Ticket, NoBitOfItCanBeChanged) {
  const auto keyring = Keyring({'a'});
  const std::string octets = Sealed(*keyring);
  for (size_t i = 0; i < octets.size() * 8; ++i) {
    std::string edited = octets;
    edited[i / 8] = static_cast<char>(edited[i / 8] ^ (1 << (i % 8)));
    // Version and key id are looked at first.
    const Code expected = i / 8 < 9 ? Code::kNotFound : Code::kUnauthenticated;
    EXPECT_EQ(Open(*keyring, edited), expected) << "bit " << i;
  }
}

TEST(Ticket, NoOctetOfItCanBeMissingOrAdded) {
  const auto keyring = Keyring({'a'});
  const std::string octets = Sealed(*keyring);
  for (size_t size = 0; size < octets.size(); ++size) {
    EXPECT_NE(Open(*keyring, octets.substr(0, size)), Code::kOk) << size;
  }
  EXPECT_EQ(Open(*keyring, octets + "x"), Code::kUnauthenticated);
  EXPECT_EQ(Open(*keyring, octets + octets), Code::kUnauthenticated);
}

TEST(Ticket, AnotherServicesTicketDoesNotOpenUnderTheSameKey) {
  const auto keyring = Keyring({'a'});
  EXPECT_EQ(OpenTicket(*keyring, "MOTH-ER", Sealed(*keyring)).status().code(),
            Code::kUnauthenticated);
}

TEST(TicketCache, WhatWasOpenedIsNotOpenedAgain) {
  TicketCache cache;
  const auto keyring = Keyring({'a'});
  const std::string octets = Sealed(*keyring);
  const auto first = *cache.Open(keyring, kService, octets);
  EXPECT_EQ(*cache.Open(keyring, kService, octets), first);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(TicketCache, WhatDoesNotOpenIsNotKept) {
  TicketCache cache;
  EXPECT_FALSE(cache.Open(Keyring({'a'}), kService, Sealed(*Keyring({'b'}))).ok());
  EXPECT_EQ(cache.size(), 0u);
}

TEST(TicketCache, TheOneThatWasNotUsedForLongestGoes) {
  TicketCache cache(2);
  const auto keyring = Keyring({'a'});
  const std::string one = Sealed(*keyring), two = Sealed(*keyring), three = Sealed(*keyring);
  const auto first = *cache.Open(keyring, kService, one);
  const auto second = *cache.Open(keyring, kService, two);
  EXPECT_EQ(*cache.Open(keyring, kService, one), first);
  ASSERT_TRUE(cache.Open(keyring, kService, three).ok());
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(*cache.Open(keyring, kService, one), first);
  EXPECT_NE(*cache.Open(keyring, kService, two), second);
}

TEST(TicketCache, NewKeysForgetWhatOldOnesOpened) {
  TicketCache cache;
  const std::string octets = Sealed(*Keyring({'a'}));
  ASSERT_TRUE(cache.Open(Keyring({'a'}), kService, octets).ok());
  EXPECT_EQ(cache.Open(Keyring({'b'}), kService, octets).status().code(), Code::kNotFound);
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace mesh::frontend
