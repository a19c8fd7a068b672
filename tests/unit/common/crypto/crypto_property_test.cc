// What must hold for any key, message and name: round trips, and that the bad twin of
// a good input is refused.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/crypto/aead.h"
#include "common/crypto/cipher.h"
#include "common/crypto/digest.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/key_wrap.h"
#include "common/crypto/signature.h"
#include "common/crypto/udf.h"
#include "common/crypto/udf_secret.h"
#include "common/encoding/base32.h"

namespace mesh::crypto {
namespace {

std::string AnyOctets() { return *rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }

std::string AnyOctets(size_t size) {
  return *rc::gen::container<std::string>(size, rc::gen::arbitrary<char>());
}

Curve AnySigningCurve() { return *rc::gen::element(Curve::kEd448, Curve::kEd25519); }
Curve AnyAgreementCurve() { return *rc::gen::element(Curve::kX448, Curve::kX25519); }
Curve AnyCurve() {
  return *rc::gen::element(Curve::kX448, Curve::kX25519, Curve::kEd448, Curve::kEd25519);
}

PrivateKey AnyKey(Curve curve) { return *PrivateKey::FromSeed(curve, AnyOctets(SeedBytes(curve))); }

// `octets` with one bit turned over.
std::string BadTwin(std::string octets) {
  const auto bit = *rc::gen::inRange<size_t>(0, 8 * octets.size());
  octets[bit / 8] = static_cast<char>(octets[bit / 8] ^ (1 << (bit % 8)));
  return octets;
}

RC_GTEST_PROP(Base32Property, OctetsSurvive, ()) {
  const std::string octets = AnyOctets();
  RC_ASSERT(*Base32Decode(Base32EncodeGrouped(octets)) == octets);
}

RC_GTEST_PROP(Base32Property, AnyTextIsReadOrRefused, ()) {
  const auto octets = Base32Decode(AnyOctets());
  RC_ASSERT(octets.ok() || octets.status().code() == Code::kInvalidArgument);
}

RC_GTEST_PROP(UdfProperty, TypeAndDataSurvive, ()) {
  const auto type = *rc::gen::arbitrary<uint8_t>();
  const std::string data = AnyOctets(*rc::gen::inRange<size_t>(1, 100));
  const auto udf = ParseUdf(FormatUdf(type, data, 8 * (1 + data.size())));
  RC_ASSERT(udf.ok() && udf->type == type && udf->data == data);
}

RC_GTEST_PROP(UdfProperty, CanonicalFormIsItsOwn, ()) {
  const std::string text = FormatUdf(UdfType::kNonce, AnyOctets(*rc::gen::inRange<size_t>(1, 40)));
  RC_ASSERT(*CanonicalUdf(text) == text);
}

RC_GTEST_PROP(AeadProperty, TextSurvivesAndItsBadTwinDoesNot, ()) {
  const std::string key = AnyOctets(kAeadKeyBytes);
  const std::string nonce = AnyOctets(kAeadNonceBytes);
  const std::string data = AnyOctets();
  const std::string text = AnyOctets();
  const std::string sealed = AeadSeal(key, nonce, data, text);
  RC_ASSERT(*AeadOpen(key, nonce, data, sealed) == text);
  RC_ASSERT(!AeadOpen(key, nonce, data, BadTwin(sealed)).ok());
  RC_ASSERT(!AeadOpen(BadTwin(key), nonce, data, sealed).ok());
}

RC_GTEST_PROP(CipherProperty, TextSurvives, ()) {
  const std::string key = AnyOctets(kCbcKeyBytes);
  const std::string iv = AnyOctets(kCbcIvBytes);
  const std::string text = AnyOctets();
  RC_ASSERT(*CbcDecrypt(key, iv, CbcEncrypt(key, iv, text)) == text);
}

RC_GTEST_PROP(KeyWrapProperty, KeySurvivesAndItsBadTwinDoesNot, ()) {
  const std::string wrapping = AnyOctets(kWrappingKeyBytes);
  const std::string key = AnyOctets(8 * *rc::gen::inRange<size_t>(2, 9));
  const std::string wrapped = WrapKey(wrapping, key);
  RC_ASSERT(*UnwrapKey(wrapping, wrapped) == key);
  RC_ASSERT(!UnwrapKey(wrapping, BadTwin(wrapped)).ok());
}

RC_GTEST_PROP(DigestProperty, CutsDoNotMatter, ()) {
  const std::string octets = AnyOctets();
  const auto cut = *rc::gen::inRange<size_t>(0, octets.size() + 1);
  Sha512Stream stream;
  stream.Update(std::string_view(octets).substr(0, cut));
  stream.Update(std::string_view(octets).substr(cut));
  RC_ASSERT(stream.Finish() == Sha512(octets));
}

RC_GTEST_PROP(SignatureProperty, SignatureVerifiesAndItsBadTwinsDoNot, ()) {
  const PrivateKey key = AnyKey(AnySigningCurve());
  const Digest512 digest = Sha512(AnyOctets());
  const std::string signature = *Sign(key, digest);
  RC_ASSERT(Verify(key.public_key(), digest, signature).ok());
  RC_ASSERT(!Verify(key.public_key(), digest, BadTwin(signature)).ok());
  RC_ASSERT(!Verify(key.public_key(), BadTwin(std::string(digest.view())), signature).ok());
  const PublicKey twin{key.curve(), BadTwin(key.public_key().octets)};
  RC_ASSERT(!Verify(twin, digest, signature).ok());
}

RC_GTEST_PROP(AgreementProperty, BothSidesAgree, ()) {
  const Curve curve = AnyAgreementCurve();
  const PrivateKey a = AnyKey(curve);
  const PrivateKey b = AnyKey(curve);
  RC_ASSERT(*Agree(a, b.public_key().octets) == *Agree(b, a.public_key().octets));
}

RC_GTEST_PROP(AgreementProperty, AnyPeerIsRefusedOrAnswered, ()) {
  const Curve curve = AnyAgreementCurve();
  const PrivateKey key = AnyKey(curve);
  const PrivateKey composite = *PrivateKey::FromScalar(curve, key.scalar());
  const std::string peer = AnyOctets(CoordinateBytes(curve));
  RC_ASSERT(Agree(key, peer).ok() == Agree(composite, peer).ok());
}

RC_GTEST_PROP(CompositeProperty, PrivateAndPublicSumsBelongTogether, ()) {
  const Curve curve = AnyCurve();
  const PrivateKey a = AnyKey(curve);
  const PrivateKey b = AnyKey(curve);
  const auto sum = CombinePrivateKeys(a, b);
  RC_ASSERT(sum->public_key() == *CombinePublicKeys(a.public_key(), b.public_key()));
  RC_ASSERT(SplitPrivateKey(*sum, a)->public_key() == b.public_key());
  RC_ASSERT(CheckPublicKey(sum->public_key()).ok());
}

RC_GTEST_PROP(CompositeProperty, SharesOfAMultiplicationAddUp, ()) {
  const Curve curve = AnyCurve();
  const Scalar whole = AnyKey(curve).scalar();
  const Scalar share = AnyKey(curve).scalar();
  RC_PRE(!(whole == share));
  const PublicKey point = AnyKey(curve).public_key();
  const auto ours = MultiplyPoint(share, point);
  const auto theirs = MultiplyPoint(whole - share, point);
  RC_ASSERT(*CombinePublicKeys(*ours, *theirs) == *MultiplyPoint(whole, point));
}

RC_GTEST_PROP(CompositeProperty, MultiplicationIsAssociative, ()) {
  const Curve curve = AnyCurve();
  const Scalar a = AnyKey(curve).scalar();
  const Scalar b = AnyKey(curve).scalar();
  const PublicKey point = AnyKey(curve).public_key();
  RC_ASSERT(*MultiplyPoint(a, *MultiplyPoint(b, point)) == *MultiplyPoint(a * b, point));
}

RC_GTEST_PROP(ShareProperty, AnyThresholdOfSharesRecovers, ()) {
  const std::string secret = AnyOctets(4 * *rc::gen::inRange<size_t>(1, 17));
  const auto count = *rc::gen::inRange<size_t>(1, 17);
  const auto threshold = *rc::gen::inRange<size_t>(1, std::min<size_t>(count, 15) + 1);
  const auto shares = SplitSecret(secret, threshold, count, SystemRandom());
  // The last ones, backwards.
  const std::vector<std::string> some(shares->rbegin(),
                                      shares->rbegin() + static_cast<std::ptrdiff_t>(threshold));
  RC_ASSERT(*RecoverSecret(some) == secret);
}

}  // namespace
}  // namespace mesh::crypto
