// Incidents at their owner: recorded for front ends, tallied for refused messages, listed for
// the operator and nobody else.

#include <gmock/gmock.h>

#include "tests/unit/backend/transactions/messages.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class IncidentsTest : public MessagesTest {
 protected:
  IncidentsTest() { bench_.incidents = &incidents_; }

  proto::PartitionReply As(proto::Caller::Mode mode,
                           const std::function<void(proto::PartitionRequest&)>& fill) {
    proto::PartitionRequest request;
    request.mutable_caller()->set_mode(mode);
    fill(request);
    return bench_.Run(request);
  }
  proto::PartitionReply Record(const std::vector<Incident>& incidents,
                               proto::Caller::Mode mode = proto::Caller::FORWARDER) {
    return As(mode, [&](proto::PartitionRequest& request) {
      request.mutable_record_incidents();
      for (const Incident& incident : incidents) {
        FillIncident(incident, request.mutable_record_incidents()->add_incidents());
      }
    });
  }
  proto::PartitionReply List(proto::Caller::Mode mode = proto::Caller::OPERATOR) {
    return As(mode, [](proto::PartitionRequest& request) { request.mutable_list_incidents(); });
  }
  // "owner/claim MDEV alice@example.com 3"
  std::vector<std::string> Listed() {
    std::vector<std::string> lines;
    proto::PartitionReply reply = List();
    for (proto::Incident& message : *reply.mutable_list_incidents()->mutable_incidents()) {
      const Incident incident = *TakeIncident(message);
      lines.push_back(std::string(IncidentKindName(incident.kind)) + "/" + incident.reason + " " +
                      incident.source + " " + incident.account + " " +
                      std::to_string(incident.count));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  Incident Seal(const std::string& source, std::string_view account = {}) {
    const WallMillis now = bench_.clock.WallNow();
    return {IncidentKind::kAuthentication, "seal", source, std::string(account), now, now, 1};
  }
  // Writes what the owner tallied.
  void Sweep() {
    const std::unique_ptr<Reader> snapshot = bench_.store.NewSnapshot();
    WriteView view(*snapshot);
    TransactionContext context{
        view,          &view,         bench_.clock.WallNow(), bench_.slot_key,
        bench_.policy, bench_.random, bench_.messaging,       bench_.incidents};
    view.Begin();
    ASSERT_TRUE(SweepIncidents(context).ok());
    view.Keep();
    ASSERT_TRUE(bench_.store.Commit(view.Take(), true).ok());
  }

  IncidentFigures figures_;
  OwnerIncidents tally_of_owner_;
  IncidentContext incidents_{1, {}, figures_, tally_of_owner_};
};

TEST_F(IncidentsTest, WhatAFrontEndRecordsTheOperatorReads) {
  EXPECT_EQ(Record({Seal("192.0.2.0/24"), Seal("192.0.2.0/24"), Seal("MDEV", kAlice)})
                .record_incidents()
                .recorded(),
            3u);
  EXPECT_THAT(Listed(), ElementsAre("authentication/seal 192.0.2.0/24  2",
                                    "authentication/seal MDEV alice@example.com 1"));
  EXPECT_EQ(figures_.counts[static_cast<size_t>(IncidentKind::kAuthentication)], 3u);
}

TEST_F(IncidentsTest, OnlyOurFrontEndsRecordAndOnlyTheOperatorReads) {
  for (const auto mode : {proto::Caller::NOBODY, proto::Caller::REFERENCE, proto::Caller::DEVICE,
                          proto::Caller::PROFILE, proto::Caller::SERVICE}) {
    EXPECT_EQ(Record({Seal("a")}, mode).record_incidents().recorded(), 0u) << mode;
    EXPECT_THAT(List(mode).list_incidents().incidents(), IsEmpty()) << mode;
    EXPECT_EQ(List(mode).mesh_status(), mode == proto::Caller::NOBODY ? 401 : 403) << mode;
  }
  EXPECT_EQ(Record({Seal("a")}, proto::Caller::OPERATOR).mesh_status(), 403);
  EXPECT_EQ(List(proto::Caller::FORWARDER).mesh_status(), 403);
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(IncidentsTest, AnAccountThatNobodyHasIsNotNamed) {
  elsewhere_.insert(std::string(kBob));
  Record({Seal("MDEV", "nobody@example.com"), Seal("MDEV", kBob)});
  EXPECT_THAT(Listed(), ElementsAre("authentication/seal MDEV  2"));
}

TEST_F(IncidentsTest, WhatIsMalformedIsLeftOutAndTheRestIsRecorded) {
  Incident bad = Seal("b");
  bad.reason = "NOT A WORD";
  EXPECT_EQ(Record({Seal("a"), bad}).record_incidents().recorded(), 1u);
  EXPECT_THAT(Listed(), ElementsAre("authentication/seal a  1"));
}

TEST_F(IncidentsTest, ARequestIsBounded) {
  std::vector<Incident> many;
  for (size_t i = 0; i < 5 * kIncidentsTalliedMax; ++i) many.push_back(Seal(std::to_string(i)));
  EXPECT_EQ(Record(many).record_incidents().recorded(), 2 * kIncidentsTalliedMax);
}

TEST_F(IncidentsTest, AMessageThatAccessControlRefusesIsOneOfItsSender) {
  ASSERT_EQ(Deliver(kBob, kAlice, {From(kAlice, "1", "NoSuchMessage")}).mesh_status(), 201);
  EXPECT_THAT(Listed(), IsEmpty());
  Sweep();
  const std::vector<std::string> listed = Listed();
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_THAT(listed[0], testing::StartsWith("message/"));
  EXPECT_THAT(listed[0], testing::EndsWith(" alice@example.com bob@example.com 1"));
}

TEST_F(IncidentsTest, AMessageThatIsDeliveredIsNone) {
  ASSERT_EQ(Deliver(kBob, kAlice, {From(kAlice, "1")}).mesh_status(), 201);
  Sweep();
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(IncidentsTest, AMessageForNobodyNamesNobody) {
  Deliver("nobody@example.com", kAlice, {From(kAlice, "1")});
  Sweep();
  EXPECT_THAT(Listed(), ElementsAre("message/unknown_account alice@example.com  1"));
}

TEST_F(IncidentsTest, TooManyConnectionRequestsAreARefusal) {
  bench_.policy.connect_requests_per_hour = 1;
  proto::Caller device = CallerOf(proto::Caller::DEVICE, "KEY-new");
  device.set_profile_device_udf("PROFILE-KEY-new");
  EXPECT_EQ(AskToConnect(device, kAlice, "PROFILE-KEY-new").refusal(), proto::REFUSAL_NONE);
  const auto refused = AskToConnect(device, kAlice, "PROFILE-KEY-new");
  EXPECT_EQ(refused.refusal(), proto::REFUSAL_RATE);
  EXPECT_EQ(refused.mesh_status(), 503);
}

}  // namespace
}  // namespace mesh::backend
