// The command line of `mesh-admin`, against back ends that are a function each: what is asked,
// what is shown, and the exit code. Real back ends are asked in tests/integration.

#include "tools/mesh_admin/run.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "common/mesh/incident.h"
#include "common/mesh/map_document.h"
#include "proto/load.grpc.pb.h"
#include "proto/partition.grpc.pb.h"
#include "tests/unit/common/client/temporary_folder.h"
#include "tools/mesh_admin/exit_code.h"

namespace mesh::admin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Answer = std::function<void(const proto::PartitionRequest&, proto::PartitionReply&)>;

// A back end that answers as it is told.
class FakeBackEnd final : public proto::PartitionService::Service {
 public:
  explicit FakeBackEnd(Answer answer) : answer_(std::move(answer)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeBackEnd() override { server_->Shutdown(); }

  grpc::Status Ask(grpc::ServerContext*, const proto::PartitionRequest* request,
                   proto::PartitionReply* reply) override {
    last_ = *request;
    answer_(*request, *reply);
    return grpc::Status::OK;
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  const proto::PartitionRequest& last() const { return last_; }

 private:
  const Answer answer_;
  proto::PartitionRequest last_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

Incident Seal(const std::string& source, WallMillis last, uint64_t count) {
  return {IncidentKind::kAuthentication, "seal", source, "", last - 5, last, count};
}

// Answers with these incidents, a page for each.
Answer Listing(std::vector<Incident> incidents) {
  return [incidents](const proto::PartitionRequest& request, proto::PartitionReply& reply) {
    const std::string& after = request.list_incidents().after();
    const size_t page = after.empty() ? 0 : std::stoul(after);
    auto* list = reply.mutable_list_incidents();
    if (page < incidents.size()) FillIncident(incidents[page], list->add_incidents());
    if (page + 1 < incidents.size()) list->set_next(std::to_string(page + 1));
    list->set_dropped(7);
    reply.set_mesh_status(201);
  };
}

using Tell = std::function<grpc::Status(const proto::LoadRequest&, proto::LoadReport&)>;

// A back end that tells its load, as it is told to.
class FakeLoads final : public proto::LoadService::Service {
 public:
  explicit FakeLoads(Tell tell) : tell_(std::move(tell)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeLoads() override { server_->Shutdown(); }

  grpc::Status Report(grpc::ServerContext*, const proto::LoadRequest* request,
                      proto::LoadReport* report) override {
    return tell_(*request, *report);
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  const Tell tell_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

struct Hot {
  std::string account;
  double requests;
  double bytes;
};

// A partition with these accounts, which make half of all requests.
Tell Telling(PartitionId partition, std::vector<Hot> accounts) {
  return [=](const proto::LoadRequest&, proto::LoadReport& report) {
    proto::PartitionLoad* const load = report.add_partitions();
    load->set_partition(partition);
    double requests = 0;
    double bytes = 0;
    for (const Hot& one : accounts) {
      proto::AccountLoad* const account = load->add_accounts();
      account->set_account(one.account);
      account->set_requests(one.requests);
      account->set_bytes(one.bytes);
      account->set_pinned(one.account.starts_with("pinned"));
      requests += one.requests;
      bytes += one.bytes;
    }
    load->set_requests(2 * requests);
    load->set_bytes(2 * bytes);
    return grpc::Status::OK;
  };
}

class RunTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name :
         {"MESH_MAP", "MESH_CLUSTER", "MESH_TIMEOUT", "MESH_JSON", "MESH_BACKEND_TLS_CA"}) {
      ::unsetenv(name);
    }
  }

  // A map of two back ends, with the partitions 1 and 2.
  void WriteMap(const std::string& first, const std::string& second) {
    std::ofstream(map_) << R"({"epoch": 5, "slotKey": "000102030405060708090a0b0c0d0e0f",
      "backEnds": [{"name": "b1", "address": ")"
                        << first << R"("}, {"name": "b2", "address": ")" << second << R"("}],
      "partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 8191]]},
                     {"id": 2, "backEnd": "b2", "slots": [[8192, 16383]]}]})";
  }

  int Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "mesh-admin");
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::ostringstream out;
    std::ostringstream err;
    const int code = RunMeshAdmin(static_cast<int>(argv.size()), argv.data(), out, err);
    out_ = out.str();
    err_ = err.str();
    return code;
  }
  int RunIncidents(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--map", map_, "incidents"});
    return Run(more);
  }

  const WallMillis now_ = SystemClock().WallNow();
  client::TemporaryFolder folder_;
  const std::string map_ = folder_.path() + "/map.json";
  const std::string nowhere_ = "127.0.0.1:1";  // Nobody listens there.
  std::string out_;
  std::string err_;
};

TEST_F(RunTest, HelpEndsWellAndNamesTheExitCodes) {
  EXPECT_EQ(Run({"--help"}), kDone);
  EXPECT_THAT(out_, HasSubstr("Exit codes: 0 done"));
  EXPECT_EQ(Run({"incidents", "--help"}), kDone);
  EXPECT_THAT(out_, HasSubstr("Examples:"));
}

TEST_F(RunTest, ACommandThatDoesNotExistIsAWrongCommandLine) {
  EXPECT_EQ(Run({"incidence"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("incidence"));
}

TEST_F(RunTest, AnOptionWithoutItsValueTakesNothingElseForIt) {
  EXPECT_EQ(Run({"--map=", "incidents"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--map= has no value"));
}

TEST_F(RunTest, WithoutAMapItSaysWhatToGive) {
  EXPECT_EQ(Run({"incidents"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--map FILE"));
  EXPECT_EQ(RunIncidents(), kUsage);  // There is no such file.
  EXPECT_THAT(err_, HasSubstr(map_));
}

TEST_F(RunTest, WhatIsAskedOfEtcdSaysSoWhereThereIsOnlyAMap) {
  WriteMap(nowhere_, nowhere_);
  for (const std::vector<std::string>& asked : {std::vector<std::string>{"nodes"},
                                                {"map", "show"},
                                                {"route", "explain", "a@example.com"}}) {
    std::vector<std::string> with_map = {"--map", map_};
    with_map.insert(with_map.end(), asked.begin(), asked.end());
    EXPECT_EQ(Run(with_map), kUsage);
    EXPECT_THAT(err_, HasSubstr("this asks etcd, in whose place --map FILE does not stand"));
    EXPECT_THAT(err_, HasSubstr("--etcd-endpoints"));
    EXPECT_EQ(Run(asked), kUsage);
    EXPECT_THAT(err_, HasSubstr("which cluster?"));
  }
}

TEST_F(RunTest, AnUnknownLineOfTheConfigurationIsNamedWithItsFile) {
  const std::string config = folder_.path() + "/admin.conf";
  std::ofstream(config) << "timeout=3\nnonsense=1\n";
  EXPECT_EQ(Run({"--config", config, "nodes"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--config " + config + ": line 2, 'nonsense=1'"));
}

TEST_F(RunTest, HalfOfTheHopsCertificatesIsAWrongCommandLine) {
  WriteMap(nowhere_, nowhere_);
  EXPECT_EQ(RunIncidents({"--backend-tls-ca", "ca.pem"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--backend-tls-cert"));
}

TEST_F(RunTest, IncidentsOfAllPartitionsAreMergedInTheOrderOfTime) {
  FakeBackEnd one(Listing({Seal("192.0.2.0/24", now_ - 3000, 2), Seal("MDEV", now_ - 1000, 1)}));
  FakeBackEnd two(Listing({Seal("MDEV", now_ - 2000, 4)}));
  WriteMap(one.address(), two.address());
  ASSERT_EQ(RunIncidents({"--json"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr(R"("reason":"seal","source":"192.0.2.0/24","count":2)"));
  EXPECT_THAT(out_, HasSubstr(R"("reason":"seal","source":"MDEV","count":5)"));
  EXPECT_LT(out_.find("192.0.2.0"), out_.find("MDEV"));
  EXPECT_THAT(out_, HasSubstr(R"("dropped":14)"));
  EXPECT_EQ(one.last().caller().mode(), proto::Caller::OPERATOR);
  EXPECT_EQ(one.last().map_epoch(), 5u);
  EXPECT_EQ(two.last().partition(), 2u);
}

TEST_F(RunTest, WhatHappenedBeforeIsLeftOut) {
  FakeBackEnd one(Listing({Seal("old", now_ - 7'200'000, 1), Seal("new", now_ - 1000, 1)}));
  WriteMap(one.address(), one.address());
  ASSERT_EQ(RunIncidents({"--since", "1h"}), kDone);
  EXPECT_THAT(out_, HasSubstr("new"));
  EXPECT_THAT(out_, Not(HasSubstr("old")));
  EXPECT_GE(one.last().list_incidents().since(), now_ - 3'600'000);
}

TEST_F(RunTest, OneReasonCanBeAskedFor) {
  Incident rate = Seal("RATE", now_, 1);
  rate.kind = IncidentKind::kRate;
  rate.reason = "account";
  FakeBackEnd one(Listing({Seal("SEAL", now_, 1), rate}));
  WriteMap(one.address(), one.address());
  for (const char* reason : {"seal", "authentication/seal", "authentication/"}) {
    ASSERT_EQ(RunIncidents({"--reason", reason}), kDone);
    EXPECT_THAT(out_, HasSubstr("SEAL")) << reason;
    EXPECT_THAT(out_, Not(HasSubstr("RATE"))) << reason;
  }
}

TEST_F(RunTest, TheLastOnesAreShownAndASummaryCountsAll) {
  FakeBackEnd one(Listing({Seal("A", now_ - 3000, 1), Seal("B", now_ - 2000, 1)}));
  WriteMap(one.address(), one.address());
  ASSERT_EQ(RunIncidents({"--limit", "1", "--partition", "1"}), kDone);
  EXPECT_THAT(out_, HasSubstr("  B"));
  EXPECT_THAT(out_, HasSubstr("and 1 before"));
  ASSERT_EQ(RunIncidents({"--summary", "--partition", "1", "--json"}), kDone);
  EXPECT_THAT(out_, HasSubstr(R"("reason":"authentication/seal","count":2,"sources":2)"));
}

TEST_F(RunTest, ABackEndThatIsAwayIsNamedAndTheRestIsShown) {
  FakeBackEnd one(Listing({Seal("MDEV", now_, 1)}));
  WriteMap(one.address(), nowhere_);
  EXPECT_EQ(RunIncidents(), kPartial);
  EXPECT_THAT(out_, HasSubstr("MDEV"));
  EXPECT_THAT(err_, HasSubstr("back end b2 (127.0.0.1:1), partition 2 cannot be reached"));
  EXPECT_EQ(RunIncidents({"--json"}), kPartial);
  EXPECT_THAT(out_, HasSubstr(R"("missing":["back end b2)"));
}

TEST_F(RunTest, WhenNobodyAnswersNothingIsShown) {
  WriteMap(nowhere_, nowhere_);
  EXPECT_EQ(RunIncidents(), kUnreachable);
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_THAT(err_, HasSubstr("does it run there"));
}

TEST_F(RunTest, ABackEndOfAnotherMapIsToldFromOneThatIsAway) {
  FakeBackEnd one([](const proto::PartitionRequest&, proto::PartitionReply& reply) {
    reply.set_code(static_cast<int>(Code::kAborted));
    reply.set_map_epoch(9);
  });
  WriteMap(one.address(), one.address());
  EXPECT_EQ(RunIncidents(), kRefused);
  EXPECT_THAT(err_, HasSubstr("epoch 9"));
}

TEST_F(RunTest, ABackEndThatHearsOfTheMapALittleLaterIsAskedAgain) {
  const Answer listing = Listing({Seal("MDEV", now_, 1)});
  int asked = 0;
  FakeBackEnd one([&](const proto::PartitionRequest& request, proto::PartitionReply& reply) {
    if (++asked == 3) return listing(request, reply);
    reply.set_code(static_cast<int>(Code::kAborted));
    reply.set_map_epoch(request.map_epoch());  // It has come since.
  });
  WriteMap(one.address(), nowhere_);
  EXPECT_EQ(RunIncidents({"--partition", "1"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr("MDEV"));
}

TEST_F(RunTest, ABackEndWhoseMapStaysOldIsNotAskedForever) {
  FakeBackEnd one([](const proto::PartitionRequest&, proto::PartitionReply& reply) {
    reply.set_code(static_cast<int>(Code::kAborted));
    reply.set_map_epoch(4);
  });
  WriteMap(one.address(), nowhere_);
  EXPECT_EQ(RunIncidents({"--partition", "1"}), kRefused);
  EXPECT_THAT(err_, HasSubstr("epoch 4"));
}

TEST_F(RunTest, APartitionThatTheMapDoesNotHaveIsAWrongCommandLine) {
  WriteMap(nowhere_, nowhere_);
  EXPECT_EQ(RunIncidents({"--partition", "3"}), kUsage);
}

TEST_F(RunTest, HotAccountsOfAllBackEndsAreShownInOrder) {
  FakeLoads one(Telling(1, {{"alice@example.com", 20, 100}, {"dave@example.com", 1, 900'000}}));
  FakeLoads two(Telling(2, {{"pinned@example.com", 30.25, 0}}));
  WriteMap(one.address(), two.address());
  ASSERT_EQ(Run({"--map", map_, "hot", "--json"}), kDone) << err_;
  EXPECT_LT(out_.find("dave@"), out_.find("pinned@"));  // His octets weigh most.
  EXPECT_LT(out_.find("pinned@"), out_.find("alice@"));
  EXPECT_THAT(out_, HasSubstr(R"("account":"pinned@example.com","requests_per_second":30.3,)"
                              R"("bytes_per_second":0.0,"unseen_per_second":0.0,)"
                              R"("requests_percent":50,"bytes_percent":0,"back_end":"b2",)"
                              R"("partition":2,"slot":)"));
  EXPECT_THAT(out_, HasSubstr(R"("pinned":true)"));
  ASSERT_EQ(Run({"--map", map_, "hot", "--by", "requests", "--limit", "1"}), kDone);
  EXPECT_THAT(out_, HasSubstr("pinned@example.com"));
  EXPECT_THAT(out_, Not(HasSubstr("alice@")));
}

TEST_F(RunTest, OneBackEndCanBeAskedForItsHotAccounts) {
  FakeLoads one(Telling(1, {{"alice@example.com", 20, 100}}));
  WriteMap(one.address(), nowhere_);
  ASSERT_EQ(Run({"--map", map_, "hot", "--node", "b1"}), kDone) << err_;
  EXPECT_THAT(out_, HasSubstr("alice@example.com"));
  EXPECT_EQ(Run({"--map", map_, "hot", "--node", "b9"}), kUsage);
  EXPECT_THAT(err_, HasSubstr("--node b9"));
}

TEST_F(RunTest, ABackEndThatIsAwayIsNamedAndHotAccountsOfTheOthersAreShown) {
  FakeLoads one(Telling(1, {{"alice@example.com", 20, 100}}));
  WriteMap(one.address(), nowhere_);
  EXPECT_EQ(Run({"--map", map_, "hot"}), kPartial);
  EXPECT_THAT(out_, HasSubstr("alice@example.com"));
  EXPECT_THAT(err_, HasSubstr("back end b2 (127.0.0.1:1) cannot be reached"));
  WriteMap(nowhere_, nowhere_);
  EXPECT_EQ(Run({"--map", map_, "hot"}), kUnreachable);
}

TEST_F(RunTest, ABackEndOfAnOlderVersionIsToldFromOneThatIsAway) {
  FakeLoads one(Telling(1, {}));
  FakeBackEnd two(Listing({}));  // It has no such service.
  WriteMap(one.address(), two.address());
  EXPECT_EQ(Run({"--map", map_, "hot"}), kPartial);
  EXPECT_THAT(out_, HasSubstr("No account"));
  EXPECT_THAT(err_, HasSubstr("of a version that does not count who asks; update it"));
}

TEST_F(RunTest, AReportThatMakesNoSenseHarmsNobody) {
  FakeLoads one([](const proto::LoadRequest&, proto::LoadReport& report) {
    proto::PartitionLoad* const load = report.add_partitions();
    load->add_accounts()->set_requests(-5);
    load->add_slots(1u << 30);
    return grpc::Status::OK;
  });
  WriteMap(one.address(), one.address());
  EXPECT_EQ(Run({"--map", map_, "hot", "--json"}), kDone);
}

TEST_F(RunTest, APageThatLeadsNowhereEndsTheList) {
  FakeBackEnd one([](const proto::PartitionRequest&, proto::PartitionReply& reply) {
    reply.mutable_list_incidents()->set_next("again");
    reply.set_mesh_status(201);
  });
  WriteMap(one.address(), one.address());
  EXPECT_EQ(RunIncidents(), kDone);
  EXPECT_THAT(out_, HasSubstr("No incidents."));
}

}  // namespace
}  // namespace mesh::admin
