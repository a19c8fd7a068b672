// The exchange against the published vector, and what must not pass.

#include "common/binding/noise.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/base/bytes.h"
#include "common/crypto/aead.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/mac.h"
#include "tests/support/fixed_random.h"
#include "tests/support/hex.h"

namespace mesh::binding {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

// Noise_IK_448_AESGCM_SHA512 of the public test vectors for the framework.
constexpr std::string_view kPrologue = "4a6f686e2047616c74";
constexpr std::string_view kInitiatorStatic =
    "34d564c4be963d1b2a89fcfe83e6a72b5e3f5e3127f9f596ffc7575e418dfc1f4e827cfc10c9fed3"
    "8e92ad56ddf8f08571430df2e76d5411";
constexpr std::string_view kInitiatorEphemeral =
    "7fd26c8b8a0d5c98c85ff9ca1d7bc66d78578b9f2c4c170850748b27992767e6ea6cc9992a561c9d"
    "19dfc342e260c280ef4f3f9b8f879d4e";
constexpr std::string_view kResponderPublic =
    "bd200fa6d50db3a743797b00aca1b70f417bfc381b28b21b5835d84cf7a6da6abba19e3ba7d46b25"
    "3412b74665d4627b65fcef3f29c95d3e";
constexpr std::string_view kResponderStatic =
    "a9b45971180882a79b89a3399544a425ef8136d278efa443ed67d3ff9d36e883bc330c6295bbf6ed"
    "73ff6fd10cbed767ad05ce03ebd27c7c";
constexpr std::string_view kResponderEphemeral =
    "3facf7503ebee252465689f1d4e3b1dd219639ef9de4ffd6049d6d71a0f62126840febb99042421c"
    "e12af6626d98d9170260390fbc8399a5";
constexpr std::string_view kHandshakeHash =
    "f165ecf6e4160f35ae6a409e25e6b6966a3e7965cf795a57deecf3c26e2ce812e714d7396ff7de96"
    "0b6f998a28247f110a073fb8674605595f09e8dab67414e7";
struct VectorMessage {
  std::string_view payload;
  std::string_view ciphertext;
};
constexpr VectorMessage kMessages[] = {
    {"4c756477696720766f6e204d69736573",
     "6cfcb98ae6b1bc5659cadc595bf664e17094404eae6b45fde6fc40ca937d1dbe1464cb66eb21fdba"
     "a487cd0d11d6dce5aa07b8219bfdc49ae06567777271548a8b3de33e22b571a24665f093cb05b994"
     "2ba5439305da7f72bb010d9fd8765ed60f9cdbfa333ab6f35cd0800347bd47e7598f11745114ac32"
     "cfdff9089e018abfb7bce18aa15a43b3125296342f6584a567ed31b04320567989cc89bd50867f2f"},
    {"4d757272617920526f746862617264",
     "f7eb9a09468f9564819de07ada77a6cf5d5eacd84682067538bf2c4e4c905e5cc35cc3ff41241e47"
     "ae3bd296477a236ef185e5a8a0f18d65842330ec3d2166677e9cb05f4df49c067342b879e1473915"
     "7b1fc753640db1"},
    {"462e20412e20486179656b", "f2abd6c5759d6f77b4e002db75d6a9dc63b67cbec718b0d3fcc9d4"},
    {"4361726c204d656e676572", "33a25a8845eb71c01548b2394749a327318e426f4f4d356f9613fa"},
    {"4a65616e2d426170746973746520536179",
     "e7060a8b711c95df83fba69d6c0c21279d64626d1d3e3686821554c4d736caa785"},
    {"457567656e2042f6686d20766f6e2042617765726b",
     "946385a433a56e4e40b1ee62ab5551ba86f52ce69baac29734ff96f4ef3441b9bf3a97054a"},
};

PrivateKey Key(std::string_view hex) { return *PrivateKey::FromSeed(Curve::kX448, Unhex(hex)); }

// A handshake with the vector's keys; the payloads may be others.
struct Handshake {
  PrivateKey initiator_static = Key(kInitiatorStatic);
  PrivateKey responder_static = Key(kResponderStatic);
  FixedRandom initiator_random{Unhex(kInitiatorEphemeral)};
  FixedRandom responder_random{Unhex(kResponderEphemeral)};
  NoiseInitiator initiator{Unhex(kPrologue), initiator_static, Unhex(kResponderPublic)};
  NoiseResponder responder{Unhex(kPrologue), responder_static};

  std::string First(std::string_view payload) {
    return *initiator.WriteFirst(payload, initiator_random);
  }
  std::string Second(std::string_view payload) {
    return *responder.WriteSecond(payload, responder_random);
  }
};

// The framework's Split(), which the service does not need: the vector's messages after the
// handshake show that the chaining key is right, too.
std::vector<std::string> Split(const NoiseState& state) {
  const crypto::Digest512 secret = crypto::HmacSha512(state.chaining_key(), "");
  const crypto::Digest512 first = crypto::HmacSha512(secret, "\x01");
  const crypto::Digest512 second = crypto::HmacSha512(secret, std::string(first.view()) + "\x02");
  return {std::string(first.view().substr(0, 32)), std::string(second.view().substr(0, 32))};
}

TEST(NoiseVector, FirstMessageIsThePublishedOne) {
  Handshake handshake;
  EXPECT_EQ(ToHex(handshake.First(Unhex(kMessages[0].payload))), kMessages[0].ciphertext);
}

TEST(NoiseVector, ResponderReadsItAndKnowsTheInitiator) {
  Handshake handshake;
  const auto payload = handshake.responder.ReadFirst(Unhex(kMessages[0].ciphertext));
  ASSERT_TRUE(payload.ok()) << payload.status().message();
  EXPECT_EQ(ToHex(*payload), kMessages[0].payload);
  EXPECT_EQ(handshake.responder.initiator(), handshake.initiator_static.public_key().coordinate());
}

TEST(NoiseVector, SecondMessageAndHandshakeHashAreThePublishedOnes) {
  Handshake handshake;
  ASSERT_TRUE(handshake.responder.ReadFirst(handshake.First(Unhex(kMessages[0].payload))).ok());
  const std::string second = handshake.Second(Unhex(kMessages[1].payload));
  EXPECT_EQ(ToHex(second), kMessages[1].ciphertext);
  const auto payload = handshake.initiator.ReadSecond(second);
  ASSERT_TRUE(payload.ok());
  EXPECT_EQ(ToHex(*payload), kMessages[1].payload);
  EXPECT_EQ(ToHex(handshake.initiator.state().hash()), kHandshakeHash);
  EXPECT_EQ(ToHex(handshake.responder.state().hash()), kHandshakeHash);
}

TEST(NoiseVector, MessagesAfterTheHandshakeOpenUnderItsChainingKey) {
  Handshake handshake;
  ASSERT_TRUE(handshake.responder.ReadFirst(handshake.First(Unhex(kMessages[0].payload))).ok());
  handshake.Second(Unhex(kMessages[1].payload));
  const std::vector<std::string> keys = Split(handshake.responder.state());
  for (size_t i = 2; i < std::size(kMessages); ++i) {
    std::string nonce(4, '\0');
    AppendBigEndian64(nonce, i / 2 - 1);
    const auto payload = crypto::AeadOpen(keys[i % 2], nonce, "", Unhex(kMessages[i].ciphertext));
    ASSERT_TRUE(payload.ok()) << i;
    EXPECT_EQ(ToHex(*payload), kMessages[i].payload);
  }
}

// --- Our keys ------------------------------------------------------------------------

TEST(Noise, CompositeKeysOnBothSidesAgree) {
  const PrivateKey device = PrivateKey::Generate(Curve::kX448);
  const PrivateKey activation = PrivateKey::Generate(Curve::kX448);
  const PrivateKey initiator_static = *crypto::CombinePrivateKeys(device, activation);
  const PrivateKey responder_static = *crypto::CombinePrivateKeys(activation, activation);
  NoiseInitiator initiator("here", initiator_static, responder_static.public_key().coordinate());
  NoiseResponder responder("here", responder_static);

  const auto request =
      responder.ReadFirst(*initiator.WriteFirst("question", crypto::SystemRandom()));
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(*request, "question");
  EXPECT_EQ(responder.initiator(), initiator_static.public_key().coordinate());
  const auto reply = initiator.ReadSecond(*responder.WriteSecond("answer", crypto::SystemRandom()));
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(*reply, "answer");
}

// --- What must not pass ---------------------------------------------------------------

TEST(Noise, EveryOctetOfTheFirstMessageCounts) {
  Handshake handshake;
  const std::string message = handshake.First("x");
  for (size_t i = 0; i < message.size(); i += 7) {
    std::string changed = message;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    NoiseResponder responder(Unhex(kPrologue), handshake.responder_static);
    EXPECT_FALSE(responder.ReadFirst(changed).ok()) << i;
  }
}

TEST(Noise, EveryOctetOfTheSecondMessageCounts) {
  Handshake reference;
  ASSERT_TRUE(reference.responder.ReadFirst(reference.First("x")).ok());
  const std::string message = reference.Second("y");
  for (size_t i = 0; i < message.size(); i += 7) {
    Handshake handshake;
    handshake.First("x");
    std::string changed = message;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(handshake.initiator.ReadSecond(changed).ok()) << i;
  }
}

TEST(Noise, AnotherPrologueDoesNotOpen) {
  Handshake handshake;
  NoiseResponder responder("elsewhere", handshake.responder_static);
  EXPECT_EQ(responder.ReadFirst(handshake.First("x")).status().code(), Code::kUnauthenticated);
}

TEST(Noise, AnotherHostDoesNotOpen) {
  Handshake handshake;
  const PrivateKey other = PrivateKey::Generate(Curve::kX448);
  NoiseResponder responder(Unhex(kPrologue), other);
  EXPECT_EQ(responder.ReadFirst(handshake.First("x")).status().code(), Code::kUnauthenticated);
}

TEST(Noise, ReplyToAnotherRequestDoesNotOpen) {
  Handshake first, second;
  ASSERT_TRUE(first.responder.ReadFirst(first.First("one")).ok());
  second.First("two");
  EXPECT_FALSE(second.initiator.ReadSecond(first.Second("answer")).ok());
}

TEST(Noise, EphemeralKeyOfSmallOrderIsRefused) {
  for (const char low : {0, 1}) {
    Handshake handshake;
    std::string message = handshake.First("x");
    message.replace(0, kNoiseKeyBytes, std::string(1, low) + std::string(55, '\0'));
    NoiseResponder responder(Unhex(kPrologue), handshake.responder_static);
    EXPECT_EQ(responder.ReadFirst(message).status().code(), Code::kInvalidArgument);
  }
}

TEST(Noise, KeyThatIsNotBelowPIsRefused) {
  Handshake handshake;
  std::string message = handshake.First("x");
  message.replace(0, kNoiseKeyBytes, std::string(kNoiseKeyBytes, '\xff'));
  EXPECT_EQ(handshake.responder.ReadFirst(message).status().code(), Code::kInvalidArgument);
}

TEST(Noise, HostKeyOfSmallOrderIsRefused) {
  const PrivateKey device = PrivateKey::Generate(Curve::kX448);
  NoiseInitiator initiator("", device, std::string(kNoiseKeyBytes, '\0'));
  EXPECT_EQ(initiator.WriteFirst("x", crypto::SystemRandom()).status().code(),
            Code::kInvalidArgument);
}

TEST(Noise, ShortMessagesAreRefused) {
  Handshake handshake;
  const std::string message = handshake.First("");
  for (size_t length = 0; length < message.size(); length += 9) {
    NoiseResponder responder(Unhex(kPrologue), handshake.responder_static);
    EXPECT_FALSE(responder.ReadFirst(message.substr(0, length)).ok()) << length;
  }
}

TEST(Noise, LongestMessageFitsAndOneOctetMoreDoesNot) {
  Handshake fits, exceeds;
  const size_t most = kNoiseMessageBytesMax - kNoiseFirstOverhead;
  EXPECT_EQ(fits.First(std::string(most, 'x')).size(), kNoiseMessageBytesMax);
  EXPECT_EQ(exceeds.initiator.WriteFirst(std::string(most + 1, 'x'), exceeds.initiator_random)
                .status()
                .code(),
            Code::kResourceExhausted);
  EXPECT_EQ(
      exceeds.responder.ReadFirst(std::string(kNoiseMessageBytesMax + 1, 'x')).status().code(),
      Code::kResourceExhausted);
}

TEST(Noise, ReplyThatIsTooLongIsRefused) {
  Handshake handshake;
  ASSERT_TRUE(handshake.responder.ReadFirst(handshake.First("x")).ok());
  const std::string payload(kNoiseMessageBytesMax - kNoiseSecondOverhead + 1, 'x');
  EXPECT_EQ(handshake.responder.WriteSecond(payload, handshake.responder_random).status().code(),
            Code::kResourceExhausted);
}

}  // namespace
}  // namespace mesh::binding
