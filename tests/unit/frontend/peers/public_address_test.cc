#include "frontend/peers/public_address.h"

#include <gtest/gtest.h>

namespace mesh::frontend {
namespace {

TEST(PublicAddress, IsOneOfTheInternet) {
  for (const char* address :
       {"1.1.1.1",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",     "126.255.255.255", "128.0.0.0",       "169.253.255.255",
        "172.15.255.255",  "172.32.0.0",      "192.167.255.255", "192.169.0.0",
        "198.17.255.255",  "198.20.0.0",      "223.255.255.255", "2001:200::1",
        "2606:4700::1111", "2a00::1",         "3ffe::1",         "64:ff9b::1.1.1.1"}) {
    EXPECT_TRUE(IsPublicAddress(address)) << address;
  }
}

TEST(PublicAddress, IsNoneThatLeadsInside) {
  for (const char* address :
       {"0.0.0.0",         "0.1.2.3",        "10.0.0.0",        "10.255.255.255",  "100.64.0.0",
        "100.127.255.255", "127.0.0.1",      "127.255.255.255", "169.254.169.254", "172.16.0.0",
        "172.31.255.255",  "192.0.0.1",      "192.0.2.1",       "192.88.99.1",     "192.168.0.1",
        "198.18.0.1",      "198.19.255.255", "198.51.100.1",    "203.0.113.1",     "224.0.0.1",
        "239.255.255.255", "240.0.0.1",      "255.255.255.255"}) {
    EXPECT_FALSE(IsPublicAddress(address)) << address;
  }
  for (const char* address : {"::",
                              "::1",
                              "::ffff:127.0.0.1",
                              "::ffff:1.1.1.1",
                              "::1.1.1.1",
                              "64:ff9b::127.0.0.1",
                              "64:ff9b::10.0.0.1",
                              "64:ff9b:1::1",
                              "100::1",
                              "2001::1",
                              "2001:1ff::1",
                              "2001:db8::1",
                              "2002:7f00:1::1",
                              "2002:101:101::1",
                              "3fff::1",
                              "4000::1",
                              "fc00::1",
                              "fd12::1",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1"}) {
    EXPECT_FALSE(IsPublicAddress(address)) << address;
  }
}

TEST(PublicAddress, IsNothingElse) {
  for (const char* address :
       {"", "localhost", "127.1", "0x7f000001", "2130706433", "fe80::1%eth0"}) {
    EXPECT_FALSE(IsPublicAddress(address)) << address;
  }
}

TEST(PublicTargets, LoseWhatIsNotPublic) {
  const auto left = PublicTargets(
      {{"a.example", 443, {"127.0.0.1", "1.1.1.1"}, "/"}, {"b.example", 443, {"10.0.0.1"}, "/"}});
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].addresses, std::vector<std::string>{"1.1.1.1"});
}

}  // namespace
}  // namespace mesh::frontend
