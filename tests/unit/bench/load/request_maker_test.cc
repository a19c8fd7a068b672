#include "bench/load/request_maker.h"

#include <gtest/gtest.h>

#include <set>

#include "common/crypto/digest.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"

namespace mesh::load {
namespace {

// What the service's decoder says to `message`.
bool Decodes(const std::string& message, Transaction expected) {
  DecodeOptions options;
  DecodedRequest request;
  DecodeFailure failure;
  const bool good = DecodeRequest(message, options, &request, &failure);
  if (!good) ADD_FAILURE() << failure.status.message();
  return good && request.transaction == expected;
}

class RequestMakerTest : public testing::Test {
 protected:
  RequestMakerTest() {
    options_.payload_bytes = 100;
    options_.entries_per_upload = 3;
  }

  Options options_;
  const Person person_ = *Person::Make("seed");
};

TEST_F(RequestMakerTest, TheServiceReadsEveryRequest) {
  RequestMaker maker(options_, person_);
  const std::string address = maker.AccountAddress(7);
  EXPECT_TRUE(Decodes(maker.CreateAccount(address)->message, Transaction::kCreateAccount));
  EXPECT_TRUE(Decodes(maker.Enter(address)->message, Transaction::kUpload));
  EXPECT_TRUE(Decodes(maker.Hello().message, Transaction::kHello));
  EXPECT_TRUE(Decodes(maker.Upload(address)->message, Transaction::kUpload));
  EXPECT_TRUE(Decodes(maker.Status().message, Transaction::kStatus));
  EXPECT_TRUE(Decodes(maker.Download("mmm_Contact", 0, 8).message, Transaction::kDownload));
}

// Decodes it as a front end that verifies signatures, and returns the message in it.
proto::Envelope Posted(const Made& made) {
  DecodeOptions options;
  DecodedRequest request;
  DecodeFailure failure;
  EXPECT_TRUE(DecodeRequest(made.message, options, &request, &failure)) << failure.status.message();
  EXPECT_EQ(request.transaction, Transaction::kPost);
  return request.request->post().messages(0);
}

TEST_F(RequestMakerTest, MessagesAreSignedByTheDeviceOfTheirSender) {
  RequestMaker maker(options_, person_);

  const proto::Envelope message = Posted(*maker.Post("a@example.com", "b@example.com"));

  EXPECT_EQ(message.sender(), "a@example.com");
  EXPECT_EQ(message.message_type(), "RequestTask");
  EXPECT_EQ(message.signer_connection_digest(),
            crypto::Sha512(person_.connection().payload).view());
}

TEST_F(RequestMakerTest, WithOneSignatureForAllTheMessagesDifferAllTheSame) {
  options_.sign_once = true;
  RequestMaker maker(options_, person_);

  const proto::Envelope first = Posted(*maker.Post("a@example.com", "b@example.com"));
  const proto::Envelope second = Posted(*maker.Post("a@example.com", "b@example.com"));
  const proto::Envelope other = Posted(*maker.Post("b@example.com", "a@example.com"));

  EXPECT_EQ(first.trailer(), second.trailer());
  EXPECT_NE(first.envelope_id(), second.envelope_id());
  EXPECT_NE(first.trailer(), other.trailer());
}

TEST_F(RequestMakerTest, ASpoolIsGivenMessagesWithTheirSignatures) {
  options_.container = "mmm_Local";
  RequestMaker maker(options_, person_);
  const Made made = *maker.Upload("a@example.com");
  DecodedRequest request;
  DecodeFailure failure;
  ASSERT_TRUE(DecodeRequest(made.message, {}, &request, &failure)) << failure.status.message();

  const proto::Envelope& entry = request.request->upload().updates(0).envelopes(1);

  EXPECT_FALSE(entry.envelope_id().empty());
  EXPECT_NE(entry.trailer().find("EnvelopedConnectionAccount"), std::string::npos);
}

TEST_F(RequestMakerTest, NoTwoEntriesAreEqualNotEvenOfTwoRuns) {
  std::set<std::string> digests;
  for (int run = 0; run < 2; ++run) {
    RequestMaker maker(options_, person_);
    for (int i = 0; i < 50; ++i) {
      const Made made = *maker.Upload("a@example.com");
      for (const std::string& digest : made.digests) EXPECT_TRUE(digests.insert(digest).second);
    }
  }
  EXPECT_EQ(digests.size(), 300u);
}

TEST_F(RequestMakerTest, NewAccountsAreNewAndTheFirstOnesStay) {
  RequestMaker maker(options_, person_);
  EXPECT_EQ(maker.AccountAddress(7), "load-7@example.com");
  EXPECT_NE(maker.NewAccountAddress(), maker.NewAccountAddress());
}

TEST_F(RequestMakerTest, ThePersonOfASeedIsTheSameAndOfAnotherSeedAnother) {
  const Person again = *Person::Make("seed");
  const Person other = *Person::Make("another");
  const std::string address = "a@example.com";

  EXPECT_EQ(again.profile_mesh(), person_.profile_mesh());
  EXPECT_EQ(*again.ProfileAccount(address), *person_.ProfileAccount(address));
  EXPECT_FALSE(other.profile_mesh() == person_.profile_mesh());
}

TEST_F(RequestMakerTest, TheEntryOfTheDeviceVerifiesForItsAccount) {
  const dare::Envelope envelope = *person_.ProfileAccount("a@example.com");
  const Result<AccountChain> chain = VerifyAccountChain(person_.profile_mesh(), envelope);
  ASSERT_TRUE(chain.ok()) << chain.status().message();

  const auto connections = VerifyCatalogedDevice(person_.Entry(envelope), chain->account);

  ASSERT_TRUE(connections.ok()) << connections.status().message();
  EXPECT_EQ((*connections)[0].key_authentication.key, person_.authentication().public_key());
}

}  // namespace
}  // namespace mesh::load
