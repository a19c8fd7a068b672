// Two engines, one of each role, pumped into each other without a socket.

#include "frontend/tls/engine.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tests/unit/frontend/tls/test_certificates.h"

namespace mesh::tls {
namespace {

using Outcome = TlsEngine::Outcome;

const TestCertificate& ExampleCertificate() {
  static const TestCertificate kCertificate = MakeTestCertificate("example.com");
  return kCertificate;
}

std::shared_ptr<const TlsContext> ServerContext(
    std::shared_ptr<const TicketKeys> keys = TicketKeys::Random()) {
  const TestCertificate& certificate = ExampleCertificate();
  return *TlsContext::ForServer(certificate.certificate_pem, certificate.key_pem, std::move(keys));
}

std::shared_ptr<const TlsContext> TrustingClient() {
  return *TlsContext::ForClient(ExampleCertificate().certificate_pem);
}

// A client and a server, and the octets on their way between them.
class Pair {
 public:
  explicit Pair(std::shared_ptr<const TlsContext> server_context = ServerContext(),
                std::shared_ptr<const TlsContext> client_context = TrustingClient(),
                const std::string& name = "example.com", const Session* session = nullptr)
      : server(std::move(server_context)), client(std::move(client_context)) {
    client.SetServer(name, session);
  }

  // Runs the handshake, handing over at most `step` octets at a time. Returns the
  // outcome of the side that came to an end first unless both are done.
  Outcome Handshake(size_t step = 1 << 20) {
    Outcome at_client = client.Handshake(to_server);
    Outcome at_server = Outcome::kWantInput;
    for (int i = 0; i < 100'000; ++i) {
      at_server = Move(to_server, step, server, to_client);
      if (at_server == Outcome::kFailed) return Outcome::kFailed;
      at_client = Move(to_client, step, client, to_server);
      if (at_client == Outcome::kFailed) return Outcome::kFailed;
      if (server.handshake_done() && client.handshake_done() && to_client.empty()) break;
    }
    return at_client;
  }

  // Sends `text` from one side to the other, in pieces of `step` octets of cipher text.
  std::string Carry(TlsEngine& from, TlsEngine& to, std::string_view text, size_t step) {
    std::string wire;
    EXPECT_EQ(from.Write(text, wire), Outcome::kDone);
    std::string received;
    for (size_t at = 0; at < wire.size(); at += step) {
      to.Feed(std::string_view(wire).substr(at, step));
      received += ReadAll(to);
    }
    return received;
  }

  std::string ReadAll(TlsEngine& engine) {
    std::string all;
    char buffer[1000];
    size_t size = 0;
    while ((last_read = engine.Read(buffer, sizeof buffer, &size, spare)) == Outcome::kDone) {
      all.append(buffer, size);
    }
    return all;
  }

  TlsEngine server;
  TlsEngine client;
  std::string to_server;
  std::string to_client;
  std::string spare;
  Outcome last_read = Outcome::kDone;

 private:
  // Hands the front of `wire` to `engine`, which goes on with its handshake.
  Outcome Move(std::string& wire, size_t step, TlsEngine& engine, std::string& answer) {
    const std::string octets = wire.substr(0, step);
    wire.erase(0, octets.size());
    engine.Feed(octets);
    if (!engine.handshake_done()) {
      const Outcome outcome = engine.Handshake(answer);
      if (outcome != Outcome::kDone) return outcome;
    }
    (void)ReadAll(engine);  // A ticket may have come along.
    return last_read == Outcome::kFailed ? Outcome::kFailed : Outcome::kDone;
  }
};

TEST(TlsEngineTest, TwoEnginesAgreeAndCarryText) {
  Pair pair;
  ASSERT_EQ(pair.Handshake(), Outcome::kDone) << pair.client.error() << pair.server.error();
  EXPECT_FALSE(pair.server.resumed());
  EXPECT_EQ(pair.Carry(pair.client, pair.server, "request", 1000), "request");
  EXPECT_EQ(pair.Carry(pair.server, pair.client, "reply", 1000), "reply");
}

TEST(TlsEngineTest, OneOctetAtATimeIsEnough) {
  Pair pair;
  ASSERT_EQ(pair.Handshake(1), Outcome::kDone);
  EXPECT_EQ(pair.Carry(pair.client, pair.server, "drop by drop", 1), "drop by drop");
}

TEST(TlsEngineTest, LargeTextsTakeManyRecords) {
  Pair pair;
  ASSERT_EQ(pair.Handshake(), Outcome::kDone);
  const std::string text(1'000'000, 'x');
  EXPECT_EQ(pair.Carry(pair.server, pair.client, text, 7777), text);
}

TEST(TlsEngineTest, NothingWaitsInsideWhenAllWasRead) {
  Pair pair;
  ASSERT_EQ(pair.Handshake(), Outcome::kDone);
  EXPECT_FALSE(pair.server.has_input());
  std::string wire;
  ASSERT_EQ(pair.client.Write("abc", wire), Outcome::kDone);
  pair.server.Feed(wire);
  EXPECT_TRUE(pair.server.has_input());
  char buffer[3];
  size_t size = 0;
  ASSERT_EQ(pair.server.Read(buffer, 3, &size, pair.spare), Outcome::kDone);
  EXPECT_FALSE(pair.server.has_input());
}

TEST(TlsEngineTest, ATrimmedEngineGoesOn) {
  Pair pair;
  ASSERT_EQ(pair.Handshake(), Outcome::kDone);
  pair.server.Trim();
  EXPECT_EQ(pair.Carry(pair.client, pair.server, "request", 3), "request");
  EXPECT_EQ(pair.Carry(pair.server, pair.client, "reply", 3), "reply");
}

TEST(TlsEngineTest, TrimmingWithinARecordLosesNothing) {
  Pair pair;
  ASSERT_EQ(pair.Handshake(), Outcome::kDone);
  std::string wire;
  ASSERT_EQ(pair.client.Write("text", wire), Outcome::kDone);
  pair.server.Feed(std::string_view(wire).substr(0, 9));
  EXPECT_EQ(pair.ReadAll(pair.server), "");
  pair.server.Trim();
  pair.server.Feed(std::string_view(wire).substr(9));
  EXPECT_EQ(pair.ReadAll(pair.server), "text");
}

TEST(TlsEngineTest, TheEndIsAnnounced) {
  Pair pair;
  ASSERT_EQ(pair.Handshake(), Outcome::kDone);
  std::string wire;
  pair.client.Close(wire);
  pair.server.Feed(wire);
  EXPECT_EQ(pair.ReadAll(pair.server), "");
  EXPECT_EQ(pair.last_read, Outcome::kClosed);
}

TEST(TlsEngineTest, ALostSessionIsNotResumed) {
  const auto keys = TicketKeys::Random();
  Pair first(ServerContext(keys));
  ASSERT_EQ(first.Handshake(), Outcome::kDone);
  ASSERT_NE(first.client.session(), nullptr);
  Pair second(ServerContext(TicketKeys::Random()), TrustingClient(), "example.com",
              first.client.session().get());
  ASSERT_EQ(second.Handshake(), Outcome::kDone);
  EXPECT_FALSE(second.server.resumed());
}

TEST(TlsEngineTest, AnyFrontEndWithTheSameKeysResumes) {
  const auto keys = TicketKeys::Random();
  Pair first(ServerContext(keys));
  ASSERT_EQ(first.Handshake(), Outcome::kDone);
  Pair second(ServerContext(keys), TrustingClient(), "example.com", first.client.session().get());
  ASSERT_EQ(second.Handshake(), Outcome::kDone);
  EXPECT_TRUE(second.server.resumed());
  EXPECT_TRUE(second.client.resumed());
}

TEST(TlsEngineTest, ATicketOfAnOlderKeyStillResumesAndIsRenewed) {
  std::string octets(2 * TicketKeys::kKeyBytes, 'n');
  std::fill_n(octets.begin() + TicketKeys::kKeyBytes, TicketKeys::kKeyBytes, 'o');
  const auto rotated = *TicketKeys::FromBytes(octets);
  const auto old_only = *TicketKeys::FromBytes(octets.substr(TicketKeys::kKeyBytes));
  const auto new_only = *TicketKeys::FromBytes(octets.substr(0, TicketKeys::kKeyBytes));
  Pair first(ServerContext(old_only));
  ASSERT_EQ(first.Handshake(), Outcome::kDone);
  Pair second(ServerContext(rotated), TrustingClient(), "example.com",
              first.client.session().get());
  ASSERT_EQ(second.Handshake(), Outcome::kDone);
  EXPECT_TRUE(second.server.resumed());
  Pair third(ServerContext(new_only), TrustingClient(), "example.com",
             second.client.session().get());
  ASSERT_EQ(third.Handshake(), Outcome::kDone);
  EXPECT_TRUE(third.server.resumed());
}

// One ticket is a third of a handshake cheaper than two.
TEST(TlsEngineTest, OneTicketAHandshake) {
  int tickets = 0;
  const auto context = TrustingClient();
  static int* counter = nullptr;
  counter = &tickets;
  SSL_CTX_sess_set_new_cb(context->native(), [](SSL*, SSL_SESSION*) {
    ++*counter;
    return 0;
  });
  Pair counted(ServerContext(), context);
  ASSERT_EQ(counted.Handshake(), Outcome::kDone);
  EXPECT_EQ(tickets, 1);
}

TEST(TlsEngineTest, AnotherNameIsNotTrusted) {
  Pair pair(ServerContext(), TrustingClient(), "example.org");
  ASSERT_EQ(pair.Handshake(), Outcome::kFailed);
  EXPECT_NE(pair.client.error().find("mismatch"), std::string::npos) << pair.client.error();
}

TEST(TlsEngineTest, AnUnknownAuthorityIsNotTrusted) {
  const TestCertificate other = MakeTestCertificate("example.com");
  Pair pair(ServerContext(), *TlsContext::ForClient(other.certificate_pem));
  EXPECT_EQ(pair.Handshake(), Outcome::kFailed);
}

TEST(TlsEngineTest, AClientMayTrustEveryone) {
  Pair pair(ServerContext(), *TlsContext::ForClient(""), "example.org");
  EXPECT_EQ(pair.Handshake(), Outcome::kDone);
}

// Two certificates, one of them with a wildcard; the client trusts one alone, so that it says
// which it got.
class ServerNameTest : public ::testing::Test {
 protected:
  // What came of a client that trusts `trusted` and asks for `name`.
  Outcome Ask(const TestCertificate& trusted, const std::string& name) {
    Pair pair(server_, *TlsContext::ForClient(trusted.certificate_pem), name);
    const Outcome outcome = pair.Handshake();
    if (outcome == Outcome::kFailed && pair.client.error().empty()) {
      pair.client.Feed(pair.to_client);  // The server's alert.
      (void)pair.client.Handshake(pair.spare);
    }
    error_ = pair.client.error();
    return outcome;
  }

  const TestCertificate service_ = MakeTestCertificate("mmm.example.com");
  const TestCertificate hosts_ = MakeTestCertificate("*.mmm.example.com");
  std::shared_ptr<const TlsContext> server_ = *TlsContext::ForServer(
      {{service_.certificate_pem, service_.key_pem}, {hosts_.certificate_pem, hosts_.key_pem}},
      TicketKeys::Random());
  std::string error_;
};

TEST_F(ServerNameTest, TheCertificateIsThatOfTheHostAskedFor) {
  EXPECT_EQ(Ask(service_, "mmm.example.com"), Outcome::kDone) << error_;
  EXPECT_EQ(Ask(hosts_, "b1.mmm.example.com"), Outcome::kDone) << error_;
  EXPECT_EQ(Ask(service_, "b1.mmm.example.com"), Outcome::kFailed);
}

TEST_F(ServerNameTest, AHostThatNoCertificateNamesIsRefusedByName) {
  EXPECT_EQ(Ask(service_, "mmm.example.org"), Outcome::kFailed);
  EXPECT_NE(error_.find("unrecognized name"), std::string::npos) << error_;
  EXPECT_FALSE(server_->Names("mmm.example.org"));
  EXPECT_TRUE(server_->Names("b7.mmm.example.com"));
}

TEST_F(ServerNameTest, WhoAsksForNoHostGetsTheFirst) {
  TlsEngine server(server_);
  TlsEngine client(*TlsContext::ForClient(service_.certificate_pem));
  std::string to_server;
  std::string to_client;
  (void)client.Handshake(to_server);
  server.Feed(to_server);
  (void)server.Handshake(to_client);
  client.Feed(to_client);
  EXPECT_EQ(client.Handshake(to_server), Outcome::kDone) << client.error();
}

TEST_F(ServerNameTest, ASessionIsResumedUnderEitherCertificate) {
  const auto client = *TlsContext::ForClient(hosts_.certificate_pem);
  Pair first(server_, client, "b1.mmm.example.com");
  ASSERT_EQ(first.Handshake(), Outcome::kDone);
  Pair second(server_, client, "b1.mmm.example.com", first.client.session().get());
  ASSERT_EQ(second.Handshake(), Outcome::kDone);
  EXPECT_TRUE(second.server.resumed());
}

TEST_F(ServerNameTest, ACertificateAtFaultIsSaidByItsNumber) {
  const auto mixed = TlsContext::ForServer(
      {{service_.certificate_pem, service_.key_pem}, {hosts_.certificate_pem, service_.key_pem}},
      TicketKeys::Random());
  ASSERT_FALSE(mixed.ok());
  EXPECT_NE(mixed.status().message().find("certificate 2"), std::string::npos);
}

TEST(TlsEngineTest, OlderVersionsAreRefused) {
  const auto old_client = *TlsContext::ForClient("");
  SSL_CTX_set_min_proto_version(old_client->native(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(old_client->native(), TLS1_2_VERSION);
  Pair pair(ServerContext(), old_client);
  EXPECT_EQ(pair.Handshake(), Outcome::kFailed);
  EXPECT_FALSE(pair.to_client.empty());  // The alert.
}

TEST(TlsEngineTest, AClientThatOnlySpeaksHttp2IsRefused) {
  const auto h2_client = *TlsContext::ForClient("");
  SSL_CTX_set_alpn_protos(h2_client->native(), reinterpret_cast<const unsigned char*>("\2h2"), 3);
  Pair pair(ServerContext(), h2_client);
  EXPECT_EQ(pair.Handshake(), Outcome::kFailed);
}

TEST(TlsEngineTest, OctetsThatAreNotTlsFailTheHandshake) {
  TlsEngine server(ServerContext());
  std::string output;
  server.Feed("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(server.Handshake(output), Outcome::kFailed);
  EXPECT_FALSE(server.error().empty());
}

TEST(TlsEngineTest, AnAlteredRecordFails) {
  Pair pair;
  ASSERT_EQ(pair.Handshake(), Outcome::kDone);
  std::string wire;
  ASSERT_EQ(pair.client.Write("text", wire), Outcome::kDone);
  wire.back() = static_cast<char>(wire.back() ^ 1);
  pair.server.Feed(wire);
  EXPECT_EQ(pair.ReadAll(pair.server), "");
  EXPECT_EQ(pair.last_read, Outcome::kFailed);
}

TEST(TlsContextTest, PartsThatAreUnusableAreNamed) {
  const TestCertificate& good = ExampleCertificate();
  const auto keys = TicketKeys::Random();
  const auto why = [&](const std::string& chain, const std::string& key) {
    return TlsContext::ForServer(chain, key, keys).status().message();
  };
  EXPECT_NE(why("no", good.key_pem).find("certificate is no PEM"), std::string::npos);
  EXPECT_NE(why(good.certificate_pem, "no").find("private key is no PEM"), std::string::npos);
  EXPECT_NE(why(good.certificate_pem, MakeTestCertificate("a").key_pem).find("does not belong"),
            std::string::npos);
  EXPECT_FALSE(TlsContext::ForClient("no").ok());
}

TEST(TicketKeysTest, OnlyWholeKeysWithNamesOfTheirOwn) {
  EXPECT_FALSE(TicketKeys::FromBytes("").ok());
  EXPECT_FALSE(TicketKeys::FromBytes(std::string(81, 'a')).ok());
  EXPECT_FALSE(TicketKeys::FromBytes(std::string(160, 'a')).ok());
  EXPECT_TRUE(TicketKeys::FromBytes(std::string(80, 'a')).ok());
}

}  // namespace
}  // namespace mesh::tls
