#include "common/client/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesh::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CodecTest, ARequestWithoutFieldsIsATagAndAnEmptyObject) {
  EXPECT_EQ(EncodeHello(), "{\"Hello\":{}}");
  EXPECT_EQ(EncodeDeleteAccount(), "{\"DeleteAccount\":{}}");
  EXPECT_EQ(EncodeStatus({}), "{\"Status\":{}}");
}

TEST(CodecTest, StatusAsksForWhatIsGiven) {
  StatusRequest request;
  request.device_udf = "MDEV";
  request.profile_master_digest = "\x01\x02";
  request.catalogs = {"mmm_Contact"};
  request.spools = {"mmm_Inbound"};

  EXPECT_EQ(EncodeStatus(request),
            "{\"Status\":{\"DeviceUDF\":\"MDEV\",\"ProfileMasterDigest\":\"AQI\","
            "\"Catalogs\":[\"mmm_Contact\"],\"Spools\":[\"mmm_Inbound\"]}}");
}

TEST(CodecTest, DownloadSelectsAndConstrains) {
  DownloadRequest request;
  request.select.push_back({"mmm_Contact", 3, 9, 0, 1000, "page"});
  request.constraints.emplace();
  request.constraints->max_entries = 10;
  request.constraints->payload = false;

  EXPECT_EQ(EncodeDownload(request),
            "{\"Download\":{\"Select\":[{\"Container\":\"mmm_Contact\",\"IndexMin\":3,"
            "\"IndexMax\":9,\"NotBefore\":\"1970-01-01T00:00:00Z\","
            "\"Before\":\"1970-01-01T00:00:01Z\",\"PageKey\":\"cGFnZQ\"}],"
            "\"ConstraintsPost\":{\"MaxEntries\":10,\"Payload\":false}}}");
}

TEST(CodecTest, UploadKeepsEnvelopesAsTheyAre) {
  UploadRequest request;
  request.updates.push_back({"mmm_Contact", 2, "", {{"{\"dig\" : \"SHA2\"}", "abc", true, ""}}});

  EXPECT_EQ(EncodeUpload(request),
            "{\"Upload\":{\"Updates\":[{\"Container\":\"mmm_Contact\",\"Index\":2,"
            "\"Envelopes\":[[{\"dig\" : \"SHA2\"},\"YWJj\"]]}]}}");
}

TEST(CodecTest, MembersThatAreNotKnownAreIgnored) {
  StatusReply reply;

  const Result<Outcome> outcome = DecodeStatus(
      "{\"StatusResponse\":{\"Status\":201,\"New\":[{\"a\":null}],\"ContainerStatus\":"
      "[{\"Container\":\"mmm_Contact\",\"Index\":4,\"Digest\":\"AQI\",\"Colour\":7}]}}",
      &reply);

  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  ASSERT_EQ(reply.containers.size(), 1u);
  EXPECT_EQ(reply.containers[0].frames, 4);
  EXPECT_EQ(reply.containers[0].digest, "\x01\x02");
}

TEST(CodecTest, AnAbsentStatusCountsAsSuccess) {
  EXPECT_TRUE(DecodeDeleteAccount("{\"DeleteResponse\":{}}")->success());
}

TEST(CodecTest, AnErrorMayComeAsTheGeneralResponse) {
  UploadReply reply;

  const Outcome outcome = *DecodeUpload(
      "{\"MeshResponse\":{\"Status\":400,\"StatusExtended\":1,\"StatusDescription\":\"No\"}}",
      &reply);

  EXPECT_FALSE(outcome.success());
  EXPECT_EQ(outcome.extended, 1);
  EXPECT_EQ(outcome.description, "No");
}

TEST(CodecTest, HelloSaysWhatTheServiceAccepts) {
  HelloReply reply;

  const Result<Outcome> outcome = DecodeHello(
      "{\"MeshHelloResponse\":{\"Status\":201,\"Version\":{\"Major\":3,\"Minor\":1,\"Encodings\":"
      "[{\"ID\":[\"application/json\"]},{\"ID\":[\"application/json-b\"]}]},"
      "\"ConstraintsUpdate\":{\"MaxEntries\":5,\"BytesMax\":65536},"
      "\"PolicyAccount\":{\"Minimum\":1,\"Maximum\":64,\"InvalidCharacters\":\"/\"}}}",
      &reply);

  ASSERT_TRUE(outcome.ok()) << outcome.status().message();
  EXPECT_EQ(reply.major, 3);
  EXPECT_EQ(reply.minor, 1);
  EXPECT_THAT(reply.encodings, ElementsAre("application/json", "application/json-b"));
  EXPECT_EQ(reply.constraints_update.bytes_max, 65536);
  EXPECT_EQ(reply.account_maximum, 64);
  EXPECT_EQ(reply.account_invalid_characters, "/");
}

TEST(CodecTest, RepliesOfAnotherFormAreRefused) {
  for (const char* text :
       {"", "[]", "null", "{}", "{\"StatusResponse\":[]}", "{\"UploadResponse\":{}}",
        "{\"StatusResponse\":{\"Status\":\"201\"}}", "{\"StatusResponse\":{}} more",
        "{\"StatusResponse\":{},\"StatusResponse\":{}}",
        "{\"StatusResponse\":{\"ContainerStatus\":[{\"Index\":-1.5}]}}",
        "{\"StatusResponse\":{\"ContainerStatus\":{}}}",
        "{\"StatusResponse\":{\"EnvelopedProfileMaster\":[1]}}"}) {
    StatusReply reply;
    const Result<Outcome> outcome = DecodeStatus(text, &reply);
    ASSERT_FALSE(outcome.ok()) << text;
    EXPECT_EQ(outcome.status().code(), Code::kDataLoss) << text;
    EXPECT_THAT(outcome.status().message(), HasSubstr("cannot be read")) << text;
  }
}

}  // namespace
}  // namespace mesh::client
