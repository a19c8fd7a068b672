#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/limits.h"
#include "common/crypto/digest.h"
#include "common/encoding/base64url.h"
#include "common/mesh/transaction_codec.h"
#include "proto/partition.pb.h"
#include "tests/support/mesh_json.h"

namespace mesh {
namespace {

using testing::AccountMaker;
using testing::Entry;
using ::testing::HasSubstr;
using testing::UploadOf;

DecodedRequest Decode(const std::string& json, bool strict = true) {
  DecodedRequest request;
  DecodeFailure failure;
  EXPECT_TRUE(DecodeRequest(json, {strict}, &request, &failure)) << failure.status.message();
  return request;
}

// Why `json` is refused; an OK Status when it is not.
DecodeFailure Refusal(const std::string& json, const DecodeOptions& options = {}) {
  DecodedRequest request;
  DecodeFailure failure;
  EXPECT_FALSE(DecodeRequest(json, options, &request, &failure));
  return failure;
}

std::string EntryText(std::string_view id, std::string_view payload,
                      std::string_view event = "New") {
  return dare::EnvelopeText(Entry(id, payload, event));
}

// An entry that says `trailer`.
std::string WithTrailer(const std::string& payload, const std::string& trailer) {
  return R"([{},")" + Base64UrlEncode(payload) + R"(",)" + trailer + "]";
}

std::string Digest(std::string_view octets) {
  return Base64UrlEncode(crypto::Sha512(octets).view());
}

TEST(TransactionDecode, ReadsEveryMemberOfAStatus) {
  const DecodedRequest decoded = Decode(
      R"({"Status":{"Account":"alice@Example.com","DeviceUDF":"MABC","ProfileMasterDigest":"AQID",)"
      R"("Catalogs":["mmm_Contact"],"Spools":["mmm_Inbound","mmm_Local"],"Unknown":[{}]}})");
  EXPECT_EQ(decoded.transaction, Transaction::kStatus);
  EXPECT_EQ(decoded.account, "alice@Example.com");
  const proto::StatusRequest& status = decoded.request->status();
  EXPECT_EQ(status.device_udf(), "MABC");
  EXPECT_EQ(status.profile_master_digest(), "\1\2\3");
  EXPECT_EQ(status.catalogs(0), "mmm_Contact");
  EXPECT_EQ(status.spools(1), "mmm_Local");
}

TEST(TransactionDecode, ReadsEveryMemberOfADownload) {
  const DecodedRequest decoded = Decode(
      R"({"Download":{"Select":[{"Container":"mmm_Contact","IndexMin":-1,"IndexMax":7,)"
      R"("NotBefore":"2026-01-01T00:00:00Z","Before":"2026-01-02T00:00:00Z","PageKey":"AQ",)"
      R"("ExcludeUpdated":true,"ExcludeDeleted":false,"ExcludeRead":null}],"ConstraintsPost":)"
      R"({"MaxEntries":1,"BytesOffset":2,"BytesMax":3,"Header":true,"Payload":false,)"
      R"("Trailer":true}}})");
  const proto::DownloadRequest& download = decoded.request->download();
  const proto::ConstraintsSelect& select = download.select(0);
  EXPECT_EQ(select.index_min(), -1);
  EXPECT_EQ(select.index_max(), 7);
  EXPECT_EQ(select.not_before(), 1767225600000);
  EXPECT_EQ(select.before() - select.not_before(), 86'400'000);
  EXPECT_EQ(select.page_key(), "\1");
  EXPECT_TRUE(select.exclude_updated());
  EXPECT_FALSE(select.exclude_read());
  EXPECT_EQ(download.constraints().bytes_max(), 3);
  EXPECT_TRUE(download.constraints().has_payload());
  EXPECT_FALSE(download.constraints().payload());
}

TEST(TransactionDecode, AnAbsentMemberIsAbsent) {
  const DecodedRequest decoded = Decode(R"({"Download":{"Select":[{"Container":"x"}]}})");
  EXPECT_FALSE(decoded.request->download().select(0).has_index_min());
  EXPECT_FALSE(decoded.request->download().has_constraints());
}

TEST(TransactionDecode, AnUploadedEntryIsLabelledDigestedAndKept) {
  const dare::Envelope entry = Entry("id-1", "payload", "Update");
  const DecodedRequest decoded = Decode(UploadOf("mmm_Contact", dare::EnvelopeText(entry)));
  const proto::Envelope& got = decoded.request->upload().updates(0).envelopes(0);
  EXPECT_EQ(got.header(), entry.header);
  EXPECT_EQ(got.payload(), "payload");
  EXPECT_EQ(got.trailer(), entry.trailer);
  EXPECT_EQ(got.unique_id(), "id-1");
  EXPECT_EQ(got.event(), proto::EVENT_UPDATE);
  EXPECT_EQ(got.payload_digest(), crypto::Sha512("payload").view());
  EXPECT_FALSE(got.redacted());
}

TEST(TransactionDecode, WhatTheSendersStoreAddedIsTakenOut) {
  const DecodedRequest decoded =
      Decode(UploadOf("mmm_Contact", R"([{"EnvelopeID":"M","ContainerInfo":{"Index":9},"Received":)"
                                     R"("2026-01-01T00:00:00Z"},"AQ"])"));
  const proto::Envelope& got = decoded.request->upload().updates(0).envelopes(0);
  EXPECT_EQ(got.header(), R"({"EnvelopeID":"M"})");
  EXPECT_EQ(got.client_index(), 9);
  EXPECT_EQ(got.envelope_id(), "M");
}

TEST(TransactionDecode, FoldedStringsAreUnfolded) {
  const DecodedRequest decoded = Decode(
      UploadOf("mmm_Contact", "[{\n  \"EnvelopeID\": \"M\\\"A\n  B C\"},\"AQ\n  ID\"]"), false);
  const proto::Envelope& got = decoded.request->upload().updates(0).envelopes(0);
  EXPECT_EQ(got.header(), "{\n  \"EnvelopeID\": \"M\\\"AB C\"}");
  EXPECT_EQ(got.payload(), "\1\2\3");
}

TEST(TransactionDecode, APayloadThatStaysBehindIsRedacted) {
  const std::string trailer = R"({"PayloadDigest":")" + Digest("later") + R"("})";
  for (const std::string payload : {R"("")", "null"}) {
    const DecodedRequest decoded =
        Decode(UploadOf("mmm_Contact", "[{}," + payload + "," + trailer + "]"));
    const proto::Envelope& got = decoded.request->upload().updates(0).envelopes(0);
    EXPECT_TRUE(got.redacted());
    EXPECT_EQ(got.payload_digest(), crypto::Sha512("later").view());
  }
}

TEST(TransactionDecode, AnEmptyPayloadIsNotRedacted) {
  const DecodedRequest decoded = Decode(
      UploadOf("mmm_Contact", WithTrailer("", R"({"PayloadDigest":")" + Digest("") + R"("})")));
  EXPECT_FALSE(decoded.request->upload().updates(0).envelopes(0).redacted());
}

TEST(TransactionDecode, ACompletionMarksWhatItRefersTo) {
  dare::SealOptions options;
  options.content_meta.emplace();
  options.content_meta->message_type = "MessageComplete";
  const std::string payload =
      R"({"MessageComplete":{"References":[{"MessageID":"NA","Relationship":"Read"},)"
      R"({"MessageID":"NB","Relationship":"Accept"}]}})";
  const DecodedRequest decoded =
      Decode(R"({"Upload":{"Self":[)" + dare::EnvelopeText(*dare::Seal(payload, options)) + "]}}");
  const proto::Envelope& got = decoded.request->upload().self(0);
  ASSERT_EQ(got.references_size(), 2);
  EXPECT_EQ(got.references(0).envelope_id(), crypto::EnvelopeId("NA"));
  EXPECT_EQ(got.references(0).state(), proto::SPOOL_STATE_READ);
  EXPECT_EQ(got.references(1).state(), proto::SPOOL_STATE_CLOSED);
}

TEST(TransactionDecode, StrictUploadsHavePreconditions) {
  const std::string json =
      R"({"Upload":{"Updates":[{"Container":"mmm_Contact","Index":3,"Digest":"AQ"}]}})";
  EXPECT_FALSE(Decode(json, true).request->lenient_index());
  const DecodedRequest lenient = Decode(json, false);
  EXPECT_TRUE(lenient.request->lenient_index());
  EXPECT_EQ(lenient.request->upload().updates(0).index(), 3);
  EXPECT_EQ(lenient.request->upload().updates(0).digest(), "\1");
}

TEST(TransactionDecode, HelloAsksNobody) {
  const DecodedRequest decoded = Decode(R"({"Hello":{}})");
  EXPECT_EQ(decoded.transaction, Transaction::kHello);
  EXPECT_EQ(decoded.request, nullptr);
}

TEST(TransactionDecode, ARefusalKnowsItsTransaction) {
  const DecodeFailure failure = Refusal(R"({"Operate":{"A":[1]}})");
  EXPECT_TRUE(failure.transaction_known);
  EXPECT_EQ(failure.transaction, Transaction::kOperate);
}

TEST(TransactionDecode, StrangersAreAnsweredAfterTheTag) {
  const DecodeFailure failure = Refusal(R"({"Upload": garbage)", {.only_hello = true});
  EXPECT_EQ(failure.status.code(), Code::kUnauthenticated);
  EXPECT_EQ(failure.transaction, Transaction::kUpload);
  DecodedRequest request;
  DecodeFailure none;
  EXPECT_TRUE(DecodeRequest(R"({"Hello":{}})", {.only_hello = true}, &request, &none));
}

// --- CreateAccount -----------------------------------------------------------------

TEST(TransactionDecode, ACreateAccountIsVerifiedAndNamed) {
  const AccountMaker person;
  const DecodedRequest decoded = Decode(person.Create("alice@Example.com"));
  const proto::CreateRequest& create = decoded.request->create();
  EXPECT_EQ(create.account_address(), "alice@example.com");
  EXPECT_EQ(create.signed_profile_mesh(), person.ProfileMesh());
  EXPECT_EQ(create.mesh_udf(), crypto::KeyFingerprint(person.mesh_offline.public_key()));
  EXPECT_EQ(create.account_udf(), crypto::KeyFingerprint(person.account_offline.public_key()));
  EXPECT_EQ(create.profile_mesh_digest().size(), 64u);
  EXPECT_EQ(create.profile_account_digest().size(), 64u);
  EXPECT_NE(create.profile_account_digest(), create.profile_mesh_digest());
  ASSERT_EQ(create.administrator_udfs_size(), 2);
  EXPECT_EQ(create.administrator_udfs(0), crypto::KeyFingerprint(person.mesh_online.public_key()));
  EXPECT_EQ(create.administrator_udfs(1),
            crypto::KeyFingerprint(person.account_online.public_key()));
}

TEST(TransactionDecode, ACreateAccountThatDoesNotHoldIsRefused) {
  const AccountMaker person, stranger;
  const std::string mesh = person.ProfileMesh();
  const std::string account = person.ProfileAccount("alice@example.com", person.mesh_online);
  const struct {
    std::string json;
    Code code;
  } cases[] = {
      {AccountMaker::Create("bob@example.com", mesh, account), Code::kInvalidArgument},
      {AccountMaker::Create("", mesh, account), Code::kInvalidArgument},
      {AccountMaker::Create("alice@example.com", stranger.ProfileMesh(), account),
       Code::kPermissionDenied},
      {AccountMaker::Create("alice@example.com", mesh,
                            person.ProfileAccount("alice@example.com", stranger.mesh_online)),
       Code::kPermissionDenied},
      {R"({"CreateAccount":{"AccountAddress":"alice@example.com"}})", Code::kInvalidArgument},
  };
  for (const auto& one : cases) {
    const DecodeFailure failure = Refusal(one.json);
    EXPECT_EQ(failure.status.code(), one.code) << failure.status.message();
    EXPECT_EQ(failure.transaction, Transaction::kCreateAccount);
  }
}

// --- CreateGroup -------------------------------------------------------------------

std::string CreateGroup(std::string_view address, const std::string& profile) {
  return R"({"CreateGroup":{"AccountAddress":")" + std::string(address) +
         R"(","SignedProfileGroup":)" + profile + "}}";
}

// A group's profile that names `address`, unless that is empty, signed by `signer`.
std::string ProfileGroup(const AccountMaker& keys, std::string_view address,
                         const crypto::PrivateKey& signer) {
  Profile profile;
  profile.kind = ProfileKind::kGroup;
  profile.key_offline_signature = MakeKeyData(keys.account_offline.public_key());
  if (!address.empty()) profile.account_addresses = {std::string(address)};
  profile.key_encryption = MakeKeyData(keys.agreement.public_key());
  return dare::EnvelopeText(*SignProfile(profile, signer));
}

TEST(TransactionDecode, ACreateGroupIsVerifiedAndNamed) {
  const AccountMaker keys;
  const std::string profile = ProfileGroup(keys, "group@example.com", keys.account_offline);
  const DecodedRequest decoded = Decode(CreateGroup("group@Example.com", profile));
  EXPECT_EQ(decoded.account, "group@Example.com");
  const proto::CreateGroupRequest& create = decoded.request->create_group();
  EXPECT_EQ(create.account_address(), "group@example.com");
  EXPECT_EQ(create.signed_profile_group(), profile);
  EXPECT_EQ(create.group_udf(), crypto::KeyFingerprint(keys.account_offline.public_key()));
}

TEST(TransactionDecode, TheReferencesGroupsNameNoAddress) {
  const AccountMaker keys;
  const std::string profile = ProfileGroup(keys, "", keys.account_offline);
  EXPECT_EQ(Decode(CreateGroup("group@example.com", profile)).account, "group@example.com");
}

TEST(TransactionDecode, ACreateGroupThatDoesNotHoldIsRefused) {
  const AccountMaker keys;
  const std::string profile = ProfileGroup(keys, "group@example.com", keys.account_offline);
  const std::string forged = ProfileGroup(keys, "group@example.com", keys.mesh_online);
  EXPECT_EQ(Refusal(CreateGroup("team@example.com", profile)).status.code(),
            Code::kInvalidArgument);
  EXPECT_EQ(Refusal(CreateGroup("", profile)).status.code(), Code::kInvalidArgument);
  EXPECT_EQ(Refusal(CreateGroup("group@example.com", keys.ProfileMesh())).status.code(),
            Code::kInvalidArgument);
  EXPECT_EQ(Refusal(CreateGroup("group@example.com", forged)).status.code(),
            Code::kPermissionDenied);
  EXPECT_EQ(Refusal(R"({"CreateGroup":{"AccountAddress":"group@example.com"}})").status.code(),
            Code::kInvalidArgument);
}

// --- Bad input -----------------------------------------------------------------------

struct BadCase {
  const char* name;
  std::string json;
  const char* says;
  Code code = Code::kInvalidArgument;
};

std::string Select(const std::string& members) {
  return R"({"Download":{"Select":[{)" + members + "}]}}";
}

std::vector<BadCase> BadCases() {
  const auto one = [](const std::string& envelope) { return UploadOf("mmm_Contact", envelope); };
  const auto claims = [&](const std::string& digest) {
    return one(WithTrailer("payload", R"({"PayloadDigest":")" + digest + R"("})"));
  };
  std::string many;
  for (size_t i = 0; i <= kEntriesPerRequestMax; ++i)
    many += std::string(i ? "," : "") + "[{},\"\"]";
  std::string updates;
  for (size_t i = 0; i <= kUpdatesPerRequestMax; ++i) {
    updates += std::string(i ? "," : "") + R"({"Container":"c"})";
  }
  const std::string large = Base64UrlEncode(std::string(kMessageBytesMax + 1, 'x'));
  const std::string wide(kEnvelopeHeaderBytesMax, 'x');
  return {
      {"nothing", "", "expected"},
      {"array", "[]", "expected"},
      {"no transaction", "{}", "transaction"},
      {"unknown transaction", R"({"Statuses":{}})", "unknown transaction"},
      {"two transactions", R"({"Status":{},"Hello":{}})", "one transaction"},
      {"octets behind", R"({"Status":{}} x)", ""},
      {"number for an object", R"({"Status":5})", ""},
      {"member twice", R"({"Status":{"DeviceUDF":"a","DeviceUDF":"b"}})", ""},
      {"array for an object", R"({"Operate":[]})", ""},
      {"no base64", one(R"([{},"A*"])"), ""},
      {"envelope is an object", one("{}"), ""},
      {"envelope of four", one(R"([{},"",{},{}])"), ""},
      {"no payload, no digest", one("[{}]"), "PayloadDigest"},
      {"trailer is an array", one(R"([{},"AQ",[]])"), ""},
      {"labels are no JSON", one(R"([{"ContentMetaData":"AQID"},"AQ"])"), ""},
      {"digest of something else", claims(Digest("other")), "PayloadDigest"},
      {"short digest", claims("AQID"), "64 octets"},
      {"empty digest", claims(""), "64 octets"},
      {"header and trailer differ",
       one(R"([{"PayloadDigest":")" + Digest("x") + R"("},"eA",{"PayloadDigest":")" + Digest("y") +
           R"("}])"),
       "differ"},
      {"negative index", one(R"([{"ContainerInfo":{"Index":-1}},"AQ"])"), "negative"},
      {"negative precondition", R"({"Upload":{"Updates":[{"Container":"c","Index":-1}]}})",
       "negative"},
      {"path for a container", UploadOf("../escape", ""), "container name"},
      {"no container", R"({"Upload":{"Updates":[{}]}})", "container name"},
      {"no selection", R"({"Download":{}})", "Select"},
      {"selection without container", Select(R"("IndexMin":1)"), "container name"},
      {"index as text", Select(R"("Container":"c","IndexMin":"1")"), ""},
      {"no date", Select(R"("Container":"c","Before":"yesterday")"), ""},
      {"no address", R"({"Status":{"Account":"alice"}})", "name@domain"},
      {"payload too large", one("[{},\"" + large + "\"]"), "65536", Code::kResourceExhausted},
      {"header too large", one(R"([{"a":")" + wide + R"("},"AQ"])"), "16384",
       Code::kResourceExhausted},
      {"too many entries", one(many), "1024", Code::kResourceExhausted},
      {"too many updates", R"({"Upload":{"Updates":[)" + updates + "]}}", "64",
       Code::kResourceExhausted},
      {"identifier too long",
       one(R"([{"EnvelopeID":")" + std::string(kIdentifierBytesMax + 1, 'x') + R"("},"AQ"])"),
       "1024", Code::kResourceExhausted},
      {"completion without references",
       one(R"([{"ContentMetaData":")" + Base64UrlEncode(R"({"MessageType":"MessageComplete"})") +
           R"("},"AQ"])"),
       "MessageComplete"},
  };
}

TEST(TransactionDecode, BadInputIsRefusedAndNamed) {
  for (const BadCase& bad : BadCases()) {
    SCOPED_TRACE(bad.name);
    const DecodeFailure failure = Refusal(bad.json);
    EXPECT_EQ(failure.status.code(), bad.code) << failure.status.message();
    EXPECT_THAT(failure.status.message(), HasSubstr(bad.says));
  }
}

TEST(TransactionDecode, TheTransactionIsToldWheneverItWasRead) {
  EXPECT_TRUE(Refusal(R"({"Upload":)").transaction_known);
  EXPECT_FALSE(Refusal(R"({"Uploads":{}})").transaction_known);
}

TEST(TransactionDecode, TheLimitOfAMessageCanBeSet) {
  const std::string json = UploadOf("mmm_Contact", EntryText("a", "12345"));
  EXPECT_EQ(Refusal(json, {.message_bytes_max = 4}).status.code(), Code::kResourceExhausted);
  DecodedRequest request;
  DecodeFailure failure;
  EXPECT_TRUE(DecodeRequest(json, {.message_bytes_max = 5}, &request, &failure));
}

}  // namespace
}  // namespace mesh
