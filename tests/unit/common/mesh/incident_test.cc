// Incidents: what they may hold, when two are one, and that a tally is bounded.

#include "common/mesh/incident.h"

#include <gtest/gtest.h>

#include "common/mesh/incident_tally.h"
#include "proto/mesh.pb.h"

namespace mesh {
namespace {

Incident Some() { return {IncidentKind::kOwner, "claim", "MDEV", "alice@example.com", 10, 20, 3}; }

TEST(IncidentTest, ANetworkIsWhatASourceUsuallyHas) {
  EXPECT_EQ(NetworkOf("192.0.2.77"), "192.0.2.0/24");
  EXPECT_EQ(NetworkOf("2001:db8:1:2::3"), "2001:db8:1::/48");
  EXPECT_EQ(NetworkOf("::ffff:192.0.2.77"), "192.0.2.0/24");
}

TEST(IncidentTest, WhatIsNoAddressHasNoNetwork) {
  for (const char* text : {"", "192.0.2", "192.0.2.1:80", "example.com", "::1::"}) {
    EXPECT_EQ(NetworkOf(text), "") << text;
  }
}

TEST(IncidentTest, WhatCrossesTheHopComesOutAsItWent) {
  proto::Incident message;
  FillIncident(Some(), &message);
  const Result<Incident> taken = TakeIncident(message);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(IncidentKey(*taken), IncidentKey(Some()));
  EXPECT_EQ(taken->first, 10);
  EXPECT_EQ(taken->last, 20);
  EXPECT_EQ(taken->count, 3u);
}

TEST(IncidentTest, OneThatCanBeNoneOfOursIsRefused) {
  const std::vector<std::function<void(Incident&)>> faults = {
      [](Incident& i) { i.reason = ""; },
      [](Incident& i) { i.reason = "Not A Word"; },
      [](Incident& i) { i.reason = std::string(33, 'a'); },
      [](Incident& i) { i.source = "two words"; },
      [](Incident& i) { i.source = "\x1b[2J"; },
      [](Incident& i) { i.source = std::string(256, 'a'); },
      [](Incident& i) { i.account = "a\nb@example.com"; },
      [](Incident& i) { i.count = 0; },
      [](Incident& i) { i.first = i.last + 1; },
      [](Incident& i) { i.first = -1; },
  };
  for (size_t fault = 0; fault < faults.size(); ++fault) {
    Incident incident = Some();
    faults[fault](incident);
    proto::Incident message;
    FillIncident(incident, &message);
    EXPECT_EQ(TakeIncident(message).status().code(), Code::kInvalidArgument) << fault;
  }
}

TEST(IncidentTest, AKindOfALaterVersionIsAnotherOne) {
  proto::Incident message;
  FillIncident(Some(), &message);
  message.set_kind(static_cast<proto::IncidentKind>(99));
  const Result<Incident> taken = TakeIncident(message);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(IncidentKindName(taken->kind), "other");
}

TEST(IncidentTest, FieldsAreToldApart) {
  Incident one = Some();
  Incident other = Some();
  one.source = "ab";
  one.account = "c";
  other.source = "a";
  other.account = "bc";
  EXPECT_NE(IncidentKey(one), IncidentKey(other));
}

TEST(IncidentTallyTest, TheSameThingIsOne) {
  IncidentTally tally;
  tally.Count(IncidentKind::kRate, "account", "MDEV", "", 5);
  tally.Count(IncidentKind::kRate, "account", "MDEV", "", 9);
  tally.Count(IncidentKind::kRate, "account", "OTHER", "", 7);
  const std::vector<Incident> taken = tally.Take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].source, "MDEV");
  EXPECT_EQ(taken[0].count, 2u);
  EXPECT_EQ(taken[0].first, 5);
  EXPECT_EQ(taken[0].last, 9);
  EXPECT_TRUE(tally.empty());
}

TEST(IncidentTallyTest, AFloodFromNewSourcesIsCountedTogether) {
  IncidentTally tally;
  constexpr uint64_t kFlood = 10 * kIncidentsTalliedMax;
  for (uint64_t i = 0; i < kFlood; ++i) {
    tally.Count(IncidentKind::kAuthentication, "handshake", std::to_string(i), "a@b.c", 1);
  }
  const std::vector<Incident> taken = tally.Take();
  EXPECT_EQ(taken.size(), kIncidentsTalliedMax + 1);
  uint64_t counted = 0;
  uint64_t others = 0;
  for (const Incident& incident : taken) {
    counted += incident.count;
    if (incident.source == kOtherSources) others += incident.count;
  }
  EXPECT_EQ(counted, kFlood);
  EXPECT_EQ(others, kFlood - kIncidentsTalliedMax);
}

TEST(IncidentTallyTest, WhatCouldNotBeToldIsPutBack) {
  IncidentTally tally;
  tally.Count(IncidentKind::kRate, "account", "MDEV", "", 5);
  std::vector<Incident> taken = tally.Take();
  tally.Count(IncidentKind::kRate, "account", "MDEV", "", 9);
  for (Incident& incident : taken) tally.Add(std::move(incident));
  taken = tally.Take();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].count, 2u);
  EXPECT_EQ(taken[0].first, 5);
}

}  // namespace
}  // namespace mesh
