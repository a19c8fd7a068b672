// Accounts with devices, and callers that ask things of them.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/crypto/udf.h"
#include "common/mesh/message_class.h"
#include "proto/record.pb.h"
#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {

inline constexpr std::string_view kLaptop = "KEY-laptop";  // The first device of an account.
inline constexpr std::string_view kPhone = "KEY-phone";
inline constexpr std::string_view kGroup = "group@example.com";

class WhoTest : public ::testing::Test {
 protected:
  // Of the ProfileAccount that `account` is made with.
  static std::string AccountUdfOf(std::string_view account) {
    return "ACCOUNT-" + std::string(account);
  }

  // Makes the account and puts its laptop in.
  void MakeAccount(std::string_view account, std::string_view account_udf = {}) {
    const proto::Caller device = CallerOf(proto::Caller::DEVICE, "KEY-profile");
    ASSERT_EQ(Create(device, account, account_udf).mesh_status(), 201);
    ASSERT_EQ(UploadDevices(Administering(ByExchange(account, kLaptop)), account,
                            {DeviceEntry(proto::EVENT_NEW, account, kLaptop)})
                  .mesh_status(),
              201);
  }

  proto::PartitionReply Run(const proto::Caller& caller, std::string_view account,
                            const std::function<void(proto::PartitionRequest&)>& fill) {
    proto::PartitionRequest request = bench_.RequestOf(account);
    fill(request);
    return bench_.As(caller, request);
  }
  proto::PartitionReply Create(const proto::Caller& caller, std::string_view account,
                               std::string_view account_udf = {}) {
    return Run(caller, account, [&](proto::PartitionRequest& request) {
      proto::CreateRequest* create = request.mutable_create();
      create->set_account_address(std::string(account));
      create->set_signed_profile_mesh("[mesh]");
      create->set_signed_assertion_account("[account]");
      create->set_profile_account_digest(ProfileDigestOf(account));
      create->set_mesh_fingerprint(std::string(64, 'f'));
      create->add_administrator_udfs(AdministratorOf(account));
      create->set_account_udf(account_udf.empty() ? AccountUdfOf(account)
                                                  : std::string(account_udf));
    });
  }
  proto::PartitionReply Remove(const proto::Caller& caller, std::string_view account) {
    return Run(caller, account,
               [](proto::PartitionRequest& request) { request.mutable_delete_(); });
  }
  proto::PartitionReply Status(const proto::Caller& caller, std::string_view account) {
    return Run(caller, account, [](proto::PartitionRequest& request) { request.mutable_status(); });
  }
  proto::PartitionReply Download(const proto::Caller& caller, std::string_view account,
                                 std::string_view container) {
    return Run(caller, account, [&](proto::PartitionRequest& request) {
      *request.mutable_download() = Ask(container);
    });
  }
  proto::PartitionReply Upload(const proto::Caller& caller, std::string_view account,
                               const proto::UploadRequest& upload) {
    return Run(caller, account,
               [&](proto::PartitionRequest& request) { *request.mutable_upload() = upload; });
  }
  proto::PartitionReply UploadDevices(const proto::Caller& caller, std::string_view account,
                                      const std::vector<proto::Envelope>& entries) {
    return Upload(caller, account, To(kDeviceCatalog, entries));
  }

  // What the edge makes of a RequestConnection.
  proto::PartitionReply AskToConnect(const proto::Caller& caller, std::string_view account,
                                     std::string_view profile_device_udf) {
    return Run(caller, account, [&](proto::PartitionRequest& request) {
      proto::ConnectRequest* connect = request.mutable_connect();
      connect->set_request(R"([{"EnvelopeID":"M"},"e30"])");
      connect->set_profile_device_udf(std::string(profile_device_udf));
      connect->set_device_fingerprint(std::string(64, 'd'));
      connect->set_client_nonce("client nonce 16.");
    });
  }
  proto::PartitionReply Complete(const proto::Caller& caller, std::string_view account,
                                 std::string_view envelope_id) {
    return Run(caller, account, [&](proto::PartitionRequest& request) {
      request.mutable_complete()->set_envelope_id(std::string(envelope_id));
    });
  }
  proto::PartitionReply PollClaim(const proto::Caller& caller, std::string_view account,
                                  std::string_view envelope_id) {
    return Run(caller, account, [&](proto::PartitionRequest& request) {
      request.mutable_poll_claim()->set_envelope_id(std::string(envelope_id));
    });
  }
  // A claim by `sender` that proves the secret of `publication`.
  static proto::ClaimRequest ClaimOf(const proto::Envelope& publication,
                                     const std::string& sender) {
    const auto key = crypto::ParseUdf(publication.publication().authenticator());
    proto::ClaimRequest claim;
    *claim.mutable_claim() = Message("CLAIM-" + publication.unique_id(), "claim by " + sender);
    claim.mutable_claim()->set_message_type(std::string(kMessageClaim));
    claim.mutable_claim()->set_sender(sender);
    claim.set_publication_id(publication.unique_id());
    claim.set_sender(sender);
    claim.set_service_authenticate(crypto::ClaimAuthenticator(key->data, sender));
    return claim;
  }
  proto::PartitionReply Claim(const proto::Caller& caller, std::string_view account,
                              const proto::ClaimRequest& claim) {
    return Run(caller, account,
               [&](proto::PartitionRequest& request) { *request.mutable_claim() = claim; });
  }
  // As the edge describes it: an entry of mmm_Publication, and an answer in mmm_Local.
  static proto::Envelope PublicationEntry(std::string_view id) {
    proto::Envelope entry = New(id, "data of " + std::string(id));
    entry.mutable_publication()->set_authenticator(crypto::ServiceAuthenticator(std::string(id)));
    return entry;
  }
  static proto::Envelope Response(std::string_view envelope_id,
                                  std::string_view profile_device_udf) {
    proto::Envelope entry = Message(envelope_id, "answer to " + std::string(envelope_id));
    entry.set_message_type(std::string(kRespondConnection));
    entry.set_profile_device_udf(std::string(profile_device_udf));
    return entry;
  }

  proto::PartitionReply AskGrant(const proto::Caller& caller, std::string_view target) {
    return Run(caller, caller.account(), [&](proto::PartitionRequest& request) {
      request.mutable_grant()->set_account(std::string(target));
    });
  }
  // The caller with a grant of its own account's owner for `target`.
  proto::Caller Granted(proto::Caller caller, std::string_view target) {
    *caller.mutable_grant() = AskGrant(caller, target).grant().grant();
    return caller;
  }
  proto::PartitionReply MakeGroup(const proto::Caller& caller, std::string_view group) {
    return Run(caller, group, [&](proto::PartitionRequest& request) {
      request.mutable_create_group()->set_account_address(std::string(group));
      request.mutable_create_group()->set_signed_profile_group("[group]");
    });
  }
  proto::PartitionReply Operate(const proto::Caller& caller, std::string_view account,
                                const std::vector<std::string>& key_ids) {
    return Run(caller, account, [&](proto::PartitionRequest& request) {
      for (const std::string& key_id : key_ids) request.mutable_operate()->add_key_ids(key_id);
    });
  }
  uint64_t IncarnationOf(std::string_view account) {
    const AccountKeys keys(SlotOf(bench_.slot_key, account), account);
    proto::UsageRecord usage;
    const auto octets = bench_.store.NewSnapshot()->Get(ColumnFamily::kIndex, keys.Usage());
    EXPECT_TRUE(usage.ParseFromString(**octets));
    return usage.incarnation();
  }

  Bench bench_;
};

}  // namespace mesh::backend
