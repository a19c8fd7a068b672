// The worked exchange of docs/AUTHENTICATION.md, from the inputs that stand there: what
// comes out must be what stands there. The second client (tests/conformance/stranger)
// makes the section, so both agree through the page.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "common/base/bytes.h"
#include "common/binding/noise.h"
#include "common/binding/sealed_text.h"
#include "common/binding/ticket_seal.h"
#include "common/binding/wire_envelope.h"
#include "common/crypto/signature.h"
#include "common/crypto/udf.h"
#include "common/mesh/profile.h"
#include "tests/support/fixed_random.h"
#include "tests/support/hex.h"

namespace mesh::binding {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

constexpr std::string_view kTitle = "## A worked exchange";
constexpr std::string_view kAccount = "alice@example.com";
constexpr size_t kNameColumn = 4;
constexpr size_t kValueColumn = kNameColumn + 25;

// The section's values by name; what stands in the lines under a value belongs to it.
std::map<std::string, std::string> ReadSection() {
  const char* source = std::getenv("MESH_SOURCE");
  std::ifstream page(std::string(source != nullptr ? source : ".") + "/docs/AUTHENTICATION.md");
  std::map<std::string, std::string> values;
  std::string line, name;
  while (std::getline(page, line) && line != kTitle) {
  }
  while (std::getline(page, line)) {
    if (line.size() <= kValueColumn || line.substr(0, kNameColumn) != "    ") continue;
    std::string label = line.substr(kNameColumn, kValueColumn - kNameColumn);
    label.erase(label.find_last_not_of(' ') + 1);
    if (!label.empty()) name = label;
    values[name] += line.substr(kValueColumn);
  }
  return values;
}

class WorkedExchange : public ::testing::Test {
 protected:
  const std::string& Text(const std::string& name) { return values_.at(name); }
  std::string Octets(const std::string& name) { return Unhex(values_.at(name)); }
  PrivateKey Key(Curve curve, const std::string& name) {
    return *PrivateKey::FromSeed(curve, Octets(name));
  }
  // The sealed text of the values that begin with `prefix`.
  std::string Sealed(const std::string& prefix, const std::string& request_id) {
    SealedText text;
    const std::string id = Octets(request_id), time = Octets(prefix + " Time");
    text.request_id = id;
    text.time = static_cast<WallMillis>(ReadBigEndian64(time));
    if (values_.count(prefix + " extra") != 0) text.extra = Text(prefix + " extra");
    text.message = Text(prefix + " message");
    std::string octets;
    AppendSealedText(text, octets);
    return octets;
  }
  std::string Body(const std::string& prefix) {
    std::string body;
    AppendWireEnvelope(Encoding::kJson, Text(prefix + " header"), Octets(prefix + " payload"),
                       body);
    return body;
  }
  std::string Bound(Mode mode, const std::string& header) {
    return BindingOctets(mode, Text("service UDF"), Encoding::kJson, Text(header));
  }

 private:
  std::map<std::string, std::string> values_ = ReadSection();
};

TEST_F(WorkedExchange, KeysHaveTheirNames) {
  EXPECT_EQ(crypto::KeyFingerprint(Key(Curve::kEd448, "service seed").public_key()),
            Text("service UDF"));
  const PrivateKey host = Key(Curve::kX448, "host seed");
  EXPECT_EQ(host.public_key().octets, Octets("host public"));
  EXPECT_EQ(crypto::KeyFingerprint(host.public_key()), Text("host UDF"));
  const PrivateKey device = Key(Curve::kX448, "device seed");
  EXPECT_EQ(device.public_key().octets, Octets("device public"));
  EXPECT_EQ(crypto::KeyFingerprint(device.public_key()), Text("device UDF"));
}

TEST_F(WorkedExchange, DeviceShowsItsProfile) {
  const auto extra = ParseRequestExtra(Encoding::kJson, Text("request extra"));
  ASSERT_TRUE(extra.ok());
  const auto profile = VerifySelfSigned(*extra->profile_device, ProfileKind::kDevice);
  ASSERT_TRUE(profile.ok());
  EXPECT_EQ(profile->key_authentication->key.octets, Octets("device public"));
}

TEST_F(WorkedExchange, InitiatorWritesAndReads) {
  WireHeader header;
  header.mode = Mode::kDevice;
  header.host_key = Text("host UDF");
  EXPECT_EQ(WriteWireHeader(Encoding::kJson, header), Text("request header"));
  EXPECT_EQ(Bound(Mode::kDevice, "request header"), Octets("prologue"));

  const PrivateKey device = Key(Curve::kX448, "device seed");
  FixedRandom random(Octets("ephemeral seed"));
  NoiseInitiator initiator(Octets("prologue"), device,
                           Octets("host public").substr(0, kNoiseKeyBytes));
  const auto message = initiator.WriteFirst(Sealed("request", "request RequestID"), random);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(*message, Octets("e") + Octets("encrypted s") + Octets("encrypted text"));
  const auto reply = initiator.ReadSecond(Octets("reply e") + Octets("reply encrypted text"));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply, Sealed("reply", "request RequestID"));
}

TEST_F(WorkedExchange, ResponderReadsAndWrites) {
  const PrivateKey host = Key(Curve::kX448, "host seed");
  FixedRandom random(Octets("reply ephemeral seed"));
  NoiseResponder responder(Octets("prologue"), host);
  const auto text =
      responder.ReadFirst(Octets("e") + Octets("encrypted s") + Octets("encrypted text"));
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, Sealed("request", "request RequestID"));
  EXPECT_EQ(responder.initiator(), Octets("device public").substr(0, kNoiseKeyBytes));
  const auto message = responder.WriteSecond(Sealed("reply", "request RequestID"), random);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(*message, Octets("reply e") + Octets("reply encrypted text"));
}

TEST_F(WorkedExchange, ReplyGivesTheTicket) {
  const auto extra = ParseReplyExtra(Encoding::kJson, Text("reply extra"));
  ASSERT_TRUE(extra.ok());
  EXPECT_EQ(extra->ticket, Octets("ticket"));
  EXPECT_EQ(extra->master_key, Octets("master key"));
}

TEST_F(WorkedExchange, RequestIsSealedUnderTheTicket) {
  WireHeader header;
  header.mode = Mode::kTicket;
  header.ticket = Octets("ticket");
  header.salt = Octets("status Salt");
  EXPECT_EQ(WriteWireHeader(Encoding::kJson, header), Text("status header"));
  const std::string bound = Bound(Mode::kTicket, "status header");
  EXPECT_EQ(bound, Octets("status binding"));
  const std::string text = Sealed("status", "status RequestID");
  EXPECT_EQ(text, Octets("status sealed text"));
  EXPECT_EQ(SealRequest(Octets("master key"), header.salt, bound, text), Octets("status payload"));
  EXPECT_EQ(Body("status"), Text("status body"));
}

TEST_F(WorkedExchange, ReplyIsSealedUnderTheTicket) {
  WireHeader header;
  header.mode = Mode::kTicket;
  header.salt = Octets("answer Salt");
  EXPECT_EQ(WriteWireHeader(Encoding::kJson, header), Text("answer header"));
  const std::string bound = Bound(Mode::kTicket, "answer header");
  EXPECT_EQ(bound, Octets("answer binding"));
  const std::string text = Sealed("answer", "status RequestID");
  EXPECT_EQ(text, Octets("answer sealed text"));
  EXPECT_EQ(SealReply(Octets("master key"), Octets("status Salt"), header.salt, bound, text),
            Octets("answer payload"));
  EXPECT_EQ(Body("answer"), Text("answer body"));
}

TEST_F(WorkedExchange, AdministratorSigns) {
  const std::string octets = Sealed("status", "status RequestID");
  const auto text = ParseSealedText(octets);
  ASSERT_TRUE(text.ok());
  const std::string digest = AdministratorDigest(Text("service UDF"), kAccount, *text);
  EXPECT_EQ(digest, Octets("administrator digest"));
  const PrivateKey key = Key(Curve::kEd448, "administrator seed");
  EXPECT_EQ(key.public_key().octets, Octets("administrator public"));
  EXPECT_EQ(*crypto::Sign(key, digest), Octets("administrator signature"));
  const AdministratorSignature signature{key.public_key(), Octets("administrator signature")};
  EXPECT_TRUE(VerifyAdministrator(signature, Text("service UDF"), kAccount, *text).ok());
}

}  // namespace
}  // namespace mesh::binding
