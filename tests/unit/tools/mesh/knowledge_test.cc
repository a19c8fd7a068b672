// Whence a device knows a service, and what of that it keeps.

#include "tools/mesh/knowledge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/common/client/temporary_folder.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::KnownService;
using testing::HasSubstr;

constexpr const char* kUrl = "https://example.com:8443";
constexpr WallMillis kNow = 1'767'225'600'000;

dare::Envelope ProfileService(const crypto::PrivateKey& key) {
  Profile profile;
  profile.kind = ProfileKind::kService;
  profile.key_offline_signature = MakeKeyData(key.public_key());
  return *SignProfile(profile, key);
}

class KnowledgeTest : public testing::Test {
 protected:
  // An account made at the service of `key_`, saved.
  Account SomeAccount() {
    const client::MeshAdministrator mesh = *client::MakeMesh(crypto::SystemRandom());
    const client::Device device = *client::MakeDevice("desk", crypto::SystemRandom());
    Account account =
        *client::MakeAccount("alice@example.com", {kUrl, "", ""}, ProfileService(key_), mesh,
                             device, crypto::SystemRandom());
    EXPECT_TRUE(home_.SaveAccount(account).ok());
    return account;
  }
  void Store(const std::string& udf) {
    KnownService service;
    service.udf = udf;
    service.first_seen = kNow;
    ASSERT_TRUE(home_.SaveServices({{kUrl, service}}).ok());
  }
  std::string Stored() { return home_.LoadServices()->at(kUrl).udf; }

  client::TemporaryFolder folder_;
  client::Home home_ = *client::Home::Open(folder_.path() + "/home");
  const crypto::PrivateKey key_ = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  const std::string udf_ = MakeKeyData(key_.public_key()).udf;
};

TEST_F(KnowledgeTest, OfANewServiceThereIsNone) {
  Knowledge knowledge = *Knowledge::Load(home_, kUrl, "", nullptr);

  EXPECT_TRUE(knowledge.service().udf.empty());
  ASSERT_TRUE(knowledge.Save(home_).ok());
  EXPECT_TRUE(home_.LoadServices()->empty());
}

TEST_F(KnowledgeTest, AServiceThatProvedItselfIsKept) {
  Knowledge knowledge = *Knowledge::Load(home_, kUrl, "", nullptr);
  knowledge.service().udf = udf_;
  knowledge.service().first_seen = kNow;

  ASSERT_TRUE(knowledge.Save(home_).ok());

  Knowledge again = *Knowledge::Load(home_, kUrl, "", nullptr);
  EXPECT_EQ(again.service().udf, udf_);
  EXPECT_EQ(again.service().origin, KnownService::Origin::kStored);
}

TEST_F(KnowledgeTest, TheNameThatIsGivenCountsAndIsKeptOnceItIsProved) {
  Store("MOLD-NAME");

  Knowledge knowledge = *Knowledge::Load(home_, kUrl, udf_, nullptr);

  EXPECT_EQ(knowledge.service().udf, udf_);
  EXPECT_EQ(knowledge.service().origin, KnownService::Origin::kGiven);
  ASSERT_TRUE(knowledge.Save(home_).ok());
  EXPECT_EQ(Stored(), "MOLD-NAME");
  knowledge.service().first_seen = kNow;
  ASSERT_TRUE(knowledge.Save(home_).ok());
  EXPECT_EQ(Stored(), udf_);
}

TEST_F(KnowledgeTest, AnAccountNamesItsService) {
  const Account account = SomeAccount();

  Knowledge knowledge = *Knowledge::Load(home_, kUrl, "", &account);

  EXPECT_EQ(knowledge.service().udf, udf_);
  EXPECT_EQ(knowledge.service().origin, KnownService::Origin::kAccount);
}

TEST_F(KnowledgeTest, AnAccountOfAnotherServiceThanTheKnownOneIsRefused) {
  const Account account = SomeAccount();
  Store("MOTH-ER");

  const Status status = Knowledge::Load(home_, kUrl, "", &account).status();

  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr(udf_));
  EXPECT_THAT(status.message(), HasSubstr("MOTH-ER"));
  EXPECT_EQ(Knowledge::Load(home_, kUrl, "MYET-ANOTHER", &account).status().code(),
            Code::kDataLoss);
}

TEST_F(KnowledgeTest, ASessionIsKeptForItsAccountAndForNobodyElse) {
  const Account account = SomeAccount();
  for (const Account* of : {static_cast<const Account*>(nullptr), &account}) {
    Knowledge knowledge = *Knowledge::Load(home_, kUrl, "", of);
    knowledge.session().service_udf = udf_;
    knowledge.session().ticket = "ticket";
    knowledge.session().master_key = std::string(32, 'k');
    ASSERT_TRUE(knowledge.Save(home_).ok());
    EXPECT_EQ(home_.LoadSession(account.address)->ticket, of == nullptr ? "" : "ticket");
  }
}

}  // namespace
}  // namespace mesh::tool
