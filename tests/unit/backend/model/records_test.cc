// The octets of the records. If a golden test here fails, the storage format has
// changed: see docs/STORAGE_FORMAT.md.

#include "backend/model/records.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

Usage SomeUsage() {
  Usage usage;
  usage.bytes = 300;
  usage.entries = 4;
  usage.containers = 2;
  usage.next_container = 3;
  usage.pending_uploads = 1;
  usage.incarnation = 0x0102030405060708;
  usage.members = 5;
  usage.connect_hour = 3;
  usage.connect_requests = 2;
  usage.outbox_entries = 6;
  usage.stranger_hour = 7;
  usage.stranger_messages = 8;
  return usage;
}

Member SomeMember() {
  Member member;
  member.unique_id = "MDEV";
  member.connection_digest = "cc";
  member.profile_account_digest = "ee";
  member.limited = true;
  member.permissions = {{"mmm_Contact", true}, {"mmm_Inbound", false}};
  return member;
}

Entry SomeEntry() {
  Entry entry;
  entry.received = 1767225600000;
  entry.event = proto::EVENT_UPDATE;
  entry.superseded_by = proto::EVENT_DELETE;
  entry.payload_bytes = 7;
  entry.tree_digest = "tt";
  entry.payload_digest = "pp";
  entry.envelope_id = "MB2K";
  entry.unique_id = "uid";
  entry.message_type = "Type";
  entry.connection_digests = {"c1", "c2"};
  entry.members = {"M1"};
  entry.profile_device_udf = "MDEV";
  entry.publication = Publication{"EK", 7};
  entry.contact_addresses = {"a@b"};
  entry.authentication_id = "MACC";
  return entry;
}

ContainerHead SomeHead() {
  ContainerHead head;
  head.number = 2;
  head.frontier.Append(std::string(64, 'a'));
  head.service_made = true;
  head.bytes = 71;
  head.last_received = 1767225600000;
  return head;
}

TEST(RecordsTest, TheOctetsOfUsageAreStable) {
  EXPECT_EQ(ToHex(SomeUsage().Encode()),
            "08ac02100418022003280130888e98a8c0e0808101380540034802500658076008");
}

TEST(RecordsTest, TheOctetsOfMessagesOnTheirWayAreStable) {
  proto::OutboxRecord outbox;
  outbox.set_sender("a@b");
  outbox.set_sender_udf("MA");
  outbox.set_recipient("c@d");
  outbox.set_created(1);
  outbox.set_due(2);
  outbox.set_attempts(3);
  outbox.set_lease("ll");
  outbox.set_holder("h");
  outbox.set_reason("r");
  EXPECT_EQ(ToHex(outbox.SerializeAsString()),
            "0a0361406212024d411a036340642001280230033a026c6c4201684a0172");
  proto::DeliveryRecord delivery;
  delivery.set_payload_digest("dd");
  delivery.set_expires(5);
  EXPECT_EQ(ToHex(delivery.SerializeAsString()), "0a0264641005");
  proto::InquiryRecord inquiry;
  inquiry.set_expires(5);
  EXPECT_EQ(ToHex(inquiry.SerializeAsString()), "0805");
}

TEST(RecordsTest, TheOctetsOfAnAccountAreStable) {
  proto::AccountRecord account;
  account.set_address("a@b");
  account.set_signed_profile_mesh("pp");
  account.set_signed_assertion_account("aa");
  account.set_mesh_udf("MM");
  account.set_account_udf("MA");
  account.set_profile_mesh_digest("dd");
  account.set_incarnation(5);
  account.set_created(7);
  account.add_containers("c");
  account.add_containers("d");
  account.add_administrator_udfs("MK");
  account.set_profile_account_digest("ee");
  account.set_owner("o@b");
  account.set_owner_udf("MO");
  account.set_mesh_fingerprint("ff");
  EXPECT_EQ(ToHex(account.SerializeAsString()),
            "0a03614062120270701a02616122024d4d2a024d4132026464380540074a01634a016452024d4b5a026565"
            "62036f40626a024d4f72026666");
}

TEST(RecordsTest, TheOctetsOfAMemberAreStable) {
  EXPECT_EQ(ToHex(SomeMember().Encode()),
            "0a044d444556120263631a0f0a0b6d6d6d5f436f6e7461637410011a0d0a0b6d6d6d5f496e626f756e64"
            "20012a026565");
}

TEST(RecordsTest, AMemberOfAVersionWithoutTheProfilesDigestIsRead) {
  std::string octets = SomeMember().Encode();
  octets.resize(octets.size() - 4);  // The last field.
  const Result<Member> member = Member::Decode(octets);
  ASSERT_TRUE(member.ok());
  EXPECT_EQ(member->profile_account_digest, "");
  EXPECT_EQ(member->connection_digest, "cc");
  EXPECT_EQ(member->permissions.size(), 2u);
}

TEST(RecordsTest, TheOctetsOfAKeptReplyAreStable) {
  proto::KeptReplyRecord record;
  record.set_reply("rr");
  record.set_expires(1767225600000);
  EXPECT_EQ(ToHex(record.SerializeAsString()), "0a0272721080d0eab6b733");
}

TEST(RecordsTest, TheOctetsOfADeviceThatAskedAreStable) {
  proto::AskedRecord record;
  record.set_profile_device_udf("MDEV");
  record.set_expires(1767225600000);
  EXPECT_EQ(ToHex(record.SerializeAsString()), "0a044d4445561080d0eab6b733");
}

TEST(RecordsTest, TheOctetsOfAnEntryAreStable) {
  EXPECT_EQ(
      ToHex(SomeEntry().Encode()),
      "0880d0eab6b73310021a02747422027070280732044d42324b3a0375696442045479706548035a0263315a02"
      "633262024d316a044d44455672060a02454b10077a036140628201044d414343");
}

TEST(RecordsTest, TheOctetsOfASealedPayloadAreStable) {
  proto::PayloadRecord record;
  record.set_header("{}");
  record.set_payload("pp");
  record.set_sealed(true);
  EXPECT_EQ(ToHex(record.SerializeAsString()), "0a027b7d120270702001");
}

TEST(RecordsTest, TheOctetsOfAHeadAreStable) {
  const std::string digest = ToHex(SomeHead().frontier.digest());
  EXPECT_EQ(ToHex(SomeHead().Encode()),
            "080210011a49010000000000000001" + digest + "2240" + digest + "280130473880d0eab6b733");
}

TEST(RecordsTest, WhatIsWrittenIsReadBack) {
  const Result<Usage> usage = Usage::Decode(SomeUsage().Encode());
  ASSERT_TRUE(usage.ok());
  EXPECT_EQ(usage->Encode(), SomeUsage().Encode());
  const Result<Member> member = Member::Decode(SomeMember().Encode());
  ASSERT_TRUE(member.ok());
  EXPECT_EQ(member->Encode(), SomeMember().Encode());
  const Result<Entry> entry = Entry::Decode(SomeEntry().Encode());
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry->Encode(), SomeEntry().Encode());
  const Result<ContainerHead> head = ContainerHead::Decode(SomeHead().Encode());
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->Encode(), SomeHead().Encode());
  EXPECT_EQ(head->next_index(), 1u);
}

TEST(RecordsTest, DamageIsNoticed) {
  EXPECT_EQ(Usage::Decode("\xff\xff").status().code(), Code::kDataLoss);
  EXPECT_EQ(Entry::Decode("\xff\xff").status().code(), Code::kDataLoss);
  EXPECT_EQ(Member::Decode("\xff\xff").status().code(), Code::kDataLoss);
  EXPECT_EQ(ContainerHead::Decode("\xff\xff").status().code(), Code::kDataLoss);
  EXPECT_EQ(ContainerHead::Decode("").status().code(), Code::kDataLoss);
}

TEST(RecordsTest, AHeadWhoseDigestIsNotItsFrontiersIsDamaged) {
  std::string octets = SomeHead().Encode();
  const std::string digest(SomeHead().frontier.digest());
  octets[octets.rfind(digest)] ^= 1;
  EXPECT_EQ(ContainerHead::Decode(octets).status().code(), Code::kDataLoss);
}

TEST(RecordsTest, TheStateOfAnEntryFollowsFromWhatBecameOfIt) {
  Entry entry;
  EXPECT_EQ(entry.state(), EntryState::kCurrent);
  entry.superseded_by = proto::EVENT_UPDATE;
  EXPECT_EQ(entry.state(), EntryState::kPassed);
  entry.superseded_by = proto::EVENT_DELETE;
  EXPECT_EQ(entry.state(), EntryState::kGone);
  entry.superseded_by = proto::EVENT_NONE;
  entry.spool_state = proto::SPOOL_STATE_READ;
  EXPECT_EQ(entry.state(), EntryState::kPassed);
  entry.spool_state = proto::SPOOL_STATE_CLOSED;
  EXPECT_EQ(entry.state(), EntryState::kGone);
}

TEST(RecordsTest, IncidentsAreStableAcrossReleases) {
  proto::IncidentRecord record;
  proto::Incident& incident = *record.mutable_incident();
  incident.set_kind(proto::INCIDENT_OWNER);
  incident.set_reason("claim");
  incident.set_source("MDEV");
  incident.set_account("a@b");
  incident.set_first(1);
  incident.set_last(2);
  incident.set_count(300);
  EXPECT_EQ(ToHex(record.SerializeAsString()),
            "0a1b08051205636c61696d1a044d44455622036140622801300238ac02");

  proto::IncidentSpoolRecord spool;
  spool.set_incidents(1);
  spool.set_dropped(2);
  spool.set_hour(3);
  spool.set_hour_incidents(4);
  EXPECT_EQ(ToHex(spool.SerializeAsString()), "0801100218032004");
}

}  // namespace
}  // namespace mesh::backend
