#include "tools/mesh_admin/zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::admin {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kMap[] =
    R"({"epoch":7,"slotKey":"000102030405060708090a0b0c0d0e0f","backEnds":[)"
    R"({"name":"b1","address":"10.0.0.1:1","directHost":"b1.example.net:8443"},)"
    R"({"name":"b2","address":"10.0.0.2:1"}],"partitions":[)"
    R"({"id":1,"backEnd":"b1","slots":[[0,16383]]},{"id":2,"backEnd":"b2","slots":[]}],)"
    R"("pins":[{"account":"pinned@example.com","partition":1},)"
    R"({"account":"away@example.com","partition":2}]})";

class ZoneTest : public ::testing::Test {
 protected:
  ZoneTest() { options_.domain = "example.com"; }

  std::vector<std::string> Lines() {
    std::vector<std::string> lines;
    const std::vector<ZoneRecord> records = *MakeZone(map_, options_);
    for (const ZoneRecord& record : records) {
      lines.push_back(ZoneLine(record, options_.ttl_seconds));
    }
    return lines;
  }
  std::string Why() { return MakeZone(map_, options_).status().message(); }

  const PartitionMap map_ = *PartitionMap::Parse(kMap);
  ZoneOptions options_;
};

TEST_F(ZoneTest, LeadsToTheServiceAndToEachHost) {
  options_.service_udf = "MB5S-R4AJ";
  options_.addresses = {{"mmm.example.com", {"192.0.2.1", "2001:db8::1"}},
                        {"b1.example.net", {"192.0.2.11"}}};
  EXPECT_THAT(Lines(), ElementsAre("_mmm._tcp.example.com. 300 IN SRV 1 1 443 mmm.example.com.",
                                   "mmm.example.com. 300 IN A 192.0.2.1",
                                   "mmm.example.com. 300 IN AAAA 2001:db8::1",
                                   "_mmm._tcp.example.com. 300 IN TXT \"udf=MB5S-R4AJ\"",
                                   "_mmm._tcp.b1.example.net. 300 IN SRV 1 1 8443 b1.example.net.",
                                   "b1.example.net. 300 IN A 192.0.2.11"));
}

TEST_F(ZoneTest, AnAccountIsAtItsSlotsNameAndAPinnedOneAtItsOwn) {
  options_.accounts = {"alice@example.com", "pinned@example.com"};
  EXPECT_THAT(
      NameOfAccount(map_, "example.com", "alice@example.com"),
      "slot-" + std::to_string(SlotOf(map_.slot_key(), "alice@example.com")) + ".mmm.example.com");
  EXPECT_THAT(NameOfAccount(map_, "example.com", "pinned@example.com"), HasSubstr("account-"));
  const std::string name = NameOfAccount(map_, "example.com", "pinned@example.com");
  EXPECT_THAT(Lines(), Contains("_mmm._tcp." + name + ". 300 IN SRV 1 1 8443 b1.example.net."));
}

TEST_F(ZoneTest, EverySlotHasAName) {
  options_.slots = true;
  EXPECT_THAT(Lines(), SizeIs(2 + kSlotCount));
}

TEST_F(ZoneTest, SaysWhenAHostHasNoName) {
  options_.accounts = {"away@example.com"};
  EXPECT_THAT(Why(), HasSubstr("b2 has no directHost"));
}

TEST_F(ZoneTest, SaysWhatIsNoNameOrAddress) {
  options_.addresses = {{"b1.example.net", {"192.0.2"}}};
  EXPECT_THAT(Why(), HasSubstr("no IP address"));
  options_.addresses = {{"b9.example.net", {"192.0.2.1"}}};
  EXPECT_THAT(Why(), HasSubstr("neither a --front nor a directHost"));
  options_.fronts = {"mmm.example.com:0"};
  EXPECT_THAT(Why(), HasSubstr("perhaps with a port"));
  options_.domain = "Example.com";
  EXPECT_THAT(Why(), HasSubstr("no domain"));
}

}  // namespace
}  // namespace mesh::admin
