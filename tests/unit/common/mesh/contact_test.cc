#include "common/mesh/contact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"
#include "tests/support/mesh_json.h"

namespace mesh {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Contact(const std::string& addresses) {
  return R"({"CatalogedContact":{"Key":"MABC","Contact":{"ContactPerson":{"Id":"MABC",)"
         R"("NetworkAddresses":[)" +
         addresses + "]}}}}";
}

TEST(ContactTest, ItsAccountAddressesAreRead) {
  EXPECT_THAT(ContactAddresses(Contact(R"({"Address":"bob@Example.com","Protocols":[]},)"
                                       R"({"Address":"bob@example.org"})")),
              ElementsAre("bob@example.com", "bob@example.org"));
}

TEST(ContactTest, WhatIsNoAddressIsLeftOutAndWhatIsThereTwiceIsThereOnce) {
  EXPECT_THAT(
      ContactAddresses(Contact(R"({"Address":"+44 20 7946 0000"},{},)"
                               R"({"Address":"bob@b.example"},{"Address":"bob@B.example"})")),
      ElementsAre("bob@b.example"));
}

TEST(ContactTest, WhatIsNoContactHasNone) {
  for (const std::string payload :
       {"", "{}", "[]", "\x01\x02", R"({"CatalogedContact":{"Contact":{"ContactPerson":7}}})",
        R"({"CatalogedDevice":{"Contact":{}}})"}) {
    EXPECT_THAT(ContactAddresses(payload), IsEmpty());
  }
  EXPECT_THAT(ContactAddresses(Contact(R"({"Address":"bob@example.com"})") + "x"), IsEmpty());
}

TEST(ContactTest, AContactHasSixteenAddresses) {
  std::string addresses;
  for (int i = 0; i < 20; ++i) {
    addresses +=
        (i > 0 ? "," : "") + (R"({"Address":"b)" + std::to_string(i)) + R"(@example.com"})";
  }
  EXPECT_THAT(ContactAddresses(Contact(addresses)), SizeIs(kContactAddressesMax));
}

TEST(ContactTest, TheOwnerIsToldOfThoseInItsCatalog) {
  const auto described = [](std::string_view container, std::string_view event) {
    const std::string entry = dare::EnvelopeText(
        testing::Entry("MABC", Contact(R"({"Address":"bob@example.com"})"), event));
    DecodedRequest request;
    DecodeFailure failure;
    EXPECT_TRUE(DecodeRequest(testing::UploadOf(container, entry), {}, &request, &failure));
    return request.request->upload().updates(0).envelopes(0).contact_addresses_size();
  };
  EXPECT_EQ(described("mmm_Contact", "New"), 1);
  EXPECT_EQ(described("mmm_Contact", "Update"), 1);
  EXPECT_EQ(described("mmm_Contact", "Delete"), 0);
  EXPECT_EQ(described("mmm_Bookmark", "New"), 0);
}

}  // namespace
}  // namespace mesh
