// Names of domains and of name servers, and what TXT records say.

#include <gtest/gtest.h>

#include "common/discovery/limits.h"
#include "common/discovery/lookup.h"
#include "common/discovery/name_servers.h"
#include "common/discovery/service_text.h"
#include "common/encoding/domain_name.h"

namespace mesh::discovery {
namespace {

TEST(HostName, IsADomainNameThatIsNoAddress) {
  for (const char* name :
       {"example.com", "a", "1.example", "xn--mnchen-3ya.example", "127.0.0.a"}) {
    EXPECT_TRUE(IsHostName(name)) << name;
  }
  for (const char* name : {"127.0.0.1", "1", "10.0.0.0x1", "example.com.", "Example.com", "a_b.c",
                           "", ".", "a..b", "::1", "[::1]", "a b", "a/b", "a\n", "-a.b"}) {
    EXPECT_FALSE(IsHostName(name)) << name;
  }
}

TEST(HostName, NeedsRoomForThePrefixes) {
  std::string domain(63, 'a');
  for (int label = 0; label < 2; ++label) domain += '.' + std::string(63, 'a');
  const std::string longest = domain + '.' + std::string(51, 'a');
  ASSERT_EQ(longest.size(), 243u);
  EXPECT_TRUE(CanBeLookedUp(longest));
  EXPECT_TRUE(IsHostName(longest + 'a'));
  EXPECT_FALSE(CanBeLookedUp(longest + 'a'));
}

TEST(NameServers, HaveAnAddressAndAPort) {
  EXPECT_TRUE(CheckNameServers({}).ok());
  EXPECT_TRUE(CheckNameServers({"127.0.0.1:53", "[::1]:5353", "192.0.2.1:65535"}).ok());
  for (const char* server :
       {"127.0.0.1", "localhost:53", "127.0.0.1:0", "127.0.0.1:65536", "::1:53", "[::1]",
        "[::1]:", ":53", "[127.0.0.1]:53", "127.0.0.1:53,"}) {
    EXPECT_EQ(CheckNameServers({server}).code(), Code::kInvalidArgument) << server;
  }
}

TEST(NameServers, AreFew) {
  EXPECT_TRUE(CheckNameServers(NameServers(kNameServersMax, "127.0.0.1:53")).ok());
  EXPECT_FALSE(CheckNameServers(NameServers(kNameServersMax + 1, "127.0.0.1:53")).ok());
}

TEST(PathAttribute, IsTheFirstPathOfTheTexts) {
  EXPECT_EQ(PathAttribute({"path=/service"}), "/service");
  EXPECT_EQ(PathAttribute({"version=1.0-2.0", "PATH=/a/b-c_d.e~f/"}), "/a/b-c_d.e~f/");
  EXPECT_EQ(PathAttribute({"version=1.0-2.0  path=/one path=/two"}), "/one");
  EXPECT_EQ(PathAttribute({"path=/"}), "/");
}

TEST(PathAttribute, IsNothingWhereThereIsNone) {
  EXPECT_EQ(PathAttribute({}), std::nullopt);
  EXPECT_EQ(PathAttribute({"", " ", "version=1.0", "path", "xpath=/a", "=path=/a"}), std::nullopt);
}

TEST(PathAttribute, ThatCannotStandInARequestIsNone) {
  for (const char* path : {"", "service", "//a", "/a//b", "/../a", "/a/..", "/./a", "/a?b", "/a#b",
                           "/a%2fb", "/a\r\nHost:b", "/caf\xc3\xa9", "/a\tb", "http://a/b"}) {
    EXPECT_EQ(PathAttribute({std::string("path=") + path}), std::nullopt) << path;
  }
  EXPECT_TRUE(PathAttribute({"path=/" + std::string(kPathBytesMax - 1, 'a')}));
  EXPECT_FALSE(PathAttribute({"path=/" + std::string(kPathBytesMax, 'a')}));
}

TEST(PathAttribute, ABadFirstPathIsNotReplacedByALaterOne) {
  EXPECT_EQ(PathAttribute({"path=bad path=/good"}), std::nullopt);
}

}  // namespace
}  // namespace mesh::discovery
