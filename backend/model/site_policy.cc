#include "backend/model/site_policy.h"

#include <charconv>
#include <vector>

#include "common/mesh/account_address.h"
#include "common/mesh/message_class.h"

namespace mesh::backend {
namespace {

// Words of a line, without the comment that may end it.
std::vector<std::string_view> WordsOf(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r";
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  while (true) {
    const size_t begin = line.find_first_not_of(kSpace);
    if (begin == line.npos) return words;
    line.remove_prefix(begin);
    words.push_back(line.substr(0, line.find_first_of(kSpace)));
    line.remove_prefix(words.back().size());
  }
}

Status Wrong(std::string_view what) { return InvalidArgument(std::string(what)); }

Status AddDomain(std::string_view text, std::set<std::string, std::less<>>* set) {
  if (!IsDomainName(text)) return Wrong("expected a domain in lower case");
  set->insert(std::string(text));
  return Status();
}

Status AddSender(std::string_view text, std::set<std::string, std::less<>>* set) {
  MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(text));
  set->insert(address.canonical());
  return Status();
}

Status ReadNumber(std::string_view text, uint32_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  if (error == std::errc() && end == text.data() + text.size()) return Status();
  return Wrong("expected a number");
}

}  // namespace

SitePolicy::SitePolicy() {
  types_[std::string(kRequestContact)] = Who::kStrangers;
  for (const std::string_view type :
       {kRequestConnection, kAcknowledgeConnection, kRespondConnection, kMessageClaim, kMessagePin,
        kMessageComplete, kMessageError}) {
    types_[std::string(type)] = Who::kNobody;
  }
}

Result<SitePolicy> SitePolicy::Parse(std::string_view text) {
  SitePolicy policy;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const Status taken = policy.Take(text.substr(0, end));
    if (!taken.ok()) {
      return InvalidArgument("line " + std::to_string(number) + ": " + taken.message());
    }
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return policy;
}

Status SitePolicy::Take(std::string_view line) {
  const std::vector<std::string_view> words = WordsOf(line);
  if (words.empty()) return Status();
  if (words[0] == "allow" && words.size() == 3) return TakeType(words[1], words[2]);
  if (words.size() == 2) {
    if (words[0] == "block-sender") return AddSender(words[1], &blocked_senders_);
    if (words[0] == "block-service") return AddDomain(words[1], &blocked_services_);
    if (words[0] == "stranger-messages-per-hour") {
      return ReadNumber(words[1], &stranger_messages_per_hour_);
    }
    if (words[0] == "only-service") {
      listed_only_ = true;
      return AddDomain(words[1], &admitted_services_);
    }
  }
  return Wrong(
      "expected \"allow TYPE nobody|contacts|strangers\", \"block-sender ADDRESS\", "
      "\"block-service DOMAIN\", \"only-service DOMAIN\" or \"stranger-messages-per-hour NUMBER\"");
}

Status SitePolicy::TakeType(std::string_view type, std::string_view who) {
  Who allowed;
  if (who == "nobody") {
    allowed = Who::kNobody;
  } else if (who == "contacts") {
    allowed = Who::kContacts;
  } else if (who == "strangers") {
    allowed = Who::kStrangers;
  } else {
    return Wrong("allow: expected nobody, contacts or strangers");
  }
  (type == "*" ? others_ : types_[std::string(type)]) = allowed;
  return Status();
}

SitePolicy::Who SitePolicy::Allowed(std::string_view message_type) const {
  const auto found = types_.find(message_type);
  return found == types_.end() ? others_ : found->second;
}

}  // namespace mesh::backend
