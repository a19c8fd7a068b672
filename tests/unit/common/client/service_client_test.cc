#include "common/client/service_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/unit/common/client/fake_service.h"

namespace mesh::client {
namespace {

using testing::HasSubstr;
using Fault = FakeService::Fault;

class ServiceClientTest : public testing::Test {
 protected:
  FakeService service_;
  ReferenceCredentials credentials_{"alice@example.com", "MDEV-ICE", nullptr};
  FakeClock clock_;
  std::vector<Duration> waits_;
  ServiceClient client_{
      service_, credentials_, {clock_, crypto::SystemRandom(), [this](Duration wait) {
                                 waits_.push_back(wait);
                               }}};
};

TEST_F(ServiceClientTest, ARequestNamesItsCaller) {
  ASSERT_TRUE(client_.AccountStatus().ok());

  EXPECT_THAT(service_.last_headers(),
              testing::Contains(testing::Pair("X-Mesh-Account", "alice@example.com")));
  EXPECT_THAT(service_.last_headers(),
              testing::Contains(testing::Pair("X-Mesh-Device", "MDEV-ICE")));
  EXPECT_EQ(service_.last_body(), "{\"Status\":{}}");
}

TEST_F(ServiceClientTest, AReadIsTriedAgainUntilTheServiceAnswers) {
  service_.Fail({Fault::kUnreachable, Fault::kBusy, Fault::kLostReply});

  EXPECT_TRUE(client_.AccountStatus().ok());
  EXPECT_EQ(service_.posts(), 4);
}

TEST_F(ServiceClientTest, WaitsDoubleAndHalfOfEachIsRandom) {
  service_.Fail({Fault::kUnreachable, Fault::kUnreachable, Fault::kUnreachable});

  ASSERT_TRUE(client_.AccountStatus().ok());

  ASSERT_EQ(waits_.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const Duration whole = std::chrono::milliseconds(100) * (1 << i);
    EXPECT_GE(waits_[static_cast<size_t>(i)], whole / 2);
    EXPECT_LE(waits_[static_cast<size_t>(i)], whole);
  }
}

TEST_F(ServiceClientTest, AReadGivesUpAfterSoManyAttempts) {
  service_.Fail(std::vector<Fault>(20, Fault::kUnreachable));

  EXPECT_EQ(client_.AccountStatus().status().code(), Code::kUnavailable);
  EXPECT_EQ(service_.posts(), RetryPolicy().attempts);
}

TEST_F(ServiceClientTest, AWriteIsTriedAgainWhenItWasNotSent) {
  service_.Fail({Fault::kUnreachable});

  EXPECT_TRUE(client_.DeleteAccount().ok());
  EXPECT_EQ(service_.posts(), 2);
}

TEST_F(ServiceClientTest, AWriteWhoseReplyWasLostIsNotTriedAgain) {
  service_.Fail({Fault::kLostReply});

  EXPECT_EQ(client_.DeleteAccount().code(), Code::kDeadlineExceeded);
  EXPECT_EQ(service_.posts(), 1);
}

TEST_F(ServiceClientTest, ARefusalIsToldWithItsName) {
  CreateRequest request;
  request.account_address = "no address";

  const Result<CreateReply> reply = client_.CreateAccount(request);

  EXPECT_EQ(reply.status().code(), Code::kInvalidArgument);
  ASSERT_TRUE(client_.refusal().has_value());
  EXPECT_EQ(client_.refusal()->status, 400);
  EXPECT_THAT(reply.status().message(), HasSubstr("MeshRequestInvalid"));
  EXPECT_EQ(service_.posts(), 1);
}

TEST_F(ServiceClientTest, AnAnswerThatIsNoMeshResponseIsToldByItsHttpStatus) {
  service_.Fail({Fault::kHttpError});

  EXPECT_THAT(client_.AccountStatus().status().message(), HasSubstr("421"));
}

TEST_F(ServiceClientTest, AnAnswerOfAnotherClassIsRefused) {
  service_.Fail({Fault::kNonsense});

  const Status status = client_.AccountStatus().status();

  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("StatusResponse"));
}

}  // namespace
}  // namespace mesh::client
