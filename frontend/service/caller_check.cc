#include "frontend/service/caller_check.h"

#include "common/mesh/account_address.h"
#include "common/mesh/connection_host.h"
#include "common/mesh/profile.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

using Fault = std::optional<CallerFault>;

CallerFault Missing(Distrust reason, const char* member) {
  return {reason, std::string(member) + ": missing"};
}

CallerFault Broken(Distrust reason, const Status& status) { return {reason, status.message()}; }

// Parsing a KeyData saw to its length, its last octet, and that the UDF is its own.
bool IsKey(const KeyData& key, std::string_view static_key) {
  return key.key.curve == crypto::Curve::kX448 && key.key.coordinate() == static_key;
}

CallerFault OtherKey(const char* whose) {
  return {Distrust::kKey,
          std::string("the exchange was not made with the KeyAuthentication of the ") + whose};
}

}  // namespace

Fault CheckDevice(const binding::RequestExtra& extra, std::string_view static_key,
                  AssertionCache& assertions, proto::Caller* caller) {
  if (!extra.profile_device) return Missing(Distrust::kProfile, "EnvelopedProfileDevice");
  const auto found = assertions.SelfSigned(*extra.profile_device, ProfileKind::kDevice);
  if (!found.ok()) return Broken(Distrust::kProfile, found.status());
  const Profile& profile = **found;
  if (!profile.key_authentication || !IsKey(*profile.key_authentication, static_key)) {
    return OtherKey("ProfileDevice");
  }
  caller->set_mode(proto::Caller::DEVICE);
  caller->set_device_udf(profile.key_authentication->udf);
  caller->set_profile_device_udf(profile.udf());
  return std::nullopt;
}

// That the ProfileAccount is the account's own is for the owner to say, who has its digest.
Fault CheckProfile(const binding::RequestExtra& extra, std::string_view static_key,
                   AssertionCache& assertions, proto::Caller* caller) {
  if (!extra.profile_account) return Missing(Distrust::kProfile, "EnvelopedProfileAccount");
  if (!extra.connection_account) {
    return Missing(Distrust::kConnection, "EnvelopedConnectionAccount");
  }
  const Result<AccountAddress> account = AccountAddress::Parse(extra.account);
  if (!account.ok()) return Broken(Distrust::kProfile, account.status());
  const auto found =
      assertions.ConnectionAccount(*extra.connection_account, *extra.profile_account);
  if (!found.ok()) return Broken(Distrust::kConnection, found.status());
  const VerifiedConnection& verified = **found;
  const KeyData& key = verified.connection.key_authentication;
  if (!IsKey(key, static_key)) return OtherKey("ConnectionAccount");
  caller->set_mode(proto::Caller::PROFILE);
  caller->set_account(account->canonical());
  caller->set_device_udf(key.udf);
  caller->set_connection_digest(verified.connection_digest);
  caller->set_profile_account_digest(verified.profile_account_digest);
  return std::nullopt;
}

Fault CheckService(const binding::RequestExtra& extra, std::string_view static_key, WallMillis now,
                   proto::Caller* caller, std::string* service_udf) {
  if (!extra.profile_service) return Missing(Distrust::kProfile, "EnvelopedProfileService");
  if (!extra.profile_host) return Missing(Distrust::kProfile, "EnvelopedProfileHost");
  if (!extra.connection_host) return Missing(Distrust::kConnection, "EnvelopedConnectionHost");
  if (!IsDomainName(extra.domain)) {
    return CallerFault{Distrust::kDomain, "Domain: expected a DNS name in lower case"};
  }
  const Result<ServiceIdentity> identity =
      VerifyService(*extra.profile_service, *extra.profile_host, *extra.connection_host, now);
  if (!identity.ok()) return Broken(Distrust::kConnection, identity.status());
  const KeyData& key = identity->connection.key_authentication;
  if (!IsKey(key, static_key)) return OtherKey("ConnectionHost");
  caller->set_mode(proto::Caller::SERVICE);
  caller->set_device_udf(key.udf);
  caller->set_domain(extra.domain);
  *service_udf = identity->service.udf();
  return std::nullopt;
}

}  // namespace mesh::frontend
