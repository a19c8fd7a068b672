// Accounts with devices, and callers that ask things of them.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

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
