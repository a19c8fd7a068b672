// What an operator says about inbound messages (draft §9.1.2.2, "site policy"): who may send
// what to whom, and from whom nothing is taken. docs/OPERATIONS.md describes its file.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::backend {

// A value; shared as const.
class SitePolicy {
 public:
  // From whom an account takes messages of a class.
  enum class Who {
    kNobody,
    kContacts,   // Whom its mmm_Contact names, and answers of whom it asked.
    kStrangers,  // Everybody.
  };

  // Strangers may ask for contact, contacts send what people send to each other; what only a
  // service or the account itself says nobody may send.
  SitePolicy();

  // Reads the lines of a file; what they do not say is as above. kInvalidArgument names the
  // first line that is wrong, and what is allowed.
  static Result<SitePolicy> Parse(std::string_view text);

  Who Allowed(std::string_view message_type) const;
  bool Blocks(std::string_view domain) const { return blocked_services_.count(domain) != 0; }
  bool BlocksSender(std::string_view address) const { return blocked_senders_.count(address) != 0; }
  // Whether messages are taken from that service at all, if it is not blocked.
  bool Admits(std::string_view domain) const {
    return !listed_only_ || admitted_services_.count(domain) != 0;
  }
  // Messages from strangers that one account takes within an hour.
  uint32_t stranger_messages_per_hour() const { return stranger_messages_per_hour_; }

 private:
  using Set = std::set<std::string, std::less<>>;

  Status Take(std::string_view line);
  Status TakeType(std::string_view type, std::string_view who);

  std::map<std::string, Who, std::less<>> types_;
  Who others_ = Who::kContacts;
  Set blocked_senders_;
  Set blocked_services_;
  Set admitted_services_;
  bool listed_only_ = false;
  uint32_t stranger_messages_per_hour_ = 32;
};

}  // namespace mesh::backend
