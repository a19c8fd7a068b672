#include "bench/load/request_maker.h"

#include <gtest/gtest.h>

#include <set>

#include "common/mesh/transaction_codec.h"

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
  EXPECT_TRUE(Decodes(maker.Upload().message, Transaction::kUpload));
  EXPECT_TRUE(Decodes(maker.Status().message, Transaction::kStatus));
  EXPECT_TRUE(Decodes(maker.Download("mmm_Contact", 0, 8).message, Transaction::kDownload));
}

TEST_F(RequestMakerTest, NoTwoEntriesAreEqualNotEvenOfTwoRuns) {
  std::set<std::string> digests;
  for (int run = 0; run < 2; ++run) {
    RequestMaker maker(options_, person_);
    for (int i = 0; i < 50; ++i) {
      for (const std::string& digest : maker.Upload().digests) {
        EXPECT_TRUE(digests.insert(digest).second);
      }
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
