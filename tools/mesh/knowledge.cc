#include "tools/mesh/knowledge.h"

#include <array>
#include <utility>

#include "common/encoding/date_time.h"
#include "common/mesh/profile.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Home;
using client::KnownService;

// What the user says about a service replaces what was known, once the service proves it.
void TakeGiven(const std::string& udf, KnownService* service) {
  if (udf.empty() || service->udf == udf) return;
  *service = KnownService();
  service->udf = udf;
  service->origin = KnownService::Origin::kGiven;
}

// The service at which the account was made is named in its signed profile.
Status TakeNamed(const Account& account, const std::string& url, KnownService* service) {
  if (!account.profile.profile_service) return {};
  MESH_ASSIGN(const Profile profile,
              ParseProfile(account.profile.profile_service->payload, ProfileKind::kService));
  if (service->udf.empty()) {
    service->udf = profile.udf();
    service->origin = KnownService::Origin::kAccount;
  }
  if (service->udf == profile.udf()) return {};
  return Status(Code::kDataLoss, account.address + " was made at the service " + profile.udf() +
                                     ", but " + url + " is known as " + service->udf +
                                     ". An account does not move to another service by itself: "
                                     "ask the operator before you go on");
}

}  // namespace

std::string_view OriginName(client::KnownService::Origin origin) {
  static constexpr std::array<std::string_view, 5> kNames = {"none", "stored", "given", "account",
                                                             "first use"};
  return kNames[static_cast<size_t>(origin)];
}

std::string OriginText(const client::KnownService& service) {
  switch (service.origin) {
    case client::KnownService::Origin::kGiven:
      return "as you said";
    case client::KnownService::Origin::kAccount:
      return "named in the account's profile";
    case client::KnownService::Origin::kFirstUse:
      return "pinned now";
    default:
      return "known since " + FormatDateTime(service.first_seen);
  }
}

Result<Knowledge> Knowledge::Load(const Home& home, const std::string& url,
                                  const std::string& given_udf, const Account* account) {
  Knowledge knowledge;
  knowledge.url_ = url;
  MESH_ASSIGN(knowledge.services_, home.LoadServices());
  const auto it = knowledge.services_.find(url);
  if (it != knowledge.services_.end()) knowledge.service_ = it->second;
  TakeGiven(given_udf, &knowledge.service_);
  if (account == nullptr) return knowledge;
  MESH_RETURN_IF_ERROR(TakeNamed(*account, url, &knowledge.service_));
  knowledge.account_ = account->address;
  MESH_ASSIGN(knowledge.session_, home.LoadSession(account->address));
  knowledge.saved_ticket_ = knowledge.session_.ticket;
  knowledge.saved_offset_ = knowledge.session_.clock_offset;
  knowledge.saved_direct_host_ = knowledge.session_.direct_host;
  return knowledge;
}

Status Knowledge::Save(const Home& home) {
  if (service_.first_seen != 0) {
    const std::string before = client::WriteServices(services_);
    services_[url_] = service_;
    if (client::WriteServices(services_) != before) {
      MESH_RETURN_IF_ERROR(home.SaveServices(services_));
    }
  }
  const bool news = session_.ticket != saved_ticket_ || session_.clock_offset != saved_offset_ ||
                    session_.direct_host != saved_direct_host_;
  if (account_.empty() || !news) return {};
  saved_ticket_ = session_.ticket;
  saved_offset_ = session_.clock_offset;
  saved_direct_host_ = session_.direct_host;
  return home.SaveSession(account_, session_);
}

}  // namespace mesh::tool
