#include "common/mesh/partition_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace mesh {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kTail[] = R"(, "slotKey": "000102030405060708090a0b0c0d0e0f",
  "backEnds": [{"name": "b1", "address": "127.0.0.1:9201", "directHost": "b1.example.com"},
               {"name": "b2", "address": "127.0.0.1:9202"}])";

std::string Map(const std::string& partitions, const std::string& pins = "[]") {
  return R"({"epoch": 3)" + std::string(kTail) + R"(, "partitions": )" + partitions +
         R"(, "pins": )" + pins + "}";
}

const std::string kHalves =
    R"([{"id": 2, "backEnd": "b2", "slots": [[8192, 16383]]},
        {"id": 1, "backEnd": "b1", "slots": [[0, 100], [101, 8191]]}])";

std::string WhyRefused(const std::string& json) {
  const Result<PartitionMap> map = PartitionMap::Parse(json);
  return map.ok() ? "" : map.status().message();
}

TEST(PartitionMap, EveryAccountHasTheOwnerOfItsSlot) {
  const Result<PartitionMap> map = PartitionMap::Parse(Map(kHalves));
  ASSERT_TRUE(map.ok()) << map.status().message();
  EXPECT_EQ(map->epoch(), 3u);
  for (const char* account : {"a@example.com", "b@example.com", "c@example.com"}) {
    const PartitionId expected = SlotOf(map->slot_key(), account) < 8192 ? 1 : 2;
    EXPECT_EQ(map->OwnerOf(account), expected);
  }
  EXPECT_EQ(map->HomeOf(1).name, "b1");
  EXPECT_EQ(map->HomeOf(1).direct_host, "b1.example.com");
  EXPECT_THAT(map->PartitionsOf("b2"), ElementsAre(2));
  EXPECT_THAT(map->PartitionsOf("b3"), ElementsAre());
}

TEST(PartitionMap, APinOutweighsTheSlot) {
  for (const PartitionId pinned : {1u, 2u}) {
    const Result<PartitionMap> map = PartitionMap::Parse(Map(
        kHalves, R"([{"account": "a@Example.com", "partition": )" + std::to_string(pinned) + "}]"));
    ASSERT_TRUE(map.ok()) << map.status().message();
    EXPECT_EQ(map->OwnerOf("a@example.com"), pinned);
  }
}

TEST(PartitionMap, KnowsTheNamesByWhichDevicesCallItsBackEnds) {
  const Result<PartitionMap> map = PartitionMap::Parse(Map(kHalves));
  EXPECT_TRUE(map->IsDirectHost("b1.example.com"));
  EXPECT_FALSE(map->IsDirectHost("b2.example.com"));
  EXPECT_FALSE(map->IsDirectHost(""));
}

TEST(PartitionMap, RefusesADirectHostThatIsNone) {
  const auto with = [](const std::string& host) {
    std::string json = Map(kHalves);
    json.replace(json.find("b1.example.com"), std::string("b1.example.com").size(), host);
    return WhyRefused(json);
  };
  EXPECT_EQ(with("b1.example.com:8443"), "");
  for (const char* host : {"B1.example.com", "b1.example.com:", "b1.example.com:https", "b 1",
                           ":443", "b1.example.com:123456"}) {
    EXPECT_THAT(with(host), HasSubstr("directHost: expected a DNS name")) << host;
  }
}

TEST(PartitionMap, SaysWhatIsWrong) {
  const auto slots = [](const std::string& ranges) {
    return Map(R"([{"id": 1, "backEnd": "b1", "slots": )" + ranges + "}]");
  };
  EXPECT_THAT(WhyRefused(slots("[[0, 99], [101, 16383]]")), HasSubstr("slot 100: unassigned"));
  EXPECT_THAT(WhyRefused(slots("[[0, 101], [101, 16383]]")), HasSubstr("slot 101: assigned twice"));
  EXPECT_THAT(WhyRefused(slots("[[0, 16384]]")), HasSubstr("slot range"));
  EXPECT_THAT(WhyRefused(slots("[[5, 4]]")), HasSubstr("slot range"));
  EXPECT_THAT(WhyRefused(slots("[[0]]")), HasSubstr("slot range"));
  EXPECT_THAT(WhyRefused(slots("[[0, 1, 2]]")), HasSubstr("slot range"));
  EXPECT_THAT(WhyRefused(Map(R"([{"id": 1, "backEnd": "b3", "slots": [[0, 16383]]}])")),
              HasSubstr("unknown back end \"b3\""));
  EXPECT_THAT(WhyRefused(Map(R"([{"id": 1, "backEnd": "b1", "slots": [[0, 16383]]},
                                 {"id": 1, "backEnd": "b2", "slots": []}])")),
              HasSubstr("used twice"));
  EXPECT_THAT(WhyRefused(Map(kHalves, R"([{"account": "a", "partition": 1}])")),
              HasSubstr("name@domain"));
  EXPECT_THAT(WhyRefused(Map(kHalves, R"([{"account": "a@b.c", "partition": 9}])")),
              HasSubstr("unknown partition 9"));
  EXPECT_THAT(WhyRefused(R"({"epoch": 1, "epoc": 2})"), HasSubstr("unknown member"));
  EXPECT_THAT(WhyRefused(R"({"epoch": 1, "slotKey": "00"})"), HasSubstr("32 hexadecimal digits"));
  EXPECT_THAT(WhyRefused(R"({"epoch": 1})"), HasSubstr("slotKey: missing"));
  EXPECT_THAT(WhyRefused("{}"), HasSubstr("epoch"));
  EXPECT_THAT(WhyRefused(""), HasSubstr("partition map"));
}

TEST(PartitionMap, IsLoadedFromAFile) {
  const std::string path = ::testing::TempDir() + "/map.json";
  std::ofstream(path) << Map(kHalves);
  EXPECT_TRUE(PartitionMap::Load(path).ok());
  std::remove(path.c_str());
  EXPECT_EQ(PartitionMap::Load(path).status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh
