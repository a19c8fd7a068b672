#include "common/client/contacts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string WhyRefused(std::string_view text) {
  const Result<std::vector<Person>> people = ParsePeople(text);
  EXPECT_EQ(people.status().code(), Code::kInvalidArgument);
  return people.status().message();
}

TEST(ContactsTest, PeopleAreReadFromJson) {
  const std::vector<Person> people = *ParsePeople(
      R"([{"FullName": "Carol Copper", "Email": "carol@example.com"},
          {"First": "Dan", "Last": "Deal", "Email": ["d@example.com", "dan@example.net"],
           "Phone": "+1 555"}])");

  ASSERT_EQ(people.size(), 2u);
  EXPECT_EQ(people[0].full_name, "Carol Copper");
  EXPECT_EQ(people[1].full_name, "Dan Deal");
  EXPECT_THAT(people[1].emails, ElementsAre("d@example.com", "dan@example.net"));
  EXPECT_THAT(people[1].phones, ElementsAre("+1 555"));
}

TEST(ContactsTest, PeopleAreReadFromVCards) {
  const std::vector<Person> people = *ParsePeople(
      "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Erin\r\n  Example\r\nN:Example;Erin;;;\r\n"
      "item1.EMAIL;TYPE=work:erin@example.com\r\nTEL;VALUE=uri:tel:+1-555\r\nEND:VCARD\r\n"
      "begin:vcard\nfn:A\\, B\nuid:key-7\nend:vcard\n");

  ASSERT_EQ(people.size(), 2u);
  EXPECT_EQ(people[0].full_name, "Erin Example");
  EXPECT_EQ(people[0].first, "Erin");
  EXPECT_EQ(people[0].last, "Example");
  EXPECT_THAT(people[0].emails, ElementsAre("erin@example.com"));
  EXPECT_THAT(people[0].phones, ElementsAre("+1-555"));
  EXPECT_EQ(people[1].full_name, "A, B");
  EXPECT_EQ(ContactKey(people[1]), "key-7");
}

TEST(ContactsTest, WhatCannotBeReadIsRefusedWithWhatIsExpected) {
  EXPECT_THAT(WhyRefused(""), HasSubstr("empty"));
  EXPECT_THAT(WhyRefused("BEGIN:VCARD\nFN:Andr\xE9\nEND:VCARD\n"), HasSubstr("not UTF-8"));
  EXPECT_THAT(WhyRefused("hello"), HasSubstr("JSON array of people or vCards"));
  EXPECT_THAT(WhyRefused("[{\"Email\": \"a@b\"}]"), HasSubstr("person 1 has no name"));
  EXPECT_THAT(WhyRefused("[{\"Nmae\": \"x\"}]"), HasSubstr("FullName"));
  EXPECT_THAT(WhyRefused("BEGIN:VCARD\nFN:A\n"), HasSubstr("END:VCARD"));
  EXPECT_THAT(WhyRefused("BEGIN:VCARD\nFN:A\nBEGIN:VCARD\n"), HasSubstr("inside another"));
}

TEST(ContactsTest, AContactIsReadBack) {
  Person person;
  person.full_name = "Carol \"C\" Copper";
  person.first = "Carol";
  person.last = "Copper";
  person.emails = {"carol@example.com"};
  person.phones = {"+1 555"};
  person.mesh_addresses = {"carol@mesh.example"};

  const Person read = *ParseContact(WriteContact(person));

  EXPECT_EQ(read.full_name, person.full_name);
  EXPECT_EQ(read.first, person.first);
  EXPECT_EQ(read.emails, person.emails);
  EXPECT_EQ(read.phones, person.phones);
  EXPECT_EQ(read.mesh_addresses, person.mesh_addresses);
  EXPECT_EQ(read.key, ContactKey(person));
}

TEST(ContactsTest, TheSamePersonHasTheSameKeyAndAnotherHasAnother) {
  Person carol;
  carol.full_name = "Carol";
  carol.emails = {"carol@example.com"};
  Person other = carol;
  other.phones = {"1"};
  EXPECT_EQ(ContactKey(carol), ContactKey(other));

  other.emails = {"carol@example.net"};
  EXPECT_NE(ContactKey(carol), ContactKey(other));
}

}  // namespace
}  // namespace mesh::client
