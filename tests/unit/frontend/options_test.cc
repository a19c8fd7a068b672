#include "frontend/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mesh::frontend {
namespace {

using ::testing::HasSubstr;

// The outcome of a command line with what is required and `more`.
struct Outcome {
  FrontendOptions options;
  int exit_code = 0;
  Status status;
};

Outcome Parse(const std::vector<std::string>& more) {
  std::vector<std::string> words = {
      "mesh-frontend", "--domain", "example.com", "--map", "m", "--keys-dir", "k",
      "--tls-cert",    "c",        "--tls-key",   "t"};
  words.insert(words.end(), more.begin(), more.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  Outcome outcome;
  CLI::App app;
  AddFrontendOptions(app, outcome.options);
  if (ParseOptions(app, static_cast<int>(arguments.size()), arguments.data(), &outcome.exit_code)) {
    outcome.status = CompleteFrontendOptions(outcome.options);
  }
  return outcome;
}

TEST(FrontendOptions, DefaultsServeOnLoopback) {
  const Outcome outcome = Parse({});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.options.listen, std::vector<std::string>{"127.0.0.1:8443"});
  EXPECT_FALSE(outcome.options.service.reference_compatibility);
}

TEST(FrontendOptions, CertificatesAndTheirKeysComeInPairs) {
  const Outcome outcome = Parse({"--tls-cert", "c2", "--tls-key", "t2"});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.options.certificate.certificate_chain, "c");
  EXPECT_EQ(outcome.options.certificate.private_key, "t");
  ASSERT_EQ(outcome.options.certificate.more.size(), 1u);
  EXPECT_EQ(outcome.options.certificate.more[0].certificate_chain, "c2");
  EXPECT_EQ(outcome.options.certificate.more[0].private_key, "t2");
  EXPECT_THAT(Parse({"--tls-cert", "c2"}).status.message(), HasSubstr("equally often"));
}

TEST(FrontendOptions, ReferenceCompatibilityIsForLoopbackOnly) {
  for (const char* listen : {"127.0.0.1:0", "127.9.9.9:1", "[::1]:8443"}) {
    EXPECT_TRUE(Parse({"--reference-compatibility", "--listen", listen}).status.ok()) << listen;
  }
  for (const char* listen : {"0.0.0.0:8443", "192.0.2.1:1", "[::]:8443"}) {
    const Outcome outcome =
        Parse({"--reference-compatibility", "--listen", "127.0.0.1:1", "--listen", listen});
    EXPECT_THAT(outcome.status.message(), HasSubstr("loopback")) << listen;
    EXPECT_TRUE(Parse({"--listen", listen}).status.ok()) << listen;
  }
}

TEST(FrontendOptions, AListenerWithoutTlsIsOffUnlessAskedFor) {
  EXPECT_TRUE(Parse({}).options.plain_listen.empty());
  const Outcome outcome =
      Parse({"--plain-listen", "127.0.0.1:1", "--plain-listen", "0.0.0.0:8080"});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.options.plain_listen.size(), 2u);
  EXPECT_THAT(Parse({"--plain-listen", "nowhere"}).status.message(), HasSubstr("--plain-listen"));
  EXPECT_THAT(Parse({"--reference-compatibility", "--plain-listen", "0.0.0.0:1"}).status.message(),
              HasSubstr("loopback"));
}

TEST(FrontendOptions, AnAddressIsNumericWithAPort) {
  for (const char* listen : {"localhost:1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", ":1",
                             "127.0.0.1:1x", "[::1:1"}) {
    EXPECT_THAT(Parse({"--listen", listen}).status.message(), HasSubstr("expected")) << listen;
  }
}

TEST(FrontendOptions, TimesHaveUnits) {
  EXPECT_EQ(Parse({"--header-timeout", "3s"}).options.server.connection.times.header,
            std::chrono::seconds(3));
  EXPECT_EQ(Parse({"--header-timeout", "250ms"}).options.server.connection.times.header,
            std::chrono::milliseconds(250));
  EXPECT_EQ(Parse({"--header-timeout", "3"}).exit_code, kExitUsage);
}

TEST(FrontendOptions, LimitsReachWhoKeepsThem) {
  const Outcome outcome = Parse({"--request-bytes-max", "100000", "--io", "epoll"});
  EXPECT_EQ(outcome.options.server.connection.limits.body_bytes_max, 100000u);
  EXPECT_EQ(outcome.options.server.io, net::IoKind::kEpoll);
}

TEST(FrontendOptions, OtherServicesAreFoundAsGiven) {
  const Outcome outcome = Parse({"--dns-server", "127.0.0.1:5353", "--dns-server", "[::1]:53",
                                 "--peer-ca-file", "ca", "--peer-pins", "pins"});
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.options.peers.name_servers.size(), 2u);
  EXPECT_EQ(outcome.options.peers.ca_file, "ca");
  EXPECT_EQ(outcome.options.peers.pins_file, "pins");
  EXPECT_FALSE(outcome.options.peers.allow_private);
  EXPECT_TRUE(Parse({"--peer-allow-private"}).options.peers.allow_private);
  EXPECT_THAT(Parse({"--dns-server", "localhost"}).status.message(), HasSubstr("--dns-server"));
}

TEST(FrontendOptions, MessagesAreForwardedAsAsked) {
  EXPECT_EQ(Parse({}).options.forwarder.retry_time, std::chrono::hours(48));
  EXPECT_EQ(Parse({}).options.forwarder.lease_time, std::chrono::seconds(60));
  const FrontendOptions options =
      Parse({"--outbox-retry-hours", "0.5", "--outbox-lease", "4s", "--outbox-poll", "250ms"})
          .options;
  EXPECT_EQ(options.forwarder.retry_time, std::chrono::minutes(30));
  EXPECT_EQ(options.forwarder.lease_time, std::chrono::seconds(4));
  EXPECT_EQ(options.forwarder.poll_time, std::chrono::milliseconds(250));
  EXPECT_EQ(options.forwarder.domains, std::vector<std::string>{"example.com"});
  EXPECT_EQ(Parse({"--outbox-retry-hours", "90s"}).options.forwarder.retry_time,
            std::chrono::seconds(90));
  EXPECT_EQ(Parse({"--outbox-retry-hours", "2h"}).options.forwarder.retry_time,
            std::chrono::hours(2));
  EXPECT_EQ(Parse({"--outbox-retry-hours", "5s"}).exit_code, 0);
  for (const char* hours : {"0", "72", "-1", "x", "3s", "71h", "5 days"}) {
    EXPECT_NE(Parse({"--outbox-retry-hours", hours}).exit_code, 0) << hours;
  }
  for (const char* lease : {"3s", "11m"}) {
    EXPECT_THAT(Parse({"--outbox-lease", lease}).status.message(), HasSubstr("4s to 10m"));
  }
}

TEST(FrontendOptions, WrongValuesAreNamed) {
  EXPECT_EQ(Parse({"--io", "select"}).exit_code, kExitUsage);
  EXPECT_EQ(Parse({"--no-such-flag"}).exit_code, kExitUsage);
  EXPECT_THAT(Parse({"--domain", "Example.COM"}).status.message(), HasSubstr("--domain"));
  EXPECT_THAT(Parse({"--backend-tls-ca", "x"}).status.message(), HasSubstr("together"));
}

}  // namespace
}  // namespace mesh::frontend
