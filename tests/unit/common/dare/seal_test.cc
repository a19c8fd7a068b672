#include "common/dare/seal.h"

#include <gtest/gtest.h>

#include <string>

#include "common/crypto/udf.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/signature.h"
#include "common/encoding/json_b.h"

namespace mesh::dare {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

Envelope Sealed(std::string_view payload, const SealOptions& options) {
  const Result<Envelope> envelope = Seal(payload, options);
  EXPECT_TRUE(envelope.ok()) << envelope.status().message();
  return envelope.ok() ? *envelope : Envelope();
}

HeaderFields HeaderOf(const Envelope& envelope) {
  const Result<HeaderFields> header = ParseHeader(envelope.header);
  EXPECT_TRUE(header.ok()) << header.status().message();
  return header.ok() ? *header : HeaderFields();
}

TEST(SealTest, APlainEnvelopeCarriesItsLabels) {
  SealOptions options;
  options.envelope_id = "MAAA";
  options.content_meta.emplace().event = "New";
  const Envelope envelope = Sealed("payload", options);
  EXPECT_EQ(envelope.header,
            "{\"EnvelopeID\":\"MAAA\",\"ContentMetaData\":\"eyJFdmVudCI6Ik5ldyJ9\"}");
  EXPECT_EQ(envelope.payload, "payload");
  EXPECT_EQ(envelope.trailer, "");
  EXPECT_TRUE(CheckPayloadDigest(envelope).ok());
}

TEST(SealTest, ADigestFixesThePayload) {
  SealOptions options;
  options.digest = true;
  Envelope envelope = Sealed("payload", options);
  EXPECT_TRUE(CheckPayloadDigest(envelope).ok());
  envelope.payload[0] ^= 1;
  EXPECT_EQ(CheckPayloadDigest(envelope).message(),
            "PayloadDigest is not the SHA-512 of the payload");
}

class SignatureTest : public testing::TestWithParam<Curve> {
 protected:
  SignatureTest() { options_.signer = &key_; }

  PrivateKey key_ = PrivateKey::Generate(GetParam());
  SealOptions options_;
};
INSTANTIATE_TEST_SUITE_P(Curves, SignatureTest, testing::Values(Curve::kEd448, Curve::kEd25519));

TEST_P(SignatureTest, VerifiesUnderTheSignersKeyOnly) {
  const Envelope envelope = Sealed("payload", options_);
  EXPECT_TRUE(VerifySignature(envelope, key_.public_key()).ok());
  const PrivateKey other = PrivateKey::Generate(GetParam());
  EXPECT_FALSE(VerifySignature(envelope, other.public_key()).ok());
  const crypto::PublicKey keys[] = {other.public_key(), key_.public_key()};
  const Result<size_t> which = VerifySignatureByOneOf(envelope, keys);
  ASSERT_TRUE(which.ok());
  EXPECT_EQ(*which, 1u);
}

TEST_P(SignatureTest, DoesNotCoverAnotherPayload) {
  Envelope envelope = Sealed("payload", options_);
  envelope.payload = "other";
  EXPECT_EQ(VerifySignature(envelope, key_.public_key()).message(),
            "PayloadDigest is not the SHA-512 of the payload");
  TrailerFields trailer = *ParseTrailer(envelope.trailer);
  trailer.payload_digest.clear();
  envelope.trailer.clear();
  WriteTrailer(trailer, envelope.trailer);
  EXPECT_EQ(VerifySignature(envelope, key_.public_key()).message(),
            "the signature of " + trailer.signatures[0].kid + " is wrong");
}

TEST_P(SignatureTest, CountsInTheHeaderToo) {
  Envelope envelope = Sealed("payload", options_);
  envelope.header = envelope.trailer;
  envelope.trailer = "{}";
  EXPECT_TRUE(VerifySignature(envelope, key_.public_key()).ok());
}

TEST(SignatureFaultsTest, NobodyCanMakeUsVerifyWithoutEnd) {
  const PrivateKey key = PrivateKey::Generate(Curve::kEd448);
  SealOptions options;
  options.signer = &key;
  Envelope envelope = Sealed("payload", options);
  TrailerFields trailer = *ParseTrailer(envelope.trailer);
  trailer.signatures.resize(kSignaturesMax, trailer.signatures[0]);
  envelope.trailer.clear();
  WriteTrailer(trailer, envelope.trailer);
  EXPECT_TRUE(VerifySignature(envelope, key.public_key()).ok());
  trailer.signatures.push_back(trailer.signatures[0]);
  envelope.trailer.clear();
  WriteTrailer(trailer, envelope.trailer);
  EXPECT_EQ(VerifySignature(envelope, key.public_key()).message(), "more than 16 signatures");
}

// Whoever sends an envelope chooses how much work its signatures are: one verification.
TEST(SignatureFaultsTest, TheFirstSignatureByTheKeyDecides) {
  const PrivateKey key = PrivateKey::Generate(Curve::kEd448);
  const PrivateKey other = PrivateKey::Generate(Curve::kEd448);
  SealOptions options;
  options.signer = &key;
  Envelope envelope = Sealed("payload", options);
  TrailerFields trailer = *ParseTrailer(envelope.trailer);
  const SignatureFields right = trailer.signatures[0];
  SignatureFields wrong = right;
  wrong.signature[0] = static_cast<char>(wrong.signature[0] ^ 1);
  SignatureFields wrong_by_other = wrong;
  wrong_by_other.kid = crypto::KeyFingerprint(other.public_key());
  const std::vector<crypto::PublicKey> keys = {key.public_key(), other.public_key()};
  const auto verified = [&](const std::vector<SignatureFields>& signatures) {
    trailer.signatures = signatures;
    envelope.trailer.clear();
    WriteTrailer(trailer, envelope.trailer);
    return VerifySignatureByOneOf(envelope, keys);
  };
  EXPECT_TRUE(verified({right, wrong}).ok());
  EXPECT_EQ(verified({wrong, right}).status().message(),
            "the signature of " + right.kid + " is wrong");
  EXPECT_FALSE(verified({wrong_by_other, right}).ok());
}

TEST(SignatureFaultsTest, ASignatureMustNameItsKey) {
  const PrivateKey key = PrivateKey::Generate(Curve::kEd448);
  SealOptions options;
  options.signer = &key;
  Envelope envelope = Sealed("payload", options);
  TrailerFields trailer = *ParseTrailer(envelope.trailer);
  trailer.signatures[0].kid.clear();
  envelope.trailer.clear();
  WriteTrailer(trailer, envelope.trailer);
  EXPECT_FALSE(VerifySignature(envelope, key.public_key()).ok());
}

TEST(SignatureFaultsTest, UnsignedAndUnknownDigestsAreRefused) {
  const PrivateKey key = PrivateKey::Generate(Curve::kEd448);
  SealOptions options;
  options.digest = true;
  EXPECT_EQ(VerifySignature(Sealed("x", options), key.public_key()).message(),
            "the envelope is not signed");
  Envelope envelope = Sealed("x", options);
  envelope.header = "{\"dig\":\"MD5\"}";
  EXPECT_FALSE(VerifySignature(envelope, key.public_key()).ok());
  const PrivateKey wrong_kind = PrivateKey::Generate(Curve::kX448);
  options.signer = &wrong_kind;
  EXPECT_FALSE(Seal("x", options).ok());
}

class RecipientTest : public testing::TestWithParam<Curve> {};
INSTANTIATE_TEST_SUITE_P(Curves, RecipientTest,
                         testing::Values(Curve::kX448, Curve::kX25519, Curve::kEd25519));

TEST_P(RecipientTest, EveryRecipientAndNobodyElseDecrypts) {
  const PrivateKey alice = PrivateKey::Generate(GetParam());
  const PrivateKey bob = PrivateKey::Generate(GetParam());
  const PrivateKey carol = PrivateKey::Generate(GetParam());
  SealOptions options;
  options.recipients = {alice.public_key(), bob.public_key()};
  const Envelope envelope = Sealed("secret", options);
  const HeaderFields header = HeaderOf(envelope);
  EXPECT_EQ(envelope.payload.find("secret"), std::string::npos);
  for (const PrivateKey* key : {&alice, &bob}) {
    const Result<std::string> master = RecoverMaster(header, *key);
    ASSERT_TRUE(master.ok()) << master.status().message();
    EXPECT_EQ(*DecryptPayload(envelope, header, *master), "secret");
  }
  EXPECT_EQ(RecoverMaster(header, carol).status().code(), Code::kNotFound);
}

TEST(EncryptionTest, AWrapForAnotherKeyDoesNotOpen) {
  const PrivateKey alice = PrivateKey::Generate(Curve::kX448);
  const PrivateKey bob = PrivateKey::Generate(Curve::kX448);
  SealOptions options;
  options.recipients = {alice.public_key()};
  HeaderFields header = HeaderOf(Sealed("secret", options));
  header.recipients[0].kid = crypto::KeyFingerprint(bob.public_key());
  EXPECT_EQ(RecoverMaster(header, bob).status().message(), "wmk: not wrapped for this key");
  header.recipients[0].epk_curve = "P-256";
  EXPECT_FALSE(RecoverMaster(header, bob).ok());
  header.recipients[0].epk_curve = "X25519";
  EXPECT_FALSE(RecoverMaster(header, bob).ok());
}

TEST(EncryptionTest, ASharedSecretOpensAPublication) {
  SealOptions options;
  options.secrets = {"sixteen octets!!"};
  const Envelope envelope = Sealed("published", options);
  const HeaderFields header = HeaderOf(envelope);
  const Result<std::string> master = RecoverMaster(header, std::string_view("sixteen octets!!"));
  ASSERT_TRUE(master.ok()) << master.status().message();
  EXPECT_EQ(*DecryptPayload(envelope, header, *master), "published");
  EXPECT_FALSE(RecoverMaster(header, std::string_view("another secret!!")).ok());
}

TEST(EncryptionTest, AnnotationsAreEncryptedEachWithItsOwnSalt) {
  const PrivateKey alice = PrivateKey::Generate(Curve::kX448);
  SealOptions options;
  options.recipients = {alice.public_key()};
  options.annotations = {"From: alice", "From: alice"};
  const HeaderFields header = HeaderOf(Sealed("x", options));
  const std::string master = *RecoverMaster(header, alice);
  ASSERT_EQ(header.annotations.size(), 2u);
  EXPECT_NE(header.annotations[0].substr(3), header.annotations[1].substr(3));
  for (const std::string& annotation : header.annotations) {
    EXPECT_EQ(*DecryptAnnotation(master, header.salt, annotation), "From: alice");
    EXPECT_FALSE(DecryptAnnotation(master, header.salt, annotation.substr(1)).ok());
  }
}

TEST(EncryptionTest, RefusesAnotherMasterAndAnotherCipher) {
  const PrivateKey alice = PrivateKey::Generate(Curve::kX448);
  SealOptions options;
  options.recipients = {alice.public_key()};
  const Envelope envelope = Sealed("x", options);
  HeaderFields header = HeaderOf(envelope);
  EXPECT_EQ(DecryptPayload(envelope, header, std::string(32, 'm')).status().code(),
            Code::kInvalidArgument);
  const std::string master = *RecoverMaster(header, alice);
  header.enc = "A128GCM";
  EXPECT_EQ(DecryptPayload(envelope, header, master).status().code(), Code::kUnimplemented);
}

TEST(EncryptionTest, ASignedSecretCarriesItsWitness) {
  const PrivateKey alice = PrivateKey::Generate(Curve::kX448);
  const PrivateKey signer = PrivateKey::Generate(Curve::kEd448);
  SealOptions options;
  options.recipients = {alice.public_key()};
  options.signer = &signer;
  const Envelope envelope = Sealed("x", options);
  const HeaderFields header = HeaderOf(envelope);
  const SignatureFields entry = ParseTrailer(envelope.trailer)->signatures.at(0);
  EXPECT_TRUE(VerifySignature(envelope, signer.public_key()).ok());
  EXPECT_EQ(entry.witness,
            SignatureWitness(*RecoverMaster(header, alice), header.salt, entry.signature));
}

}  // namespace
}  // namespace mesh::dare
