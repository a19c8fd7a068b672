#include "bench/load/request_maker.h"

#include <gtest/gtest.h>

#include <set>

#include "common/mesh/transaction_codec.h"

namespace mesh::load {
namespace {

// What the service's decoder says to the body of `octets`.
bool Decodes(const std::string& octets, Transaction expected) {
  const size_t body = octets.find("\r\n\r\n");
  if (body == std::string::npos) return false;
  DecodeOptions options;
  DecodedRequest request;
  DecodeFailure failure;
  const bool good = DecodeRequest(octets.substr(body + 4), options, &request, &failure);
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
};

TEST_F(RequestMakerTest, TheServiceReadsEveryRequest) {
  Result<RequestMaker> maker = RequestMaker::Make(options_);
  ASSERT_TRUE(maker.ok());
  const std::string address = maker->AccountAddress(7);
  const Result<Made> create = maker->CreateAccount(address);
  ASSERT_TRUE(create.ok());
  EXPECT_TRUE(Decodes(create->octets, Transaction::kCreateAccount));
  EXPECT_TRUE(Decodes(maker->Hello().octets, Transaction::kHello));
  EXPECT_TRUE(Decodes(maker->Upload(address).octets, Transaction::kUpload));
  EXPECT_TRUE(Decodes(maker->Status(address).octets, Transaction::kStatus));
  EXPECT_TRUE(
      Decodes(maker->Download(address, "mmm_Contact", 0, 8).octets, Transaction::kDownload));
}

TEST_F(RequestMakerTest, NoTwoEntriesAreEqualNotEvenOfTwoRuns) {
  std::set<std::string> digests;
  for (int run = 0; run < 2; ++run) {
    Result<RequestMaker> maker = RequestMaker::Make(options_);
    ASSERT_TRUE(maker.ok());
    for (int i = 0; i < 50; ++i) {
      for (const std::string& digest : maker->Upload("a@example.com").digests) {
        EXPECT_TRUE(digests.insert(digest).second);
      }
    }
  }
  EXPECT_EQ(digests.size(), 300u);
}

TEST_F(RequestMakerTest, NewAccountsAreNewAndTheFirstOnesStay) {
  Result<RequestMaker> maker = RequestMaker::Make(options_);
  ASSERT_TRUE(maker.ok());
  EXPECT_EQ(maker->AccountAddress(7), "load-7@example.com");
  EXPECT_NE(maker->NewAccountAddress(), maker->NewAccountAddress());
}

TEST_F(RequestMakerTest, TheLengthIsThatOfTheBody) {
  Result<RequestMaker> maker = RequestMaker::Make(options_);
  ASSERT_TRUE(maker.ok());
  const std::string octets = maker->Upload("a@example.com").octets;
  const size_t body = octets.find("\r\n\r\n") + 4;
  EXPECT_NE(octets.find("Content-Length: " + std::to_string(octets.size() - body) + "\r\n"),
            std::string::npos);
}

}  // namespace
}  // namespace mesh::load
