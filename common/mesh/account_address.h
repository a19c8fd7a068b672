// AccountAddress is a validated `local@domain`: the local part exactly as its
// owner writes it, the domain in lower case. Two addresses name the same account
// when their canonical forms are equal.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/encoding/domain_name.h"

namespace mesh {

// What PolicyAccount of Hello publishes (draft -06 §10.4.4): the characters of
// ASCII that a local part may not hold. Controls and octets over 126 are refused
// besides.
inline constexpr std::string_view kAccountInvalidCharacters = " \"'(),/:;<>@[\\]`{|}";

// A value: copy it, move it, share it as const.
class AccountAddress {
 public:
  // Splits at the last '@'. kInvalidArgument, saying what is wrong and what is
  // allowed: an empty or over-long part, a character outside the policy, a local
  // part that begins or ends with '.', a domain that is not a DNS name.
  static Result<AccountAddress> Parse(std::string_view text);

  const std::string& canonical() const { return canonical_; }
  std::string_view local() const { return std::string_view(canonical_).substr(0, at_); }
  std::string_view domain() const { return std::string_view(canonical_).substr(at_ + 1); }

  friend bool operator==(const AccountAddress&, const AccountAddress&) = default;

 private:
  AccountAddress(std::string canonical, size_t at) : canonical_(std::move(canonical)), at_(at) {}

  std::string canonical_;
  size_t at_;
};

}  // namespace mesh
